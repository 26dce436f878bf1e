"""The progress bar of a drawing: phase, steps, seconds a step, time left. On stderr, and only on a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from safelight.domain import events
from safelight.domain.work import WorkProgress

_WORDS = {
    events.Phase.STARTING: "starting the engine",
    events.Phase.LOADING: "loading the model",
    events.Phase.ENCODING: "reading the prompt",
    events.Phase.DENOISING: "drawing",
    events.Phase.DECODING: "developing",
}


class Bar:
    """Shows `events.Progress` as it comes; use it in a `with` block."""

    def __init__(self, *, quiet: bool) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # what is printed there comes above the bar
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("", total=None, pace="")

    def show(self, now: events.Progress) -> None:
        """Draw the bar for `now`."""
        words = _WORDS[now.phase]
        if now.count > 1 and now.phase in (events.Phase.DENOISING, events.Phase.DECODING):
            words = f"{words} {now.picture + 1} of {now.count}"
        self._progress.update(
            self._task,
            description=words,
            total=now.steps * now.count or None,
            completed=now.step + now.picture * now.steps,
            pace=f"{now.seconds:.2f} s/step" if now.seconds else "",
        )

    def show_work(self, now: WorkProgress) -> None:
        """Say how far work is that is counted in bytes."""
        done = f"{100 * now.done / now.total:.0f} %" if now.total else f"{now.done / 1e6:,.0f} MB"
        self.say(" ".join(filter(None, (now.phase.value, now.item, done))))

    def say(self, words: str) -> None:
        """Show `words` while there are no steps to count."""
        self._progress.update(self._task, description=words, total=None, completed=0, pace="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
