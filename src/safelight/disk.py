"""What makes changes on the disk last."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
"""How network file systems say that they can't sync a folder."""


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power loss, where the system can."""
    if sys.platform == "win32":  # folders can't be opened there
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)
