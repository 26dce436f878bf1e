"""Where a fetched file goes: examined first, into the folder of its kind, never in place of another."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safelight.catalog.folders import FORMATS, TYPES
from safelight.catalog.headers import read_header
from safelight.catalog.inspection import inspect
from safelight.disk import sync_folder
from safelight.domain.errors import Conflict, StorageFailed
from safelight.domain.models import ModelFormat, ModelKind
from safelight.domain.values import Value

_SUFFIX = {
    ModelFormat.SAFETENSORS: ".safetensors",
    ModelFormat.GGUF: ".gguf",
    ModelFormat.CKPT: ".ckpt",
}
_SHOWN = 20


class Examined(Value):
    """What a fetched file or folder is.

    Attributes:
        kind: From its header; UNKNOWN where that does not tell.
        suffix: What its name should end with, for its format.
        notes: What the user should know, one sentence each.
    """

    kind: ModelKind
    suffix: str = ""
    notes: tuple[str, ...] = ()


def examine(path: Path) -> Examined:
    """Read headers: what it is, and for every pickle which Python names it asks for. Nothing is executed.

    Raises:
        CorruptFile, UnsupportedModel: It is no model, or in no format that is known.
        InvalidInput: A pickle in it asks for names that only an attack needs.
    """
    model = inspect(path)
    weights = sorted(file for file in path.rglob("*") if file.suffix in FORMATS) if path.is_dir() else [path]
    notes = [note for file in weights for note in _pickle_notes(file)]
    if model.kind is ModelKind.UNKNOWN:
        notes.append(f"What it is was not recognised: {model.problem or 'its header says too little'}")
    elif model.problem and model.kind in (ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL):
        notes.append(model.problem)
    return Examined(kind=model.kind, suffix=_SUFFIX.get(model.format, ""), notes=tuple(notes))


def _pickle_notes(file: Path) -> Iterator[str]:
    header = read_header(file)
    if header.format is ModelFormat.CKPT:
        asked = ", ".join(header.stubs[:_SHOWN])
        more = f" and {len(header.stubs) - _SHOWN} more" if len(header.stubs) > _SHOWN else ""
        strange = f"it asks for {asked}{more}, which get inert stand-ins" if asked else "it asks for tensors only"
        yield f"{file.name} is a pickle: {strange}."


def folder_for(models_dir: Path, kind: ModelKind) -> Path:
    """The folder for a kind: the first of its names that the user has already, else its usual one."""
    names = [name for one in TYPES if one.kind is kind for name in one.folders]
    if not names:
        return models_dir
    try:
        mine = {entry.name.lower(): entry.name for entry in os.scandir(models_dir) if entry.is_dir()}
    except FileNotFoundError:
        mine = {}
    return models_dir / next((mine[name] for name in names if name in mine), names[0])


def land(arrived: Path, target: Path) -> None:
    """Move a file or folder to its place in one step.

    Raises:
        Conflict: Something is there already; nothing was changed.
        StorageFailed: It can't be moved.
    """
    with _storing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if arrived.is_dir():
                _move_folder(arrived, target)
            else:
                _move_file(arrived, target)
        except (FileExistsError, NotADirectoryError):
            raise taken(target) from None
        sync_folder(target.parent)


def taken(target: Path) -> Conflict:
    """The error for a place where something is already."""
    return Conflict(
        f"There is another {target.name} in {target.parent.name} already; it was left as it is.",
        hint="Give this one a name of its own with --name.",
    )


def _move_file(arrived: Path, target: Path) -> None:
    try:
        os.link(arrived, target)  # refuses to replace, unlike a rename
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS):
            raise
        target.touch(exist_ok=False)  # no links here: an empty file holds the place
        arrived.replace(target)
    else:
        arrived.unlink()


def _move_folder(arrived: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise FileExistsError(target)
    arrived.rename(target)


def clear(folder: Path) -> None:
    """Delete a folder of what did not become a model."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _storing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(
            f"{target.name} can't be put into {target.parent.name}: {error.strerror or error}.",
            hint="What has arrived is kept; check the models folder, then ask again.",
        ) from error
