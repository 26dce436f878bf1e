"""Attempts that are cancelled at awkward moments, without a worker: nothing is lost, and the queue goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from safelight.domain.draft import GenerationDraft
from safelight.domain.errors import Conflict, EngineFailure
from safelight.domain.events import Phase, Progress
from safelight.domain.jobs import EventType, JobState
from safelight.domain.models import ModelInfo
from safelight.images.store import MemoryImageStore
from safelight.jobs.database import open_database, sqlite_url
from safelight.jobs.orders import Order
from safelight.jobs.service import JobService
from safelight.jobs.store import JobStore
from safelight.settings import load_settings
from safelight.workers.pool import WorkerPool
from safelight.workers.process import Listener
from tests.unit.test_jobs import PLAN, a_job


class FailingPool:
    """Draws nothing: `moment` comes, then the engine fails. It reports to the last."""

    def __init__(self) -> None:
        self.running, self.moment = asyncio.Event(), asyncio.Event()

    def is_loaded(self, model: str) -> bool:
        return True

    async def run(self, request: Any, model: Any, files: Any, listener: Listener, shrink: bool = False) -> None:
        report = Progress(phase=Phase.DENOISING, step=1, steps=4, seconds=0.1)
        listener.loaded(PLAN)
        try:
            self.running.set()
            await self.moment.wait()
        finally:
            listener.progress(report)
        raise EngineFailure("It failed.")

    async def close(self) -> None:
        pass


@asynccontextmanager
async def serving(folder: Path, model: ModelInfo, jobs: int = 0) -> AsyncIterator[tuple[JobService, FailingPool]]:
    """A service with `jobs` jobs, named by their numbers, that runs."""
    store = JobStore(await open_database(sqlite_url(folder / "jobs.sqlite3")), "me")
    pool = FailingPool()
    service = JobService(load_settings(), store, MemoryImageStore(), cast(WorkerPool, pool))

    async def resolve(name: str) -> ModelInfo:
        return model

    service.models.resolve = resolve  # type: ignore[method-assign]
    for number in range(jobs):
        await store.admit(a_job(JobState.QUEUED, id=f"{number}", sequence=0, position=float(number)).admitted())
    await service.start()
    try:
        yield service, pool
    finally:
        pool.moment.set()
        await service.stop()
        await store.close()


@pytest.mark.parametrize("hops", range(12))
async def test_a_cancel_that_comes_as_the_engine_fails(tmp_path: Path, scripted_model: ModelInfo, hops: int) -> None:
    async with serving(tmp_path, scripted_model, jobs=2) as (service, pool):
        await pool.running.wait()
        cancelling = asyncio.create_task(service.cancel("0"))
        for _ in range(hops):
            await asyncio.sleep(0)
        pool.moment.set()
        with contextlib.suppress(Conflict):
            await cancelling
        assert (await service.wait("0")).state in (JobState.CANCELLED, JobState.FAILED)
        assert (await service.wait("1")).state is JobState.FAILED  # the next one had its turn
        assert service.works


async def test_every_job_ends_when_all_are_cancelled_as_they_run(tmp_path: Path, scripted_model: ModelInfo) -> None:
    async with serving(tmp_path, scripted_model, jobs=40) as (service, pool):
        pool.moment.set()
        for number in range(40):
            await until(partial(_begun, service, number))
            with contextlib.suppress(Conflict):
                await service.cancel(f"{number}")
        for number in range(40):
            assert (await service.wait(f"{number}")).state.is_terminal
        assert service.works
        assert all(service.hub.progress(f"{number}") is None for number in range(40))


async def test_a_caller_that_is_cancelled_hides_no_event(tmp_path: Path, scripted_model: ModelInfo) -> None:
    async with serving(tmp_path, scripted_model) as (service, _):
        heard: list[str] = []
        with service.hub.listen(after=0) as listening:
            for hops in range(20):
                order = Order(draft=GenerationDraft(prompt="x"), model="scripted")
                asking = asyncio.create_task(service.submit(order))
                for _ in range(hops):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            await service.submit(Order(draft=GenerationDraft(prompt="last"), model="scripted"))
            await until(lambda: service._admitting.locked() is False)
            stored = [e.job for e in await service.store.events_after(0) if e.type is EventType.QUEUED]
            async with asyncio.timeout(10):
                async for told in listening:
                    if told.event.type is EventType.QUEUED:
                        heard.append(told.event.job)
                    if set(heard) >= set(stored):
                        break
        assert heard == stored


async def test_moving_goes_on_when_there_is_no_number_left_between_two(
    tmp_path: Path, scripted_model: ModelInfo
) -> None:
    async with serving(tmp_path, scripted_model, jobs=4) as (service, pool):
        await pool.running.wait()
        for turn in range(80):
            last = (await service.store.queued())[-1].id
            await service.move(last, place=1)
            assert [job.id for job in await service.store.queued()][1] == last, f"move {turn} did nothing"


def _begun(service: JobService, job: int) -> bool:
    running = service.dispatcher.running
    return running is None or int(running.job.id) >= job


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)
