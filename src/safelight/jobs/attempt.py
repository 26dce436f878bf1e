"""One attempt at one job: its begin, its end, and the ways in which it is stopped between them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from safelight.domain.errors import Conflict, SafelightError, StorageFailed
from safelight.domain.jobs import Change, Job, JobEvent
from safelight.jobs.store import JobStore

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
_T = TypeVar("_T")


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


async def to_its_end(work: Coroutine[Any, Any, _T]) -> _T:
    """Wait for work that is not stopped when its caller is: what the store takes must be known, and told."""
    return await asyncio.shield(asyncio.create_task(work))


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
        self._interrupted = asyncio.Event()
        self._doing: asyncio.Task[float] | None = None

    @abstractmethod
    def _begun(self, job: Job) -> Change:
        """What the job becomes first."""

    @abstractmethod
    async def _do(self) -> float:
        """Do all of it; return how many seconds that took."""

    def _completed(self, job: Job, seconds: float) -> Change:
        """What the job becomes when all of it is done."""
        return job.completed(now(), seconds)

    async def work(self) -> None:
        """Run the job; returns when it ended, was cancelled or waits again.

        Raises:
            Conflict: Somebody else took it first.
            StorageFailed: The store did not take that it begins; it is queued as before.
        """
        await self._apply(self._begun)
        self._doing = asyncio.create_task(self._do())
        if self._interrupted.is_set():
            self._doing.cancel()
        try:
            seconds = await self._doing
        except asyncio.CancelledError:
            if not self._interrupted.is_set():
                raise
        except SafelightError as error:
            await self._fail(error)
        except Exception as error:
            log.exception("job %s failed in an unforeseen way", self.job.id)
            failure = SafelightError(f"An unforeseen {type(error).__name__}.", hint="The server's log says more.")
            await self._fail(failure)
        else:
            await self._settle(lambda job: self._completed(job, seconds))

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
        """Stop what is done for the job, and nothing else: its changes of state always come to their end."""
        self._interrupted.set()
        if self._doing:
            self._doing.cancel()

    async def _fail(self, error: SafelightError) -> None:
        log.warning("job %s failed: %s", self.job.id, error.code)
        await self._settle(lambda job: job.failed(now(), error))

    async def _settle(self, change: Callable[[Job], Change]) -> None:
        """Make an end durable, however long the store refuses it: what was done is not to be done again."""
        while True:
            try:
                await self._apply(change)
            except Conflict:  # it was cancelled meanwhile
                log.info("job %s ended otherwise", self.job.id)
            except StorageFailed as error:
                log.error("the end of job %s is not stored yet: %s", self.job.id, error)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._interrupted.wait(), _RETRY_SECONDS)
                if not self._interrupted.is_set():
                    continue
            return

    async def _apply(self, change: Callable[[Job], Change]) -> None:
        """Change the job, here and in the store, and tell; goes on when the caller is cancelled."""
        await to_its_end(self._change(change))

    async def _change(self, change: Callable[[Job], Change]) -> None:
        async with self._changing:
            changed = change(self.job)
            event = await self._store.change(changed)
            self.job = changed[0]
        self._tell(event)
