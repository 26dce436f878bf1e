"""What was read of models, kept on disk as long as their files stay as they are.

One SQLite file in the cache folder. Several processes may use it at once; one that is damaged, or was written by other
code, is begun anew; where there can be none, everything is read again each time.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from importlib.metadata import entry_points, version
from pathlib import Path

from pydantic import ValidationError

from safelight.catalog.architectures import GROUP
from safelight.catalog.reading import Reading

log = logging.getLogger(__name__)

FILE = "models.sqlite3"

_WAIT_SECONDS = 5.0
_MANY = 200
_TABLE = """
CREATE TABLE IF NOT EXISTS readings (
    path TEXT PRIMARY KEY, stamp TEXT NOT NULL, reader TEXT NOT NULL, reading TEXT NOT NULL
) WITHOUT ROWID
"""


class Records:
    """Readings by path.

    Args:
        folder: Where `models.sqlite3` is kept; made when needed. None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / FILE if folder else None

    def known(self, stamps: Mapping[str, str]) -> dict[str, Reading]:
        """Readings of those paths in `stamps` whose files have the same stamp as when they were read."""
        found: dict[str, Reading] = {}
        with self._open() as base:
            for path, stamp, reading in _rows(base, stamps) if base else ():
                if stamps.get(path) == stamp:
                    try:
                        found[path] = Reading.model_validate_json(reading)
                    except ValidationError:  # somebody else wrote it: read the file again
                        continue
        return found

    def keep(self, readings: Iterable[tuple[str, str, Reading]]) -> None:
        """Keep readings with the paths and stamps of their files."""
        with self._open() as base:
            if base is not None:
                base.executemany(
                    "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?)",
                    [(path, stamp, reader(), reading.model_dump_json()) for path, stamp, reading in readings],
                )

    def forget(self, paths: Iterable[str]) -> None:
        """Forget what is kept of files that are gone."""
        with self._open() as base:
            if base is not None:
                base.executemany("DELETE FROM readings WHERE path = ?", [(path,) for path in paths])

    def paths(self) -> set[str]:
        """Paths of everything that is kept."""
        with self._open() as base:
            return set() if base is None else {path for (path,) in _texts(base.execute("SELECT path FROM readings"))}
        return set()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        """The base in a transaction; None where there is none. A failure inside leaves it as it was."""
        base = _connected(self._file) if self._file else None
        if base is None or self._file is None:
            yield None
            return
        try:
            with closing(base), base:
                yield base
        except sqlite3.Error as error:
            log.info("%s could not be used: %s", self._file, error)
            if _is_damaged(error):
                _remove(self._file)


def _rows(base: sqlite3.Connection, paths: Collection[str]) -> Iterator[tuple[str, ...]]:
    """What this code kept of `paths`, or, where these are many, of everything."""
    query = "SELECT path, stamp, reading FROM readings WHERE reader = ?"
    if len(paths) > _MANY:
        yield from _texts(base.execute(query, (reader(),)))
    else:
        for path in paths:
            yield from _texts(base.execute(f"{query} AND path = ?", (reader(), path)))


def _texts(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """`rows`, all of them text: a damaged file gives others, against what its table says."""
    for row in rows:
        if not all(isinstance(value, str) for value in row):
            raise sqlite3.DatabaseError("database disk image is malformed")
        yield row


def _connected(file: Path) -> sqlite3.Connection | None:
    for _ in range(2):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            return _prepared(file)
        except (sqlite3.Error, OSError) as error:  # busy, damaged, or nobody may write here
            log.info("%s could not be opened: %s", file, error)
            if not _is_damaged(error):
                return None
            _remove(file)
    return None


def _prepared(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(file, timeout=_WAIT_SECONDS)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute(_TABLE)
        base.execute("SELECT path, stamp, reader, reading FROM readings LIMIT 1").fetchone()
    except sqlite3.Error:
        base.close()
        raise
    return base


def _is_damaged(error: Exception) -> bool:
    """Whether the file is no database of ours, rather than busy or without permission."""
    if isinstance(error, sqlite3.OperationalError):
        return any(words in str(error) for words in ("no such column", "malformed", "decode"))
    return isinstance(error, sqlite3.DatabaseError)


def _remove(file: Path) -> None:
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        try:
            path.unlink(missing_ok=True)
        except OSError:
            log.warning("%s is damaged and could not be removed.", path)


@cache
def reader() -> str:
    """Stands for the code that reads models: what another one kept is not believed."""
    digest = hashlib.sha256(version("safelight").encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        digest.update(f"{entry.name} {entry.value} {entry.dist.version if entry.dist else ''}".encode())
    return digest.hexdigest()[:16]
