"""Takes queued jobs that draw, one after another, and runs them. One runs at a time: the device is one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from safelight.domain.errors import Conflict, EngineFailure, SafelightError, StorageFailed
from safelight.domain.jobs import Change, Job, JobEvent
from safelight.domain.work import JobKind
from safelight.jobs.attempt import now
from safelight.jobs.fairness import EACH, FairShare
from safelight.jobs.run import JobRun
from safelight.jobs.store import LEASE_SECONDS, JobStore

log = logging.getLogger(__name__)

_STORAGE_RETRY_SECONDS = 2.0
_HARMLESS = (JobKind.DOWNLOAD, JobKind.HASH)
"""Kinds that end no server, and go on where they were: they may be begun any number of times."""


class Dispatcher:
    """Runs what waits, until it is stopped.

    Args:
        store: Where the jobs are.
        start: Makes the run of a job.
        is_loaded: Whether a model is in memory.
        tell: Takes every stored event.
        running_here: Ids of all jobs that this server runs, of whatever kind.
        max_attempts: How often a job is begun at most when servers die under it.
    """

    def __init__(
        self,
        store: JobStore,
        start: Callable[[Job], JobRun],
        *,
        is_loaded: Callable[[str], bool],
        tell: Callable[[JobEvent], None],
        running_here: Callable[[], Collection[str]],
        max_attempts: int,
    ) -> None:
        self._store, self._start, self._is_loaded, self._tell = store, start, is_loaded, tell
        self._running_here = running_here
        self._max_attempts = max_attempts
        self._fairness = FairShare()
        self._work = asyncio.Event()
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.paused = False
        self.running: JobRun | None = None
        self.storage_problem: str | None = None
        self.waited: Callable[[float], None] = lambda seconds: None

    def wake(self) -> None:
        """Look at the queue again: something was admitted, or the pause is over."""
        self._work.set()

    def pause(self) -> None:
        """Begin no further job."""
        self.paused = True

    def resume(self) -> None:
        """Go on."""
        self.paused = False
        self.wake()

    async def recover(self) -> None:
        """Put jobs that a dead server left behind into their old place in the queue; fail them when that was often."""
        changes: list[Change] = []
        for job in await self._store.abandoned():
            if job.kind in _HARMLESS:
                changes.append(job.requeued(now(), "The server that ran it ended.", forgiven=True))
            elif job.attempt >= self._max_attempts:
                error = EngineFailure(
                    f"The server ended while it ran this job, {job.attempt} times.",
                    hint="It may need more memory than there is: try a smaller size, then ask for another try.",
                )
                changes.append(job.failed(now(), error))
            else:
                changes.append(job.requeued(now(), "The server that ran it ended."))
        for event in await self._store.change_all(changes):
            if event:
                self._tell(event)
        if changes:
            self.wake()

    async def run(self) -> None:
        """Run jobs until `stop`; never ends by an error of a job or of the store."""
        while not self._stopping:
            self._work.clear()
            try:
                ran = not self.paused and await self._run_next()
                self.storage_problem = None
            except StorageFailed as error:
                if self.storage_problem is None:
                    log.error("no job can be begun: %s", error)
                self.storage_problem = error.message
                await self._pause_for(_STORAGE_RETRY_SECONDS)
                continue
            except Exception:
                log.exception("the dispatcher met an unforeseen error")
                await self._pause_for(_STORAGE_RETRY_SECONDS)
                continue
            if not ran:
                await self._pause_for(LEASE_SECONDS / 4)
                await self._keep_leases()

    async def stop(self, seconds: float) -> None:
        """Begin nothing more; give the running job so long to end, then let it wait in the store for the next start."""
        self._stopping = True
        self.wake()
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            if self.running:
                await self.running.requeue("The server was stopped.")
            await self._idle.wait()

    async def _pause_for(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._work.wait()
        except TimeoutError:
            pass

    async def _keep_leases(self) -> None:
        """Keep what this server runs, and take over what another one on the same database has left behind."""
        try:
            await self._store.renew_leases(self._running_here())
            if self._store.shared:
                await self.recover()
        except SafelightError as error:
            log.warning("leases were not renewed: %s", error)

    async def _run_next(self) -> bool:
        """Run the job that is due; False when none waits."""
        candidates = await self._store.candidates(EACH)
        job = self._fairness.choose(candidates, self._is_loaded)
        if job is None or self._stopping:
            return False
        begun = time.monotonic()
        self.running = self._start(job)
        self._idle.clear()
        leases = asyncio.create_task(self._renew_while_running())
        self.waited((now() - job.created).total_seconds())
        try:
            await asyncio.create_task(self.running.work())
        except Conflict:
            log.info("job %s was taken by somebody else", job.id)
        finally:
            leases.cancel()
            self.running = None
            self._idle.set()
            waiting = {other.owner for other in candidates if other.id != job.id}
            self._fairness.used(job.owner, time.monotonic() - begun, sorted(waiting))
        return True

    async def _renew_while_running(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            await self._keep_leases()
