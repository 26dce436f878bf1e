"""How the native dialect shows models: by name and by place in the models folder, never by a machine's path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from safelight.catalog.catalog import Catalog
from safelight.catalog.hashing import HashCache, hashed_files
from safelight.domain.errors import SafelightError, UnsupportedModel
from safelight.domain.models import Defaults, ModelFormat, ModelInfo, ModelKind
from safelight.domain.plans import Plan
from safelight.domain.request import Mode
from safelight.domain.values import Value
from safelight.engines.spec import engines_for
from safelight.workers.pool import LoadedModel


class LoadedView(Value):
    """A model in memory: by which plan, how much main memory its worker takes, whether a job is on it."""

    plan: Plan
    memory: int
    busy: bool
    load_seconds: float


class ModelView(Value):
    """A model as clients see it.

    Attributes:
        id: The name to send as `model`.
        type: What part of a pipeline it is.
        source: Whether it came with Safelight or lies in the models folder.
        path: Below that folder.
        size: Bytes of its weights.
        modified: When its file last changed.
        sha256: Once it was computed and as long as the file stays as it is.
        engines: Engines here that run it, the preferred one first; empty when none does.
        problem: Why it can't be run.
        evidence: The facts in its header that decided.
    """

    id: str
    type: ModelKind
    source: Literal["embedded", "models"]
    path: str
    format: ModelFormat
    architecture: str | None
    dtype: str | None
    size: int
    modified: datetime | None
    sha256: str | None
    engines: tuple[str, ...]
    modes: tuple[Mode, ...]
    defaults: Defaults
    problem: str | None
    evidence: tuple[str, ...]
    loaded: LoadedView | None


class SortBy(StrEnum):
    """What a list of models can be sorted by."""

    NAME = "name"
    SIZE = "size"
    DATE = "date"
    TYPE = "type"


def engines_of(model: ModelInfo) -> tuple[str, ...]:
    """Names of the engines that run a model, the preferred one first."""
    try:
        return tuple(spec.name for spec in engines_for(model))
    except UnsupportedModel:
        return ()


def model_views(
    models: Sequence[ModelInfo], catalog: Catalog, cache_dir: Path, loaded: Sequence[LoadedModel]
) -> list[ModelView]:
    """Models as clients see them; reads times and known checksums from the disk, so call it in a thread."""
    hashes = HashCache(cache_dir)
    in_memory = {one.model.path: one for one in loaded}
    return [_view(model, catalog, hashes, in_memory.get(model.path)) for model in models]


def selected(
    views: Sequence[ModelView], kind: ModelKind | None, search: str, by: SortBy, descending: bool
) -> list[ModelView]:
    """Those of one type whose names or descriptions hold every word of `search`, sorted, then by name."""
    words = search.casefold().split()
    found = [
        view
        for view in views
        if (kind is None or view.type is kind) and all(word in _description(view) for word in words)
    ]
    found.sort(key=lambda view: view.id.casefold(), reverse=descending and by is SortBy.NAME)
    match by:
        case SortBy.SIZE:
            found.sort(key=lambda view: view.size, reverse=descending)
        case SortBy.DATE:
            found.sort(key=lambda view: view.modified.timestamp() if view.modified else 0.0, reverse=descending)
        case SortBy.TYPE:
            found.sort(key=lambda view: view.type.value, reverse=descending)
        case SortBy.NAME:
            pass
    return found


def _description(view: ModelView) -> str:
    parts = (view.id, view.path, view.type.value, view.architecture or "", view.format.value, *view.evidence)
    return " ".join(parts).casefold()


def _view(model: ModelInfo, catalog: Catalog, hashes: HashCache, loaded: LoadedModel | None) -> ModelView:
    mine = model.path.is_relative_to(catalog.models_dir)
    return ModelView(
        id=model.id,
        type=model.kind,
        source="models" if mine else "embedded",
        path=model.path.relative_to(catalog.models_dir if mine else catalog.embedded_dir).as_posix(),
        format=model.format,
        architecture=model.architecture,
        dtype=model.dtype,
        size=model.bytes,
        modified=_modified(model.path),
        sha256=_known_hash(model, hashes),
        engines=engines_of(model),
        modes=tuple(sorted(model.modes)),
        defaults=model.defaults,
        problem=model.problem,
        evidence=model.evidence,
        loaded=None
        if loaded is None
        else LoadedView(
            plan=loaded.plan, memory=loaded.memory, busy=loaded.busy, load_seconds=round(loaded.load_seconds, 3)
        ),
    )


def _modified(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:  # it went meanwhile
        return None


def _known_hash(model: ModelInfo, hashes: HashCache) -> str | None:
    try:
        return hashes.known(*hashed_files(model))
    except SafelightError:  # a folder that lacks its weights
        return None
