"""Turns what an engine or other work reports into a job's progress: percent, pace, time to go."""

from __future__ import annotations

from datetime import datetime

from safelight.domain.events import Phase, Progress
from safelight.domain.work import JobKind, WorkProgress
from safelight.jobs.events import JobProgress


class Pace:
    """Turns an engine's `Progress` into a job's: percent, seconds a step, time to go.

    Attributes:
        finishing: Seconds that a picture takes after its last step, by what the last one took.
    """

    _SMOOTHING = 0.3

    def __init__(self, finishing: float = 0.0) -> None:
        self.finishing = finishing
        self._seconds: float | None = None
        self._stepped: tuple[datetime, int] | None = None

    def of(self, job: str, owner: str, at: datetime, progress: Progress) -> JobProgress:
        """The job's progress after the engine reported `progress`."""
        if progress.seconds is not None and progress.step:
            last = self._seconds
            new = progress.seconds
            self._seconds = new if last is None else last + self._SMOOTHING * (new - last)
            self._stepped = at, progress.together
        elif progress.phase is Phase.LOADING:  # something is made ready once: that is not what finishing takes
            self._stepped = None
        together = progress.together
        done = progress.picture * progress.steps + progress.step * together
        total = progress.count * progress.steps
        eta = None
        if self._seconds is not None:  # of a step of all that are drawn together
            eta = self._seconds / together * max(0, total - done) + self.finishing * (progress.count - progress.picture)
        return JobProgress(
            job=job,
            owner=owner,
            at=at,
            phase=progress.phase,
            picture=progress.picture,
            count=progress.count,
            step=progress.step,
            steps=progress.steps,
            percent=round(100 * min(1.0, done / total), 1) if total else 0.0,
            seconds_per_step=self._seconds,
            eta_seconds=None if eta is None else round(eta, 2),
        )

    def finished(self, at: datetime) -> None:
        """A picture is there."""
        if self._stepped:
            stepped, together = self._stepped
            self.finishing = (at - stepped).total_seconds() / together


class WorkPace:
    """Turns the progress of work that is counted in bytes into a job's: percent, bytes a second, time to go."""

    _SMOOTHING = 0.3

    def __init__(self) -> None:
        self._last: tuple[Phase, datetime, int] | None = None
        self._rate: float | None = None

    def of(self, job: str, owner: str, kind: JobKind, at: datetime, progress: WorkProgress) -> JobProgress:
        """The job's progress after `progress` was told at a time."""
        self._measure(at, progress)
        left = progress.total - progress.done if progress.total is not None else None
        return JobProgress(
            job=job,
            owner=owner,
            kind=kind,
            at=at,
            phase=progress.phase,
            percent=round(100 * min(1.0, progress.done / progress.total), 1) if progress.total else 0.0,
            done=progress.done,
            total=progress.total,
            bytes_per_second=None if self._rate is None else round(self._rate, 1),
            item=progress.item,
            eta_seconds=round(max(0, left) / self._rate, 2) if left is not None and self._rate else None,
        )

    def _measure(self, at: datetime, progress: WorkProgress) -> None:
        last, self._last = self._last, (progress.phase, at, progress.done)
        if last is None or last[0] is not progress.phase:
            self._rate = None
            return
        passed, done = (at - last[1]).total_seconds(), progress.done - last[2]
        if passed > 0 and done >= 0:
            now = done / passed
            self._rate = now if self._rate is None else self._rate + self._SMOOTHING * (now - self._rate)
