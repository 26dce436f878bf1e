"""Folders and types of models as the native dialect tells of them."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from safelight.catalog.catalog import Catalog
from safelight.catalog.folders import TYPES, FolderType, type_named
from safelight.catalog.scan import Root, Source
from safelight.catalog.selection import TypeName
from safelight.domain.models import ModelInfo, ModelKind
from safelight.domain.values import Value
from safelight.engines.spec import engine_specs

_COMPANIONS = frozenset({ModelKind.VAE, ModelKind.TEXT_ENCODER, ModelKind.CLIP_VISION})
_UNKNOWN = FolderType(name="unknown", kind=ModelKind.UNKNOWN, about="Not recognised.", folders=())


class ModelType(Value):
    """A type of models.

    Attributes:
        type: As in the lists; what `type` of `/models` takes.
        value: Its number in stable-diffusion.cpp-rest, where it has one.
        description: What such a file does.
        extensions: Suffixes of its files.
        folders: Names of folders that are taken to be for it, in lower case.
        supported: Whether anything here uses it yet.
        count: How many there are.
    """

    type: TypeName
    value: int | None
    description: str
    extensions: tuple[str, ...]
    folders: tuple[str, ...]
    supported: bool
    count: int


class TypedFolder(Value):
    """A folder below a models folder whose name says what it is for."""

    path: str
    type: TypeName
    models: int
    bytes: int


class Directory(Value):
    """A folder of models; `path` is for admins only.

    Attributes:
        name: Short name, which can stand before a model's path where two folders have the same.
        source: Whether it came with Safelight, is the user's, or the Hugging Face cache. That is never written to.
        folders: Folders directly below it whose names say what they are for.
    """

    name: str
    source: Source
    path: str | None
    exists: bool
    readable: bool
    writable: bool
    models: int
    bytes: int
    free_bytes: int | None
    folders: tuple[TypedFolder, ...]


def model_types(models: Sequence[ModelInfo]) -> tuple[ModelType, ...]:
    """Every type that is recognised, and how many models of it there are; `esrgan` counts all upscalers."""
    count = Counter(model.kind for model in models)
    used = {kind for spec in engine_specs() if spec.installed for kind in spec.kinds}
    if ModelKind.DIFFUSION_MODEL in used:
        used |= _COMPANIONS
    return tuple(
        ModelType(
            type="esrgan" if one.name == "esrgan" else one.kind,
            value=one.number,
            description=one.about,
            extensions=one.suffixes if one.folders else (),
            folders=one.folders,
            supported=one.kind in used,
            count=count[one.kind],
        )
        for one in (*TYPES, _UNKNOWN)
    )


def directories(models: Sequence[ModelInfo], catalog: Catalog, *, admin: bool) -> tuple[Directory, ...]:
    """Whether the models folders are there, and what lies in them; looks at the disk, so call it in a thread."""
    return tuple(_directory(root, models, catalog, admin) for root in catalog.roots)


def _directory(root: Root, models: Sequence[ModelInfo], catalog: Catalog, admin: bool) -> Directory:
    inside = [(model, place.place) for model in models if (place := catalog.place_of(model)).root == root]
    folder = root.path
    return Directory(
        name=root.name,
        source=root.source,
        path=str(folder) if admin else None,
        exists=folder.is_dir(),
        readable=os.access(folder, os.R_OK | os.X_OK),
        writable=os.access(folder, os.W_OK) and root.source is Source.MODELS,
        models=len(inside),
        bytes=sum(model.bytes for model, _ in inside),
        free_bytes=shutil.disk_usage(folder).free if folder.is_dir() else None,
        folders=tuple(_typed(folder, inside)) if root.source is Source.MODELS else (),
    )


def _typed(folder: Path, inside: Sequence[tuple[ModelInfo, str]]) -> list[TypedFolder]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except OSError:  # not there, or not readable
        return []
    found = []
    for name in names:
        if type_ := type_named(name):
            models = [model for model, place in inside if place.startswith(f"{name}/")]
            found.append(
                TypedFolder(
                    path=name,
                    type="esrgan" if type_.name == "esrgan" else type_.kind,
                    models=len(models),
                    bytes=sum(model.bytes for model in models),
                )
            )
    return found
