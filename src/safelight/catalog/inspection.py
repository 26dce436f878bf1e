"""One file or folder on disk → `ModelInfo`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from safelight.catalog.architectures import Need
from safelight.catalog.detection import detect
from safelight.catalog.diffusers_folder import inspect_folder
from safelight.catalog.filling import Filling, fills
from safelight.catalog.headers import Header, read_header
from safelight.catalog.weights import weigh
from safelight.domain.models import Component, ModelInfo, ModelKind, Role

_ROLES = {
    Role.VAE: "a VAE",
    Role.CLIP_L: "CLIP-L",
    Role.CLIP_G: "CLIP-G",
    Role.T5XXL: "T5-XXL",
    Role.LLM: "a language model",
    Role.CLIP_VISION: "CLIP vision",
    Role.HIGH_NOISE: "its high-noise half",
}

_ADD_ONS = frozenset({ModelKind.LORA, ModelKind.EMBEDDING, ModelKind.CONTROLNET, ModelKind.UPSCALER})
"""Kinds that are never a companion."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A model, and what ties it to other files.

    Attributes:
        model: As if it were alone: companions that it needs are missing.
        needs: The companions that it needs.
        filling: What it is itself to another model.
        problem: Why it can't be run even with them.
    """

    model: ModelInfo
    needs: tuple[Need, ...] = ()
    filling: Filling | None = None
    problem: str | None = None


def inspect(path: Path) -> ModelInfo:
    """Tell what `path` holds from its header, or from its configuration files if it is a folder.

    A model that is whole but can't be run has `problem` set; its `id` is the file's stem or the folder's name.

    Raises:
        NotFound: There is no such file or folder.
        CorruptFile: It is truncated or malformed.
        UnsupportedModel: It is not a model in a format that is known.
        InvalidInput: It is a pickle that asks for forbidden names, or can't be opened.
    """
    return inspect_folder(path) if os.path.isdir(path) else inspect_header(path, read_header(path)).model


def inspect_header(path: Path, header: Header) -> Inspection:
    """Tell what the file at `path` with this header holds; nothing is read."""
    found = detect(header)
    dtype = header.main_dtype()
    evidence = found.evidence
    if header.stubs:
        names = ", ".join(header.stubs[:3])
        more = f" and {len(header.stubs) - 3} more" if len(header.stubs) > 3 else ""  # noqa: PLR2004 - enough to see
        evidence += (f"Its pickle asks for {names}{more}; inert stubs took their place.",)
    missing = [need for need in found.needs if not need.optional]
    problem = found.problem
    if missing and not problem:
        problem = f"It needs {' and '.join(_ROLES[need.role] for need in missing)} beside its own file."
    model = ModelInfo(
        id=path.stem,
        path=path,
        kind=found.kind,
        format=header.format,
        architecture=found.architecture,
        bytes=header.size,
        dtype=dtype.lower() if dtype else None,
        prediction=found.prediction,
        modes=found.modes,
        defaults=found.defaults,
        evidence=evidence,
        components=tuple(Component(role=need.role, path=None) for need in found.needs),
        parts=weigh(header, found.kind),
        problem=problem,
    )
    filling = None if found.kind in _ADD_ONS else fills(header)
    return Inspection(model, found.needs, filling, found.problem)
