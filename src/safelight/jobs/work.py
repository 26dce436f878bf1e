"""Does what jobs ask for besides drawing: downloads, checksums, conversions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from safelight.catalog.checksums import checksum
from safelight.catalog.hashing import hashed_files
from safelight.catalog.index import ModelIndex
from safelight.domain.errors import NotBuilt
from safelight.domain.events import Phase
from safelight.domain.jobs import Change, Job, JobEvent, JobState
from safelight.domain.work import (
    ConversionRequest,
    DownloadRequest,
    HashRequest,
    JobKind,
    WorkedFile,
    WorkProgress,
    fingerprint,
)
from safelight.jobs.attempt import Attempt, now
from safelight.jobs.events import EventHub
from safelight.jobs.pace import WorkPace
from safelight.jobs.store import JobStore
from safelight.settings import Settings

Tell = Callable[[WorkProgress], None]


class WorkRun(Attempt):
    """One attempt at work that draws nothing."""

    def __init__(
        self,
        job: Job,
        *,
        store: JobStore,
        models: ModelIndex,
        hub: EventHub,
        tell: Callable[[JobEvent], None],
        settings: Settings,
    ) -> None:
        super().__init__(job, store, tell)
        self._models, self._hub, self._settings = models, hub, settings
        self._pace = WorkPace()

    def _begun(self, job: Job) -> Change:
        return job.begun(now())

    async def _do(self) -> float:
        begun = time.monotonic()
        async for file in self._files():
            await self._apply(partial(Job.finished_file, at=now(), file=file))
            if self.job.kind is not JobKind.HASH:
                self._models.refresh()
        return time.monotonic() - begun

    def _files(self) -> AsyncIterator[WorkedFile]:
        match self.job.request:
            case DownloadRequest() as request:
                return self._download(request)
            case HashRequest() as request:
                return self._hash(request)
            case ConversionRequest() as request:
                return self._convert(request)
            case _:
                raise NotBuilt(f"Jobs of kind {self.job.kind.value} are no work of a lane.")

    async def _download(self, request: DownloadRequest) -> AsyncIterator[WorkedFile]:
        from safelight.catalog.downloads.download import download  # noqa: PLC0415 (not needed by most servers)

        for file in await download(request, self._settings, self._progress, keep=self._goes_on):
            yield file

    async def _hash(self, request: HashRequest) -> AsyncIterator[WorkedFile]:
        listed = await self._models.listing()
        for name in request.models:
            model = await listed.resolve(name)

            def tell(done: int, total: int, name: str = name) -> None:
                self._progress(WorkProgress(phase=Phase.HASHING, done=done, total=total, item=name))

            cache = None if self._settings.private else self._settings.cache_dir
            sha256 = await checksum(hashed_files(model), cache, tell)
            yield WorkedFile(name=model.id, bytes=model.bytes, sha256=sha256)

    async def _convert(self, request: ConversionRequest) -> AsyncIterator[WorkedFile]:
        from safelight.workers.conversion import convert  # noqa: PLC0415 (not needed by most servers)

        yield await convert(request, self._settings, self._progress)

    def _progress(self, progress: WorkProgress) -> None:
        if self.job.state is JobState.RUNNING:
            job = self.job
            self._hub.tell(self._pace.of(job.id, job.owner, job.kind, now(), progress))

    def _goes_on(self) -> bool:
        """Whether somebody still wants what has arrived."""
        return self.job.state is not JobState.CANCELLED


async def dispose(job: Job, store: JobStore, settings: Settings) -> None:
    """Delete what earlier attempts at a job left that was cancelled while it waited, unless another goes on with it."""
    if isinstance(job.request, DownloadRequest):
        from safelight.catalog.downloads.workspace import discard  # noqa: PLC0415 (not needed by most servers)

        asked = fingerprint(job.request)
        if not await store.open_like(asked):
            await asyncio.to_thread(discard, settings.models_dir, asked)
