"""Writes picture files so that they are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from safelight.domain.errors import StorageFailed


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` through a temporary file in the same folder, synced before it gets its name.

    Raises:
        StorageFailed: The folder or the disk did not take it; nothing partial is left.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageFailed(f"{path} could not be written: {error.strerror or error}.") from error
