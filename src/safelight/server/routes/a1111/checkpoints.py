"""Checkpoints by the names that A1111's clients use: titles, file names, stems, hashes."""

from __future__ import annotations

import asyncio
import re

from safelight.catalog.hashing import HashCache, hashed_files
from safelight.domain.errors import NotFound, SafelightError, UnsupportedModel
from safelight.domain.models import ModelInfo
from safelight.domain.values import Value
from safelight.engines.spec import engines_for
from safelight.jobs.service import JobService

_TITLE = re.compile(r"(?P<file>.+) \[[0-9a-fA-F]{6,64}\]")
_HASH = re.compile(r"[0-9a-f]{8,64}")
_SHORT = 10


class Checkpoint(Value):
    """A model as A1111 lists it.

    Attributes:
        title: File name, and its short hash once that is known.
        filename: Below the models folder; never a path of this machine.
        hash: The first ten digits of `sha256`.
    """

    title: str
    model_name: str
    hash: str | None
    sha256: str | None
    filename: str
    config: str | None = None


async def checkpoints(jobs: JobService) -> list[Checkpoint]:
    """Every model that an engine here can draw with."""
    models = [model for model in await jobs.models.list() if _runs(model)]
    return await asyncio.to_thread(lambda: [_checkpoint(model, jobs) for model in models])


async def checkpoint(jobs: JobService, model: ModelInfo) -> Checkpoint:
    """One model as A1111 lists it."""
    return await asyncio.to_thread(_checkpoint, model, jobs)


async def find_model(jobs: JobService, name: str) -> ModelInfo:
    """The model that a client calls `name`. Raises NotFound, and InvalidInput when it can't be read."""
    titled = _TITLE.fullmatch(name)
    try:
        return await jobs.models.resolve(titled["file"] if titled else name)
    except NotFound:
        if _HASH.fullmatch(name.lower()):
            for known in await checkpoints(jobs):
                if (known.sha256 or "").startswith(name.lower()):
                    return await jobs.models.resolve(known.filename)
        raise


def _runs(model: ModelInfo) -> bool:
    try:
        return bool(engines_for(model))
    except UnsupportedModel:
        return False


def _checkpoint(model: ModelInfo, jobs: JobService) -> Checkpoint:
    catalog = jobs.models.catalog
    root = catalog.models_dir if model.path.is_relative_to(catalog.models_dir) else catalog.embedded_dir
    filename = model.path.relative_to(root).as_posix() if model.path.is_relative_to(root) else model.path.name
    sha256 = _sha256(model, jobs)
    short = sha256[:_SHORT] if sha256 else None
    return Checkpoint(
        title=f"{filename} [{short}]" if short else filename,
        model_name=model.id,
        hash=short,
        sha256=sha256,
        filename=filename,
    )


def _sha256(model: ModelInfo, jobs: JobService) -> str | None:
    try:
        return HashCache(jobs.settings.cache_dir).known(*hashed_files(model))
    except SafelightError:  # a folder that lacks its weights
        return None
