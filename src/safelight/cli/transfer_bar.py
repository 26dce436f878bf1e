"""The progress bar of work that is counted in bytes: phase, bytes, speed, time left. On stderr, on a terminal only."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from safelight.domain.events import Phase
from safelight.domain.work import WorkProgress

_WORDS = {
    Phase.ASKING: "asking for",
    Phase.WAITING: "waiting to go on with",
    Phase.DOWNLOADING: "downloading",
    Phase.HASHING: "hashing",
    Phase.CHECKING: "looking at",
}
_LONGEST = 40


class TransferBar:
    """Shows `WorkProgress` as it comes; use it in a `with` block."""

    def __init__(self, *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("", total=None)

    def show(self, now: WorkProgress) -> None:
        """Draw the bar for `now`."""
        words = f"{_WORDS.get(now.phase, now.phase.value)} {(now.item or '')[-_LONGEST:]}".rstrip()
        self._progress.update(self._task, description=words, completed=now.done, total=now.total)

    def say(self, words: str) -> None:
        """Show `words` while there are no bytes to count."""
        self._progress.update(self._task, description=words)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
