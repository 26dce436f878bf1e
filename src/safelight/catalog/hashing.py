"""SHA-256 of models, remembered as long as their files stay as they are."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from safelight.catalog.diffusers_folder import backbone_weights
from safelight.catalog.headers.files import open_model
from safelight.catalog.shards import is_shard_index, shard_files
from safelight.domain.models import ModelInfo

Progress = Callable[[int, int], None]
"""Takes bytes done and bytes in all."""

_CHUNK = 1 << 22
_LOCK_SECONDS = 5.0

_TABLES: dict[Path, tuple[tuple[int, int, int], dict[str, str]]] = {}
"""Files of hashes as they were read last, with their time of change, size and inode: lists ask for many hashes."""


def hashed_files(info: ModelInfo) -> tuple[Path, ...]:
    """The files that stand for a model: itself, its shards, or the UNet's or transformer's weights of a folder."""
    if info.path.is_dir():
        return backbone_weights(info.path)
    return shard_files(info.path) if is_shard_index(info.path) else (info.path,)


def stamp_of(info: ModelInfo) -> str | None:
    """Tells whether the files of a model, its companions' too, are still the same ones; None when some are gone."""
    return _stamp((*hashed_files(info), *(part.path for part in info.components if part.path)))


class HashCache:
    """Computes SHA-256 and keeps it in a small JSON file; what files that are gone or have changed had is forgotten.

    Args:
        folder: Where `hashes.json` is kept; made when needed. Hashing works without it too.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "hashes.json"

    def known(self, *files: Path) -> str | None:
        """The SHA-256 of `files` if it was computed since they last changed."""
        try:
            return self._read().get(_key(files))
        except OSError:  # a file is not there: nothing is known of it
            return None

    def sha256(self, *files: Path, progress: Progress | None = None) -> str:
        """SHA-256 of a file, or of several joined in the order given, as lower-case hex.

        Args:
            files: What to read.
            progress: Called after every 4 MiB; an exception from it ends the work.

        Raises:
            NotFound, InvalidInput, CorruptFile: A file could not be read.
        """
        known = self.known(*files)
        if known:
            return known
        before = _stamp(files)
        value = sha256_of(*files, progress=progress)
        if before is not None and before == _stamp(files):
            self._remember(before, value)
        return value

    def remember(self, sha256: str, *files: Path) -> None:
        """Keep what is known already, such as from hashing a file while it arrived."""
        stamp = _stamp(files)
        if stamp is not None:
            self._remember(stamp, sha256)

    def _read(self) -> dict[str, str]:
        """The table as the file has it; read again when the file is another."""
        try:
            facts = self._file.stat()
        except OSError:
            return {}
        stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        known = _TABLES.get(self._file)
        if known is None or known[0] != stamp:
            known = _TABLES[self._file] = stamp, self._parse()
        return known[1]

    def _parse(self) -> dict[str, str]:
        try:
            table = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):  # absent or damaged: begin anew
            return {}
        if not isinstance(table, dict):
            return {}
        return {key: value for key, value in table.items() if isinstance(value, str)}

    def _remember(self, key: str, value: str) -> None:
        with contextlib.suppress(OSError):  # no room or no permission: the hash is computed again next time
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._file.with_suffix(".lock"), timeout=_LOCK_SECONDS):  # others remember, too
                there = {known: sha256 for known, sha256 in self._read().items() if _is_there(known)}
                self._write({**there, key: value})

    def _write(self, table: dict[str, str]) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._file.parent, prefix=".hashes")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(table, file, indent=1, sort_keys=True)
            Path(temporary).replace(self._file)
        except OSError:
            Path(temporary).unlink(missing_ok=True)


def sha256_of(*files: Path, progress: Progress | None = None) -> str:
    """SHA-256 of the joined contents of `files`, read in pieces; see `HashCache.sha256`."""
    digest = hashlib.sha256()
    done, total = 0, sum(file.stat().st_size for file in files if file.is_file())
    for path in files:
        with open_model(path) as (file, _):
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, max(total, done))
    return digest.hexdigest()


def _key(files: tuple[Path, ...]) -> str:
    parts = []
    for file in files:
        stat = file.stat()
        parts.append(f"{file.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{stat.st_ino}")
    return "\n".join(parts)


def _is_there(key: str) -> bool:
    """Whether the files of a key are still what they were."""
    try:
        return _key(tuple(Path(line.rsplit("|", 3)[0]) for line in key.split("\n"))) == key
    except (OSError, ValueError):
        return False


def _stamp(files: tuple[Path, ...]) -> str | None:
    try:
        return _key(files)
    except OSError:
        return None
