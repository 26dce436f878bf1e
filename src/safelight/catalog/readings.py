"""Readings of models, from memory, from disk, or from the files where these are new or have changed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from safelight.catalog.readers import read_here, read_many
from safelight.catalog.reading import Reading
from safelight.catalog.records import Records
from safelight.catalog.scan import Found, stamp_of


class Readings:
    """What was read of models. May be used from several threads.

    Args:
        cache_dir: Where to keep it for the next process; None keeps it in memory only.
    """

    def __init__(self, cache_dir: Path | None) -> None:
        self._records = Records(cache_dir)
        self._known: dict[Path, tuple[str, Reading]] = {}
        self._tidied = False
        self._lock = threading.Lock()

    def of(self, every: Iterable[Found]) -> dict[Path, Reading]:
        """What each of `every` holds; what can't be read has a problem. Others are not kept waiting for the reading."""
        places = {found.path: found for found in every}
        stamps = {path: stamp for path, found in places.items() if (stamp := stamp_of(found)) is not None}
        with self._lock:
            known = {path: self._known[path] for path in stamps if path in self._known}
        fresh = {path: known[path][1] for path, stamp in stamps.items() if path in known and known[path][0] == stamp}
        stale = {str(path): (path, stamp) for path, stamp in stamps.items() if path not in fresh}
        if stale:
            kept = self._records.known({name: stamp for name, (_, stamp) in stale.items()})
            fresh |= {stale[name][0]: reading for name, reading in kept.items()}
            unread = [places[path] for name, (path, _) in stale.items() if name not in kept]
            fresh |= {found.path: reading for found, reading in self._read_files(unread, stamps)}
            with self._lock:
                self._known |= {path: (stamp, fresh[path]) for path, stamp in stale.values()}
        return {path: fresh[path] if path in fresh else read_here(found) for path, found in places.items()}

    def keep_only(self, paths: Iterable[Path], folders: Sequence[Path]) -> None:
        """Forget what is known of files below `folders` that are not among `paths`, as they are gone."""
        with self._lock:
            there = set(paths)
            gone = [path for path in self._known if path not in there and _is_below(str(path), folders)]
            for path in gone:
                del self._known[path]
            tidied, self._tidied = self._tidied, True
        if gone or not tidied:  # once: files that went while no process ran
            names = {str(path) for path in there}
            kept = self._records.paths()
            self._records.forget([path for path in kept if path not in names and _is_below(path, folders)])

    def _read_files(self, unread: Sequence[Found], stamps: Mapping[Path, str]) -> list[tuple[Found, Reading]]:
        done = list(read_many(unread))
        new = [(str(found.path), stamps[found.path], reading) for found, reading in done if reading.error != "internal"]
        if new:
            self._records.keep(new)
        return done


def _is_below(path: str, folders: Sequence[Path]) -> bool:
    return any(Path(path).is_relative_to(folder) and folder.is_dir() for folder in folders)
