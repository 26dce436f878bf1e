"""What the job service promises about jobs that somebody wants and somebody else deletes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from safelight.domain.errors import OutOfMemory
from safelight.domain.jobs import Job, JobState
from safelight.images.store import MemoryImageStore
from safelight.jobs.database import MEMORY, open_database
from safelight.jobs.pictures import PictureRef
from safelight.jobs.service import JobService
from safelight.jobs.store import JobStore
from safelight.settings import load_settings
from safelight.workers.pool import WorkerPool
from tests.unit.test_jobs import NOW, a_job
from tests.unit.test_picture_store import drawn


@pytest.fixture
async def service() -> AsyncIterator[JobService]:
    """A service whose dispatcher does not run: what waits keeps waiting."""
    settings = load_settings(keep_jobs=1)
    store = JobStore(await open_database(MEMORY), "me")
    yield JobService(settings, store, MemoryImageStore(), WorkerPool(settings))
    await store.close()


async def failed_job(service: JobService, name: str) -> Job:
    admitted = a_job(id=name, sequence=0).admitted()
    await service.store.admit(admitted)
    failed = admitted[0].failed(NOW, OutOfMemory("No memory."))
    await service.store.change(failed)
    return failed[0]


async def test_a_job_that_is_retried_while_old_ones_are_deleted_stays(service: JobService) -> None:
    old, kept = await failed_job(service, "a"), await failed_job(service, "b")
    chosen = await service.store.ended()
    await service.retry(old.id)
    await service.retention.forget(chosen)
    assert (await service.store.get(old.id)).state is JobState.QUEUED
    _, total = await service.store.page()
    assert total == 1, f"{kept.id} should be gone"


async def test_what_is_kept_is_the_newest(service: JobService) -> None:
    for name in "abc":
        await failed_job(service, name)
    assert await service.retention.retain() == 2


@pytest.mark.parametrize("private", [False, True])
async def test_favourites_stay_where_a_disk_holds_them(private: bool) -> None:
    settings = load_settings(keep_jobs=1, private=private)
    store = JobStore(await open_database(MEMORY), "me")
    service = JobService(settings, store, MemoryImageStore(), WorkerPool(settings))
    for name in "abcd":
        await drawn(store, name)
    await store.pictures.mark([PictureRef(job_id="a", index=0), PictureRef(job_id="d", index=0)], True, None)
    await service.retention.retain()
    kept = {job.id for job in (await store.page())[0]}
    assert kept == ({"a"} if private else {"a", "b", "d"}), "b is the one that is kept besides"
    await store.close()


async def test_clearing_goes_through_a_long_queue(service: JobService) -> None:
    for number in range(1200):
        await service.store.admit(a_job(id=f"{number}", sequence=0, position=float(number)).admitted())
    assert await service.clear() == 1200
    assert (await service.store.counts())[JobState.CANCELLED] == 1200
