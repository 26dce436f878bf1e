"""Several loaded models with real workers: room, reference counts, idle time, what is told of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from safelight.domain.errors import Unavailable
from safelight.domain.events import Phase
from safelight.domain.models import ModelInfo
from safelight.settings import load_settings
from safelight.workers.pool import WorkerPool
from tests.process.drawing import Watch, draw
from tests.processes import workers_of

EATEN, ROOM_FOR_TWO = 200 * 2**20, 900 * 2**20
"""A scripted worker takes about 80 MiB besides; a newcomer is reckoned with 400."""

MakePool = Callable[..., WorkerPool]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    pools: list[WorkerPool] = []

    def make(**flags: Any) -> WorkerPool:
        pools.append(WorkerPool(load_settings(**flags)))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


@pytest.fixture
def models(scripted_model: ModelInfo, tmp_path: Path) -> list[ModelInfo]:
    """Three models, each of which takes EATEN bytes."""
    made = []
    for name in ("a", "b", "c"):
        file = tmp_path / f"{name}.safetensors"
        file.write_text(json.dumps({"eat": EATEN}))
        made.append(scripted_model.model_copy(update={"id": name, "path": file}))
    return made


def ids(pool: WorkerPool) -> set[str]:
    return {loaded.model.id for loaded in pool.loaded()}


async def test_a_model_whose_file_was_replaced_is_loaded_anew(
    make_pool: MakePool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    pool, file = make_pool(), tmp_path / "model.safetensors"
    file.write_text("{}")
    model = scripted_model.model_copy(update={"path": file})
    await draw(pool, model)
    await draw(pool, model)
    [first] = workers_of()
    (tmp_path / "new").write_text("{ }")
    (tmp_path / "new").replace(file)
    await draw(pool, model)
    assert [worker.pid for worker in workers_of()] != [first.pid]
    file.unlink()
    await draw(pool, model)
    assert len(workers_of()) == 1, "what is loaded draws on when its file is gone"


async def test_the_least_recently_used_model_makes_room(make_pool: MakePool, models: list[ModelInfo]) -> None:
    pool = make_pool(memory_budget=ROOM_FOR_TWO)
    a, b, c = models
    for model in (a, b, a):
        await draw(pool, model)
    assert ids(pool) == {"a", "b"}
    assert len(workers_of()) == 2
    await draw(pool, c)
    assert ids(pool) == {"a", "c"}
    assert (pool.counters.loads, pool.counters.evictions) == (3, 1)


async def test_a_busy_model_is_never_unloaded_and_the_newcomer_waits(
    make_pool: MakePool, models: list[ModelInfo], tmp_path: Path
) -> None:
    pool = make_pool(memory_budget=EATEN)
    a, b, _ = models
    first = Watch()
    job = asyncio.create_task(draw(pool, a, first, wait=str(tmp_path / "go"), at=2))
    await first.stepped.wait()
    second = Watch()
    other = asyncio.create_task(draw(pool, b, second))
    await second.phases[Phase.STARTING].wait()
    third = asyncio.create_task(draw(pool, a))
    done, _ = await asyncio.wait([other, third], timeout=2)
    assert not done
    assert ids(pool) == {"a"}
    (tmp_path / "go").touch()
    await asyncio.gather(job, other, third)
    assert len(first.pictures) == len(second.pictures) == 1


async def test_a_model_larger_than_the_budget_is_tried_when_nothing_else_is_loaded(
    make_pool: MakePool, models: list[ModelInfo]
) -> None:
    pool = make_pool(memory_budget=1)
    for model in models[:2]:
        await draw(pool, model)
    assert ids(pool) == {"b"}


async def test_an_idle_model_is_unloaded_and_comes_back_on_demand(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    pool = make_pool(idle_unload_seconds=0.3)
    await draw(pool, scripted_model)
    [worker] = workers_of()
    assert pool.is_loaded("scripted")
    await asyncio.to_thread(worker.wait, 10)
    assert not pool.loaded()
    assert len((await draw(pool, scripted_model)).pictures) == 1
    assert pool.counters.loads == 2


async def test_a_busy_model_is_unloaded_after_its_job(
    make_pool: MakePool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    pool = make_pool()
    watch = Watch()
    job = asyncio.create_task(draw(pool, scripted_model, watch, wait=str(tmp_path / "go"), at=2))
    await watch.stepped.wait()
    [loaded] = pool.loaded()
    assert loaded.busy
    assert await pool.unload("scripted")
    (tmp_path / "go").touch()
    await job
    assert not await pool.unload("scripted")
    assert not workers_of()


async def test_what_is_loaded_is_told(make_pool: MakePool, models: list[ModelInfo]) -> None:
    pool = make_pool()
    plan = await pool.load(models[0])
    [loaded] = pool.loaded()
    assert (loaded.model.id, loaded.plan, loaded.busy) == ("a", plan, False)
    assert loaded.pid == workers_of()[0].pid
    assert EATEN < loaded.memory < EATEN + 300 * 2**20
    assert loaded.load_seconds > 0
    assert loaded.model.sha256


async def test_an_idle_worker_that_is_killed_is_noticed(make_pool: MakePool, scripted_model: ModelInfo) -> None:
    pool = make_pool()
    await pool.load(scripted_model)
    [worker] = workers_of()
    worker.kill()
    async with asyncio.timeout(10):
        while not pool.counters.crashes:
            await asyncio.sleep(0.01)
    assert pool.counters.crashes == {"SIGKILL": 1}
    assert not pool.loaded()
    watch = await draw(pool, scripted_model)
    assert watch.ran
    assert watch.ran.crashes == 0


async def test_jobs_on_one_device_take_turns(make_pool: MakePool, models: list[ModelInfo], tmp_path: Path) -> None:
    pool = make_pool()
    first, second = Watch(), Watch()
    job = asyncio.create_task(draw(pool, models[0], first, wait=str(tmp_path / "go"), at=2))
    await first.stepped.wait()
    await pool.load(models[1])
    other = asyncio.create_task(draw(pool, models[1], second))
    done, _ = await asyncio.wait([other], timeout=0.5)
    assert not done
    assert not second.stepped.is_set()
    (tmp_path / "go").touch()
    await asyncio.gather(job, other)


async def test_a_closed_pool_says_so_to_what_still_runs(
    make_pool: MakePool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    pool = make_pool()
    watch = Watch()
    job = asyncio.create_task(draw(pool, scripted_model, watch, wait=str(tmp_path / "never"), at=2))
    await watch.stepped.wait()
    await pool.close()
    with pytest.raises(Unavailable):
        await job
    with pytest.raises(Unavailable):
        await draw(pool, scripted_model)
    assert not workers_of()
