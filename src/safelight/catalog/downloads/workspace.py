"""Where a download grows until it is whole: a hidden folder below the models folder, on the same disk, locked."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from safelight.domain.errors import Conflict, StorageFailed
from safelight.domain.units import data_size

_HIDDEN = ".downloads"
_NOTE = ".asked"
_KEPT_SECONDS = 14 * 86_400.0
"""So long is kept what broke off and was not asked for again."""

_SPARE = 64 << 20
"""Bytes that a download leaves free on the disk."""


@contextmanager
def workspace(models_dir: Path, key: str, asked: str) -> Iterator[Path]:
    """The folder for what `key` names, nobody else's as long as the block runs. It stays until it is deleted.

    Args:
        models_dir: Which it is below.
        key: The addresses that are fetched.
        asked: Fingerprint of the request, to find it again by when that is cancelled.

    Raises:
        Conflict: Somebody else downloads the same now.
        StorageFailed: The models folder can't be written to.
    """
    root = models_dir / _HIDDEN
    name = hashlib.sha256(key.encode()).hexdigest()[:24]
    try:
        root.mkdir(parents=True, exist_ok=True)
        _tidy(root)
        lock = FileLock(root / f"{name}.lock", timeout=0)
        lock.acquire()
        note = root / f"{name}{_NOTE}"
        note.write_text(asked, encoding="ascii")
    except Timeout as error:
        raise Conflict("The same is being downloaded already.", hint="Wait for it, or cancel it.") from error
    except OSError as error:
        raise StorageFailed(
            f"The models folder can't be written to: {error.strerror or error}.",
            hint="Choose another with SAFELIGHT_MODELS_DIR.",
        ) from error
    folder = root / name
    try:
        yield folder
    finally:
        _drop_empty(folder)
        if not folder.exists():  # nothing is left to go on with
            note.unlink(missing_ok=True)
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
        with contextlib.suppress(OSError):  # other downloads are under way
            root.rmdir()


def discard(models_dir: Path, asked: str) -> None:
    """Delete what has arrived for a request, unless it is being downloaded now."""
    root = models_dir / _HIDDEN
    for note in root.glob(f"*{_NOTE}"):
        with contextlib.suppress(OSError):
            if note.read_text(encoding="ascii", errors="replace") == asked:
                _delete(root / note.stem)
    with contextlib.suppress(OSError):
        root.rmdir()


def is_unfinished(path: Path) -> bool:
    """Whether a path is in a workspace."""
    return _HIDDEN in path.parts


def check_room(models_dir: Path, needed: int, what: str) -> None:
    """Check that `needed` more bytes find room beside the models.

    Raises:
        StorageFailed: They don't.
    """
    there = next(folder for folder in (models_dir, *models_dir.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if needed + _SPARE > free:
        raise StorageFailed(
            f"{what} needs {data_size(needed)} more, and the disk has {data_size(free)} free.",
            hint="Make room, or choose a models folder on another disk with SAFELIGHT_MODELS_DIR.",
        )


def _drop_empty(folder: Path) -> None:
    """Delete folders that hold nothing, innermost first."""
    for inner in (*sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True), folder):
        with contextlib.suppress(OSError):
            inner.rmdir()


def _tidy(root: Path) -> None:
    """Delete what broke off long ago and is not worked on."""
    for entry in sorted(root.glob("*")):
        if entry.suffix or time.time() - entry.stat().st_mtime < _KEPT_SECONDS:
            continue
        _delete(entry)


def _delete(folder: Path) -> None:
    """Delete a workspace and what belongs to it, unless somebody works in it."""
    lock = FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0)
    try:
        with lock:
            shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        return
    for beside in (folder.with_name(f"{folder.name}{_NOTE}"), Path(lock.lock_file)):
        beside.unlink(missing_ok=True)
