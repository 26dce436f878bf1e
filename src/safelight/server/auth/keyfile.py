"""The file of API keys: `keys.json` in the data folder, hashes only, readable by its owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from safelight.domain.errors import Conflict, CorruptFile, NotFound, StorageFailed
from safelight.domain.values import Value
from safelight.server.auth.callers import Scope
from safelight.server.auth.keys import ApiKey, make_key

_LOCK_SECONDS = 10

Stamp = tuple[int, int, int]
"""What changes when the file does: time, size and inode."""


class _Content(Value):
    version: int = 1
    keys: tuple[ApiKey, ...] = ()


class KeyFile:
    """The keys in a data folder. Written whole, through a temporary file; a running server reads it again."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "keys.json"

    def stamp(self) -> Stamp | None:
        """Changes whenever the file does; None while there is none. Raises OSError where it can't be looked at."""
        try:
            stat = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def read(self) -> tuple[ApiKey, ...]:
        """The keys, none when there is no file.

        Raises:
            CorruptFile: It is not what it should be.
            StorageFailed: It can't be read.
        """
        try:
            return _Content.model_validate_json(self.path.read_bytes()).keys
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise StorageFailed(f"{self.path} can't be read: {error.strerror or error}.") from error
        except ValidationError as error:
            raise CorruptFile(
                f"{self.path} is not a file of keys.",
                hint="Restore it, or delete it and make new keys with `safelight keys add NAME`.",
            ) from error

    def add(self, name: str, scope: Scope) -> str:
        """Make a key and keep its hash; return the key, which can't be had again.

        Raises:
            Conflict: There is one of that name.
            InvalidInput: The name can't be used.
            StorageFailed: The file could not be written.
        """
        key, secret = make_key(name, scope)
        with self._changing():
            keys = self.read()
            if any(known.name == name for known in keys):
                raise Conflict(
                    f"There is a key {name!r} already.", hint=f"`safelight keys remove {name}` takes it away."
                )
            self._write((*keys, key))
        return secret

    def remove(self, name: str) -> None:
        """Forget a key. Raises NotFound, StorageFailed."""
        with self._changing():
            keys = self.read()
            left = tuple(key for key in keys if key.name != name)
            if len(left) == len(keys):
                raise NotFound(f"There is no key {name!r}.", hint="`safelight keys list` shows them.")
            self._write(left)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the file for a change, against another command."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path.with_suffix(".lock"), timeout=_LOCK_SECONDS)
            lock.acquire()
        except Timeout as error:
            raise Conflict(f"Another command is changing {self.path}.") from error
        except OSError as error:
            raise StorageFailed(f"{self.path.parent} can't be written to: {error.strerror or error}.") from error
        try:
            yield
        finally:
            lock.release()

    def _write(self, keys: tuple[ApiKey, ...]) -> None:
        """Replace the file. Not `images.files.write_file`: nobody else may read it, not even for a moment."""
        temporary = self.path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "w", encoding="utf-8") as file:
                file.write(_Content(keys=keys).model_dump_json(indent=2) + "\n")
                file.flush()
                os.fsync(handle)
            temporary.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise StorageFailed(f"{self.path} could not be written: {error.strerror or error}.") from error
