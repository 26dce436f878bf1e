"""Writes picture files so that they are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
from pathlib import Path

from safelight.disk import sync_folder
from safelight.domain.errors import StorageFailed

_FOLDERS = threading.Lock()
"""Held while folders are made and empty ones removed: neither is undone, or half on the disk, for another writer."""

_TRIES = 3


def write_file(path: Path, *data: bytes | memoryview, staging: Path | None = None, parents: bool = True) -> None:
    """Write `data` to `path` through a temporary file; when this returns, data and name survive a power loss.

    Args:
        path: Where to; a file that is there is replaced.
        data: What to write, one after the other.
        staging: Folder, on the same disk, for the temporary file; the file's own folder if not given.
        parents: Make missing folders above the file's own.

    Raises:
        StorageFailed: The folder or the disk did not take it; nothing partial is left.
    """
    temporary = (staging or path.parent) / f".{secrets.token_hex(8)}.part"
    try:
        _make_folder(path.parent, parents)
        if staging:
            _make_folder(staging, parents)
        with temporary.open("xb") as file:
            file.writelines(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StorageFailed(f"{path} could not be written: {error.strerror or error}.") from error


def remove_folder(folder: Path, *, root: Path) -> None:
    """Remove `folder`, all that is in it, and the folders between it and `root` that are empty then.

    Raises:
        StorageFailed: The disk did not let it go.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            if os.path.lexists(folder):
                shutil.rmtree(folder)
            break
        except OSError as error:  # also when somebody wrote into it, or removed from it, meanwhile
            if attempt == _TRIES:
                raise StorageFailed(f"{folder} could not be removed: {error.strerror or error}.") from error
    with _FOLDERS:
        _remove_empty(folder.parent, root)


def _make_folder(folder: Path, parents: bool) -> None:
    with _FOLDERS:
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=parents, exist_ok=True)
        for made in missing:
            sync_folder(made.parent)


def _remove_empty(folder: Path, root: Path) -> None:
    try:
        sync_folder(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageFailed(f"{folder} could not be synced: {error.strerror or error}.") from error
    with contextlib.suppress(OSError):
        while folder != root:
            folder.rmdir()  # refuses one that is not empty
            folder = folder.parent
