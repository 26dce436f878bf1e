"""A file on its way: `NAME.part`, and beside it what must be known to go on with it after a break."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic import Field, ValidationError

from safelight.disk import sync_folder
from safelight.domain.errors import StorageFailed
from safelight.domain.values import Value

_CHUNK = 1 << 22
_SYNC_EVERY = 64 << 20


class Notes(Value):
    """What is remembered of a file on its way.

    Attributes:
        source: SHA-256 of the address it comes from.
        validator: ETag or date by which the host knows the same content again (RFC 9110, 13.1.5).
        total: Bytes of the whole file, when told.
        durable: Bytes that are on the disk for certain, should the power fail.
    """

    source: str
    validator: str | None = None
    total: int | None = Field(default=None, ge=0)
    durable: int = Field(default=0, ge=0)


class Part:
    """The beginning of `target`. Its methods may block: call them from a thread.

    Args:
        target: Where the whole file will be; `target`.part holds what has arrived.
        url: Where it comes from. What came from another address is not gone on with.
        checked: Whether the whole file's hash is known, so that a tail that a power cut has spoilt will be noticed.
    """

    def __init__(self, target: Path, url: str, *, checked: bool) -> None:
        self.target, self.path = target, target.with_name(f"{target.name}.part")
        self._notes_file = target.with_name(f"{target.name}.part.json")
        self._source, self._checked = hashlib.sha256(url.encode()).hexdigest(), checked
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self._unsynced = 0
        self.have = 0
        self.hashed = 0
        self.notes = Notes(source=self._source)

    def open(self) -> None:
        """Find what there is. Until `hash_some` has caught up, nothing may be written.

        Raises:
            StorageFailed: The folder can't be written to.
        """
        with _storing(self.path):
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.notes = self._read_notes()
            self._file = self.path.open("r+b" if self.path.exists() else "w+b")
            self.have = self._file.seek(0, os.SEEK_END)
            if not self._checked and self.have > self.notes.durable:
                self.have = self._file.truncate(self.notes.durable)
            self._file.seek(0)

    def hash_some(self) -> bool:
        """Hash 4 MiB more of what there was at the start; False when there is no more."""
        with _storing(self.path):
            data = self._opened.read(min(_CHUNK, self.have - self.hashed))
        self._digest.update(data)
        self.hashed += len(data)
        self.have = self.have if data else self.hashed
        return self.hashed < self.have

    def begin(self, validator: str | None, total: int | None) -> None:
        """Throw away what there is: content that the host knows by `validator` comes from its first byte on."""
        with _storing(self.path):
            self._opened.seek(0)
            self._opened.truncate()
            self.have = self.hashed = self._unsynced = 0
            self._digest = hashlib.sha256()
            self.notes = Notes(source=self._source, validator=validator, total=total)
            self._write_notes()

    def write(self, data: bytes) -> None:
        """Append."""
        with _storing(self.path):
            self._opened.write(data)
            self._digest.update(data)
            self.have += len(data)
            self.hashed += len(data)
            self._unsynced += len(data)
            if self._unsynced >= _SYNC_EVERY:
                self.sync()

    def sync(self) -> None:
        """Make what has arrived survive a power cut."""
        with _storing(self.path):
            self._opened.flush()
            os.fsync(self._opened.fileno())
            self._unsynced = 0
            self.notes = self.notes.model_copy(update={"durable": self.have})
            self._write_notes()

    def close(self) -> None:
        """Let go of the file; what has arrived stays."""
        if self._file and not self.have:
            self.discard()
        elif self._file:
            with contextlib.suppress(OSError, StorageFailed):  # what is lost is fetched again
                self.sync()
            self._file.close()
            self._file = None

    def finish(self) -> Path:
        """It is whole: give it its name; return where it is."""
        with _storing(self.path):
            self.sync()
            self._opened.close()
            self._file = None
            self.path.replace(self.target)
            self._notes_file.unlink(missing_ok=True)
            sync_folder(self.target.parent)
        return self.target

    def discard(self) -> None:
        """Delete what has arrived."""
        if self._file:
            self._file.close()
            self._file = None
        self.path.unlink(missing_ok=True)
        self._notes_file.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        """Of what there is, as lower-case hex."""
        return self._digest.hexdigest()

    @property
    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise StorageFailed(f"{self.path.name} is closed.")
        return self._file

    def _read_notes(self) -> Notes:
        fresh = Notes(source=self._source)
        try:
            notes = Notes.model_validate_json(self._notes_file.read_bytes())
        except (OSError, ValidationError):
            notes = fresh
        if notes.source != self._source or not self.path.exists():
            self.path.unlink(missing_ok=True)
            return fresh
        return notes

    def _write_notes(self) -> None:
        temporary = self._notes_file.with_name(f"{self._notes_file.name}.new")
        temporary.write_text(json.dumps(self.notes.model_dump()), encoding="utf-8")
        temporary.replace(self._notes_file)


@contextlib.contextmanager
def _storing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(
            f"{path.name} can't be written: {error.strerror or error}.",
            hint="What has arrived is kept; make room or choose another models folder, then ask again.",
        ) from error
