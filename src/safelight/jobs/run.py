"""Draws for a job: its pictures into the store, its progress to the hub."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from safelight.catalog.index import ModelIndex
from safelight.domain.errors import SafelightError
from safelight.domain.events import Artifact, Fallback, Progress
from safelight.domain.jobs import Change, Job, JobEvent, StoredArtifact
from safelight.domain.plans import Plan
from safelight.images.store import ImageStore
from safelight.jobs.attempt import Attempt, now
from safelight.jobs.events import EventHub, JobPreview
from safelight.jobs.pace import Pace
from safelight.jobs.store import JobStore
from safelight.settings import Settings
from safelight.workers.pool import Ran, WorkerPool
from safelight.workers.process import Listener

_Heard = Plan | Fallback | tuple[Artifact, bytes] | None


class JobRun(Attempt):
    """One attempt at drawing.

    Args:
        job: As it is queued.
        store: Where its changes are made durable.
        images: Where its pictures go.
        models: Where its model is found.
        pool: What draws.
        hub: Told of progress.
        tell: Takes every stored event.
        settings: As the server was given.
        finishing: Model → seconds that its last picture took after its last step, for each pixel; kept up here.
    """

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
        finishing: dict[str, float],
    ) -> None:
        super().__init__(job, store, tell)
        self._images, self._models, self._pool = images, models, pool
        self._hub, self._settings, self._finishing = hub, settings, finishing
        self._denoising: float | None = None
        self._heard: asyncio.Queue[_Heard] = asyncio.Queue()

    def _begun(self, job: Job) -> Change:
        return job.loading(now())

    async def _do(self) -> float:
        ran = await self._draw()
        self._denoising = ran.denoising or None
        return ran.seconds

    def _completed(self, job: Job, seconds: float) -> Change:
        return job.completed(now(), seconds, self._denoising)

    async def _draw(self) -> Ran:
        """Draw, and record what is heard while that goes on; a record that fails ends the drawing."""
        request = self.job.drawing
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
        job, last_preview = self.job, 0.0
        size, name = job.drawing.size, job.drawing.model
        pace = Pace(self._finishing.get(name, 0.0) * size.width * size.height)

        def progress(progress: Progress) -> None:
            self._hub.tell(pace.of(job.id, job.owner, now(), progress))

        def preview(picture: int, jpeg: bytes) -> None:
            nonlocal last_preview
            if time.monotonic() - last_preview >= self._settings.preview_seconds:
                last_preview = time.monotonic()
                self._hub.tell(JobPreview.of(job.id, job.owner, now(), picture, jpeg))

        def picture(artifact: Artifact, data: bytes) -> None:
            pace.finished(now())
            self._finishing[name] = pace.finishing / (size.width * size.height)
            self._heard.put_nowait((artifact, data))

        return Listener(
            progress=progress,
            preview=preview,
            picture=picture,
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
                case (artifact, _) if any(kept.index == artifact.index for kept in self.job.artifacts):
                    pass  # an attempt before drew it, and it stays
                case (artifact, data):
                    name = await self._images.save(self.job.id, self.job.created, artifact, data)
                    stored = StoredArtifact(**artifact.model_dump(), name=name, bytes=len(data))
                    await self._apply(partial(Job.drew, at=now(), artifact=stored))
