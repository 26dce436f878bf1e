"""Writes picture files so that they are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from safelight.domain.errors import StorageFailed


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` through a temporary file in its folder (made if needed), synced before it gets its name.

    Raises:
        StorageFailed: The folder or the disk did not take it; nothing partial is left.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StorageFailed(f"{path} could not be written: {error.strerror or error}.") from error
