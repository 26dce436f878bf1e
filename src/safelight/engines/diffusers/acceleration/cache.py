"""Converted networks and their compiled shapes on disk.

A network's weights are stored once, as OpenVINO's own files, which are mapped into memory; what is compiled for a
shape holds no weights. Each network is a folder named by the digest of all that it depends on. A folder is written
under another name and renamed when it is whole, and locked meanwhile: a process killed at any moment leaves nothing
that is read.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from safelight.disk import sync_folder
from safelight.domain.errors import StorageFailed
from safelight.images.files import write_file

_GRAPH, _WEIGHTS, _FACTS = "network.xml", "network.bin", "facts.json"
_PART, _LOCK, _BLOB = ".part", ".lock", ".blob"
_SAMPLES, _SAMPLE = 257, 2**16
_SPARE = 2**28
"""Bytes that are left free on the disk."""

_DIGEST = hashlib.sha256().digest_size


class Entry:
    """One converted network."""

    def __init__(self, cache: Cache, key: Mapping[str, str]) -> None:
        text = json.dumps(key, sort_keys=True)
        self._cache, self._key = cache, text
        self.folder = cache.folder / hashlib.sha256(text.encode()).hexdigest()[:32]
        self.graph, self.weights = self.folder / _GRAPH, self.folder / _WEIGHTS

    @property
    def ready(self) -> bool:
        """Whether it is there, whole. Of the weights the size and blocks all over them are looked at."""
        try:
            facts = json.loads((self.folder / _FACTS).read_bytes())
            return bool(facts == self._facts(self.folder))
        except (OSError, ValueError):
            return False

    def write(self, save: Callable[[Path], None], room: int = 0) -> None:
        """Keep a network.

        Args:
            save: Writes it as the `.xml` file it is given, and a `.bin` beside it.
            room: Bytes that this takes at least: a library that writes may not notice that the disk is full.

        Raises:
            StorageFailed: The disk did not take it.
        """
        try:
            self._cache.folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._cache.folder).free < room + _SPARE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            with self._cache.lock(self.folder.name):
                if not self.ready:  # else another process was faster
                    self._write(save)
        except OSError as error:
            raise StorageFailed(f"{self.folder} could not be written: {error.strerror or error}.") from error
        self.used()
        self._cache.trim()

    def _write(self, save: Callable[[Path], None]) -> None:
        part = self.folder.with_name(self.folder.name + _PART)
        for left in (part, self.folder):
            shutil.rmtree(left, ignore_errors=True)
        try:
            part.mkdir()
            save(part / _GRAPH)
            (part / _FACTS).write_text(json.dumps(self._facts(part)))
            for name in (_GRAPH, _WEIGHTS, _FACTS):
                _sync(part / name)
            part.replace(self.folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        sync_folder(self._cache.folder)

    def blob(self, shape: str) -> bytes | None:
        """What was compiled for a shape, if it is there undamaged."""
        try:
            with self._blob(shape).open("rb") as file:
                digest, blob = file.read(_DIGEST), file.read()
        except OSError:
            return None
        return blob if hashlib.sha256(blob).digest() == digest else None

    def keep_blob(self, shape: str, blob: bytes | memoryview) -> None:
        """Keep what was compiled for a shape; without room it is compiled again next time."""
        with contextlib.suppress(StorageFailed):
            write_file(self._blob(shape), hashlib.sha256(blob).digest(), blob, parents=False)
        self._cache.trim()

    def drop_blob(self, shape: str) -> None:
        """Forget it: it could not be read."""
        self._blob(shape).unlink(missing_ok=True)

    def drop(self) -> None:
        """Forget the network: it could not be read."""
        self._cache.remove(self.folder)

    def used(self) -> None:
        """Note that it is in use; this process's `trim` leaves it alone from now on."""
        self._cache.protected.add(self.folder.name)
        with contextlib.suppress(OSError):
            os.utime(self.folder / _FACTS)

    def _blob(self, shape: str) -> Path:
        return self.folder / (hashlib.sha256(shape.encode()).hexdigest()[:32] + _BLOB)

    def _facts(self, folder: Path) -> dict[str, str | int]:
        return {
            "of": self._key,
            "graph": hashlib.sha256((folder / _GRAPH).read_bytes()).hexdigest(),
            "bytes": (folder / _WEIGHTS).stat().st_size,
            "samples": _sampled(folder / _WEIGHTS),
        }


class Cache:
    """A folder of entries, kept below a size.

    Args:
        folder: Where; None for one that goes with this object.
        limit: Bytes that it may hold, unless what is in use takes more.
    """

    def __init__(self, folder: Path | None, limit: int) -> None:
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="safelight-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.folder, self._limit = folder, limit
        self.protected: set[str] = set()
        self._sweep()

    def entry(self, key: Mapping[str, str]) -> Entry:
        """The entry for what a network depends on, written or not."""
        return Entry(self, key)

    def lock(self, name: str, timeout: float = -1) -> FileLock:
        """The lock that whoever writes or removes an entry holds."""
        return FileLock(self.folder / (name + _LOCK), timeout=timeout)

    def trim(self) -> None:
        """Drop what was not used for longest until the rest is within the limit."""
        entries = sorted(self.folder.glob(f"*/{_FACTS}"), key=_used_at)
        sizes = {facts.parent: _size(facts.parent) for facts in entries}
        total = sum(sizes.values())
        for folder, size in sizes.items():
            if total <= self._limit:
                return
            if folder.name not in self.protected and self.remove(folder):
                total -= size

    def remove(self, folder: Path) -> bool:
        """Remove an entry unless another process writes it; its facts go first, without which it counts as absent."""
        try:
            with self.lock(folder.name, timeout=0):
                (folder / _FACTS).unlink(missing_ok=True)
                shutil.rmtree(folder, ignore_errors=True)
        except (OSError, Timeout):
            return False
        return True

    def _sweep(self) -> None:
        """Remove what killed processes left: unfinished folders whose lock nobody holds, and entries without facts."""
        for left in self.folder.glob("*"):
            unfinished = left.name.endswith(_PART)
            if not left.is_dir() or not (unfinished or not (left / _FACTS).exists()):
                continue
            with contextlib.suppress(OSError, Timeout), self.lock(left.name.removesuffix(_PART), timeout=0):
                shutil.rmtree(left, ignore_errors=True)


def _sampled(file: Path) -> str:
    """Checksum of blocks all over a file: reading all of it would take longer than loading it."""
    size, digest = file.stat().st_size, hashlib.sha256()
    with file.open("rb") as opened:
        for number in range(_SAMPLES):
            opened.seek(max(0, size - _SAMPLE) * number // (_SAMPLES - 1))
            digest.update(opened.read(_SAMPLE))
    return digest.hexdigest()


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _size(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except OSError:  # another process removed it
        return 0


def _used_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
