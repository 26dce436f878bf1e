"""Runs one job to its end: its changes of state, its pictures into the store, its events to the hub."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from safelight.catalog.index import ModelIndex
from safelight.domain.errors import Conflict, SafelightError, StorageFailed
from safelight.domain.events import Artifact, Fallback, Progress
from safelight.domain.jobs import Change, Job, JobEvent, JobState, StoredArtifact
from safelight.domain.plans import Plan
from safelight.images.store import ImageStore
from safelight.jobs.events import EventHub, JobPreview, Pace
from safelight.jobs.store import JobStore
from safelight.settings import Settings
from safelight.workers.pool import Ran, WorkerPool
from safelight.workers.process import Listener

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
_Heard = Plan | Fallback | tuple[Artifact, bytes] | None


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


class JobRun:
    """One attempt at one job. Nobody else changes the job while it runs."""

    def __init__(
        self,
        job: Job,
        *,
        store: JobStore,
        images: ImageStore,
        models: ModelIndex,
        pool: WorkerPool,
        hub: EventHub,
        tell: Callable[[JobEvent], None],
        settings: Settings,
    ) -> None:
        self.job = job
        self._store, self._images, self._models, self._pool = store, images, models, pool
        self._hub, self._tell, self._settings = hub, tell, settings
        self._changing = asyncio.Lock()
        self._heard: asyncio.Queue[_Heard] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """Run the job; returns when it ended, was cancelled or waits again.

        Raises:
            Conflict: Somebody else took it first.
            StorageFailed: The store did not take that it begins; it is queued as before.
        """
        self._task = asyncio.current_task()
        await self._apply(lambda job: job.loading(now()))
        try:
            ran = await self._draw()
            await self._settle(lambda job: job.completed(now(), ran.seconds))
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
        """End the job as cancelled at once; its worker is free a moment later.

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

    async def _draw(self) -> Ran:
        """Draw, and record what is heard while that goes on; a record that fails ends the drawing."""
        request = self.job.request
        model = await self._models.resolve(request.model)
        files = {sha256: await self._images.read_input(sha256) for sha256 in request.inputs}
        drawing = asyncio.create_task(self._pool.run(request, model, files, self._listener(), shrink=self.job.shrink))
        recording = asyncio.create_task(self._record())
        try:
            await asyncio.wait({drawing, recording}, return_when=asyncio.FIRST_COMPLETED)
            self._heard.put_nowait(None)
            if drawing.done():
                await recording
                return drawing.result()
            recording.result()
            raise SafelightError("The drawing was no longer recorded.")
        finally:
            for task in (drawing, recording):
                task.cancel()
            await asyncio.gather(drawing, recording, return_exceptions=True)

    def _listener(self) -> Listener:
        pace = Pace()
        last_preview = 0.0
        job = self.job

        def progress(progress: Progress) -> None:
            self._hub.tell(pace.of(job.id, job.owner, now(), progress))

        def preview(picture: int, jpeg: bytes) -> None:
            nonlocal last_preview
            if time.monotonic() - last_preview >= self._settings.preview_seconds:
                last_preview = time.monotonic()
                self._hub.tell(JobPreview.of(job.id, job.owner, now(), picture, jpeg))

        return Listener(
            progress=progress,
            preview=preview,
            picture=lambda artifact, data: self._heard.put_nowait((artifact, data)),
            loaded=self._heard.put_nowait,
            fallback=self._heard.put_nowait,
        )

    async def _record(self) -> None:
        while (heard := await self._heard.get()) is not None:
            match heard:
                case Plan():
                    await self._apply(partial(Job.running, at=now(), plan=heard))
                case Fallback():
                    await self._apply(partial(Job.fell_back, at=now(), fallback=heard))
                case (artifact, data):
                    name = await self._images.save(self.job.id, self.job.created, artifact, data)
                    stored = StoredArtifact(**artifact.model_dump(), name=name, bytes=len(data))
                    await self._apply(partial(Job.drew, at=now(), artifact=stored))

    async def _end(self, error: SafelightError) -> None:
        log.warning("job %s failed: %s", self.job.id, error.code)
        with contextlib.suppress(Conflict):  # it was cancelled meanwhile
            await self._settle(lambda job: job.failed(now(), error))

    async def _settle(self, change: Callable[[Job], Change]) -> None:
        """Make an end durable, however long the store refuses it: what was drawn is not to be drawn again."""
        while True:
            try:
                await self._apply(change)
                return
            except StorageFailed as error:
                log.error("the end of job %s is not stored yet: %s", self.job.id, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _apply(self, change: Callable[[Job], Change]) -> None:
        """Change the job, here and in the store; goes on when the caller is cancelled: what is stored must be known."""
        await asyncio.shield(asyncio.create_task(self._change(change)))

    async def _change(self, change: Callable[[Job], Change]) -> None:
        async with self._changing:
            changed = change(self.job)
            event = await self._store.change(changed)
            self.job = changed[0]
        self._tell(event)
