"""Lanes: jobs of one kind, a few side by side, beside the drawing; they never wait for it and never block it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from safelight.domain.errors import Conflict, StorageFailed
from safelight.domain.jobs import Job
from safelight.domain.work import JobKind
from safelight.jobs.attempt import Attempt
from safelight.jobs.fairness import EACH, FairShare
from safelight.jobs.store import LEASE_SECONDS, JobStore

log = logging.getLogger(__name__)

_STORAGE_RETRY_SECONDS = 2.0


class JobLane:
    """Runs what waits of one kind, until it is stopped.

    Args:
        kind: Of its jobs.
        width: How many run at a time.
        store: Where the jobs are.
        start: Makes an attempt at a job.
    """

    def __init__(self, kind: JobKind, width: int, store: JobStore, start: Callable[[Job], Attempt]) -> None:
        self.kind, self._width = kind, width
        self._store, self._start = store, start
        self._fairness = FairShare()
        self._work = asyncio.Event()
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.running: dict[str, Attempt] = {}

    def wake(self) -> None:
        """Look at the queue again: something was admitted, or there is room."""
        self._work.set()

    async def run(self) -> None:
        """Run jobs until `stop`; never ends by an error of a job or of the store."""
        while not self._stopping:
            self._work.clear()
            try:
                if await self._begin_next():
                    continue
                seconds = LEASE_SECONDS / 4
            except StorageFailed as error:
                log.error("no %s can be begun: %s", self.kind.value, error)
                seconds = _STORAGE_RETRY_SECONDS
            except Exception:
                log.exception("the lane for %s met an unforeseen error", self.kind.value)
                seconds = _STORAGE_RETRY_SECONDS
            try:
                async with asyncio.timeout(seconds):
                    await self._work.wait()
            except TimeoutError:
                pass

    async def stop(self) -> None:
        """Begin nothing more; what runs waits in the store for the next start."""
        self._stopping = True
        self.wake()
        await asyncio.gather(*(attempt.requeue("The server was stopped.") for attempt in self.running.values()))
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _begin_next(self) -> bool:
        """Begin the job that is due; False when none waits or there is no room."""
        if len(self.running) >= self._width:
            return False
        candidates = [job for job in await self._store.candidates(EACH, self.kind) if job.id not in self.running]
        job = self._fairness.choose(candidates, None)
        if job is None or self._stopping:
            return False
        attempt = self.running[job.id] = self._start(job)
        waiting = {other.owner for other in candidates if other.id != job.id}
        task = asyncio.create_task(self._work_on(attempt, sorted(waiting)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _work_on(self, attempt: Attempt, waiting: list[str]) -> None:
        begun, job = time.monotonic(), attempt.job
        try:
            await asyncio.create_task(attempt.work())
        except Conflict:
            log.info("job %s was taken by somebody else", job.id)
        except StorageFailed as error:
            log.error("job %s can't be begun: %s", job.id, error)
            await asyncio.sleep(_STORAGE_RETRY_SECONDS)
        except Exception:
            log.exception("the lane for %s met an unforeseen error", self.kind.value)
        finally:
            self.running.pop(job.id, None)
            self._fairness.used(job.owner, time.monotonic() - begun, waiting)
            self.wake()
