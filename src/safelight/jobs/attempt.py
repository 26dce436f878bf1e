"""One attempt at one job: its begin, its end, and the ways in which it is stopped between them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime

from safelight.domain.errors import Conflict, SafelightError, StorageFailed
from safelight.domain.jobs import Change, Job, JobEvent, JobState
from safelight.jobs.store import JobStore

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


class Attempt(ABC):
    """Runs a job once. Nobody else changes the job while it runs.

    Args:
        job: As it is queued.
        store: Where its changes are made durable.
        tell: Takes every stored event.
    """

    def __init__(self, job: Job, store: JobStore, tell: Callable[[JobEvent], None]) -> None:
        self.job = job
        self._store, self._tell = store, tell
        self._changing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    def _begun(self, job: Job) -> Change:
        """What the job becomes first."""

    @abstractmethod
    async def _do(self) -> float:
        """Do all of it; return how many seconds that took."""

    async def work(self) -> None:
        """Run the job; returns when it ended, was cancelled or waits again.

        Raises:
            Conflict: Somebody else took it first.
            StorageFailed: The store did not take that it begins; it is queued as before.
        """
        self._task = asyncio.current_task()
        await self._apply(self._begun)
        try:
            seconds = await self._do()
            await self._settle(lambda job: job.completed(now(), seconds))
        except asyncio.CancelledError:
            if self.job.state in (JobState.LOADING, JobState.RUNNING):
                raise
            if self._task:
                self._task.uncancel()
        except SafelightError as error:
            await self._end(error)
        except Exception as error:
            log.exception("job %s failed in an unforeseen way", self.job.id)
            failure = SafelightError(f"An unforeseen {type(error).__name__}.", hint="The server's log says more.")
            await self._end(failure)

    async def cancel(self, reason: str) -> None:
        """End the job as cancelled at once; what works for it is free a moment later.

        Raises:
            Conflict: It has just ended.
        """
        await self._apply(lambda job: job.cancelled(now(), reason))
        self._interrupt()

    async def requeue(self, reason: str) -> None:
        """Let the job wait again, in its old place; the attempt does not count, unless the store refuses to note it."""
        try:
            await self._apply(lambda job: job.requeued(now(), reason, forgiven=True))
        except Conflict:
            log.info("job %s ended meanwhile", self.job.id)
        except StorageFailed as error:  # the next start finds it as after a power cut
            log.error("job %s is not queued again yet: %s", self.job.id, error)
        self._interrupt()

    def _interrupt(self) -> None:
        if self._task:
            self._task.cancel()

    async def _end(self, error: SafelightError) -> None:
        log.warning("job %s failed: %s", self.job.id, error.code)
        with contextlib.suppress(Conflict):  # it was cancelled meanwhile
            await self._settle(lambda job: job.failed(now(), error))

    async def _settle(self, change: Callable[[Job], Change]) -> None:
        """Make an end durable, however long the store refuses it: what was done is not to be done again."""
        while True:
            try:
                await self._apply(change)
                return
            except StorageFailed as error:
                log.error("the end of job %s is not stored yet: %s", self.job.id, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _apply(self, change: Callable[[Job], Change]) -> None:
        async with self._changing:
            changed = change(self.job)
            event = await self._store.change(changed)
            self.job = changed[0]
        self._tell(event)
