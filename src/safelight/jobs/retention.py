"""Which ended jobs are kept with what came of them, and how the others are forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection
from datetime import timedelta

from safelight.domain.errors import NotFound, StorageFailed
from safelight.domain.jobs import Job
from safelight.domain.work import JobKind
from safelight.images.store import ImageStore
from safelight.jobs.attempt import now
from safelight.jobs.pictures import PictureRef, no_picture
from safelight.jobs.store import JobStore
from safelight.settings import Settings

log = logging.getLogger(__name__)

_EVERY_SECONDS = 60.0


class Retention:
    """Forgets jobs.

    Args:
        settings: How many, and how long, are kept.
        store: Where the jobs are.
        images: Where their pictures are.
        admitting: Held while a job is forgotten, so that nobody lets it wait again in between.
    """

    def __init__(self, settings: Settings, store: JobStore, images: ImageStore, admitting: asyncio.Lock) -> None:
        self._settings, self._store, self._images, self._admitting = settings, store, images, admitting

    async def run(self) -> None:
        """Forget what the settings do not keep, every minute."""
        while True:
            try:
                await self.retain()
            except StorageFailed as error:
                log.warning("old jobs were not deleted: %s", error)
            await asyncio.sleep(_EVERY_SECONDS)

    async def retain(self) -> int:
        """Delete ended jobs that the settings do not keep; return how many. Favourites stay where a disk holds them."""
        gone: dict[str, Job] = {}
        favourites = self._settings.private
        if kept := self._settings.jobs_kept:
            gone |= {job.id: job for job in await self._store.ended(beyond=kept, favourites=favourites)}
        if self._settings.keep_days:
            before = now() - timedelta(days=self._settings.keep_days)
            gone |= {job.id: job for job in await self._store.ended(before=before, favourites=favourites)}
        await self.forget(gone.values())
        return len(gone)

    async def forget(self, ended: Collection[Job]) -> None:
        """Delete jobs, their events and pictures; those that were changed since stay. Files of other work stay, too."""
        for job in ended:
            async with self._admitting:
                with contextlib.suppress(NotFound):
                    await self._forget_one(job)
        if any(job.drawing.inputs for job in ended if job.kind is JobKind.GENERATE):
            async with self._admitting:
                await self._images.drop_inputs(await self._store.inputs_in_use())

    async def forget_picture(self, job: Job, index: int) -> None:
        """Delete one picture of an ended job, and the job with its last one. Raises Conflict, NotFound."""
        async with self._admitting:
            found = await self._store.get(job.id)
            artifact = next((one for one in found.artifacts if one.index == index), None)
            if artifact is None:
                raise no_picture(PictureRef(job_id=job.id, index=index))
            if found.without(index).artifacts:
                await self._images.delete_one(found.id, found.created, artifact.name)  # as below: the file first
                await self._store.pictures.remove(found.id, index)
                return
        await self.forget([found])

    async def _forget_one(self, job: Job) -> None:
        if (await self._store.get(job.id)).sequence == job.sequence:
            # Files first: what a power cut leaves is a row, and the next run finds that.
            await self._images.delete(job.id, job.created)
            await self._store.delete([job.id])
