"""A folder of pictures that nothing leads out of: names below it that pass through a link are refused."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from safelight.domain.errors import NotFound, StorageFailed
from safelight.images.files import remove_folder, write_file

_PARTS = ".parts"


def no_picture(name: str) -> NotFound:
    """The error that says that `name`, whatever it holds, names no picture."""
    return NotFound(f"There is no picture {name[:80]!a} here.")


class Folder:
    """Files below `root`, which may itself be a link. Every `place` is a path below it; all calls block.

    Temporary files lie in one folder, so that what a crash leaves is found without searching.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, place: Path) -> bool:
        """Whether there is such a file; StorageFailed when the disk does not say."""
        try:
            return place.is_file() and not self._leads_astray(place)
        except OSError as error:
            raise _unreadable(place, error) from error

    def read(self, place: Path) -> bytes:
        """The bytes of a file; NotFound, or StorageFailed when the disk does not give it."""
        try:
            if self.has(place):
                return place.read_bytes()
        except FileNotFoundError as error:
            raise no_picture(place.name) from error
        except OSError as error:
            raise _unreadable(place, error) from error
        raise no_picture(place.name)

    def write(self, place: Path, data: bytes, *, parents: bool = True) -> None:
        """Write a file durably, see `write_file`."""
        self._refuse_links(place)
        write_file(place, data, staging=self.root / _PARTS, parents=parents)

    def remove(self, place: Path) -> None:
        """Remove a folder, see `remove_folder`; none is no error."""
        self._refuse_links(place)
        remove_folder(place, root=self.root)

    def tidy(self) -> int:
        """Remove temporary files that a crash left; returns how many. Only while nothing is written."""
        removed = 0
        with contextlib.suppress(FileNotFoundError), os.scandir(self.root / _PARTS) as entries:
            for entry in entries:
                if entry.name.endswith(".part"):
                    with contextlib.suppress(OSError):  # one that can't be removed does no harm
                        os.unlink(entry.path)
                        removed += 1
        return removed

    def _refuse_links(self, place: Path) -> None:
        if self._leads_astray(place):
            raise StorageFailed(f"{place} passes through a link to another place.", hint="Remove the link.")

    def _leads_astray(self, place: Path) -> bool:
        """Whether some link below the root takes `place` elsewhere."""
        return Path(os.path.realpath(place)) != Path(os.path.realpath(self.root), place.relative_to(self.root))


def _unreadable(place: Path, error: OSError) -> StorageFailed:
    return StorageFailed(f"{place} could not be read: {error.strerror or error}.")
