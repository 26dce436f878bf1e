"""Opening model files: regular files only, with the system's errors turned into ours."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from safelight.catalog.headers.header import shown
from safelight.domain.errors import CorruptFile, InvalidInput, NotFound


@contextmanager
def open_model(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open `path` and yield it with its size in bytes.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder or a device, or may not be read.
        CorruptFile: Reading it failed half way, or it is empty.
    """
    name = shown(path.name)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
            raise InvalidInput(f"{name} is {what}, not a model file.")
        file = path.open("rb")
    except FileNotFoundError:
        raise NotFound(f"There is no file {shown(str(path), 300)}.") from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{name} could not be opened: {_reason(error)}.") from error
    with file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise CorruptFile(f"{name} is empty (0 bytes).", hint="Download it again.")
        try:
            yield file, size
        except OSError as error:
            raise CorruptFile(f"{name} could not be read: {_reason(error)}.") from error


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
