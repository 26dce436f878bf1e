"""Watches models folders, so that what was read of them can be believed until something changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger(__name__)

_STEP_MS = 150
"""How soon a change is told; as long as changes come faster, they are told together …"""

_MOST_MS = 600
"""… but no later than this: writing a file is many changes."""

_TURN_MS = 1000
_RETRY_SECONDS = 5.0
_UNFINISHED = (".part", ".tmp", ".lock", ".incomplete", ".crdownload", ".aria2")


class Watch:
    """Counts changes below folders, in a thread of its own.

    Where nothing can be watched (folders that are not there yet, network drives without notifications, no inotify
    watches left) it says so, and who asks must look.

    Args:
        folders: What to watch, with everything below.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._stop = threading.Event()
        self._covered: frozenset[Path] = frozenset()
        self._changes = 0
        self._thread = threading.Thread(target=self._run, name="catalog-watch", daemon=True)

    def start(self) -> None:
        """Begin, once; folders are covered a moment later."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> None:
        """End the thread. To be called before the interpreter ends: a thread in Rust code must not be cut off."""
        self._stop.set()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join()

    @property
    def changes(self) -> int:
        """How often something changed; also counts when other folders are covered than before."""
        return self._changes

    @property
    def covers_all(self) -> bool:
        """Whether changes are noticed in every folder that there is."""
        return self._thread.is_alive() and self._covered == self._there()

    def _there(self) -> frozenset[Path]:
        return frozenset(folder for folder in self._folders if folder.is_dir())

    def _run(self) -> None:
        while not self._stop.is_set():
            there = self._there()
            try:
                if there:
                    self._count(there)
            except (OSError, RuntimeError) as error:  # RuntimeError: WatchfilesRustInternalError
                log.warning("models folders can't be watched, and are looked at every few seconds: %s", error)
            self._cover(frozenset())
            if there == self._there():  # else a folder came or went: watch the others at once
                self._stop.wait(_RETRY_SECONDS if there else _TURN_MS / 1000)

    def _count(self, folders: frozenset[Path]) -> None:
        """Count changes until other folders are there, or `stop`."""
        from watchfiles import watch  # noqa: PLC0415 - costs 30 ms, which a command line does not need

        for changed in watch(
            *folders,
            watch_filter=lambda change, path: _matters(path),
            debounce=_MOST_MS,
            step=_STEP_MS,
            stop_event=self._stop,
            rust_timeout=_TURN_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            if self._covered != folders:
                self._cover(folders)
            self._changes += bool(changed)
            if self._there() != folders:
                return

    def _cover(self, folders: frozenset[Path]) -> None:
        self._covered = folders
        self._changes += 1


def _matters(path: str) -> bool:
    """Whether a change at `path` can change what a catalog lists; downloads that go on do not."""
    name = Path(path).name
    return not name.startswith(".") and not name.endswith(_UNFINISHED)
