"""A model that does not fit: plans are skipped without being tried, and where none is left the numbers are said."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight.domain.errors import OutOfMemory
from safelight.domain.models import ModelInfo, ModelPart, PartWeight
from safelight.domain.plans import Device, DType, MemoryMode
from safelight.engines.spec import engine_specs, registered_specs
from safelight.settings import load_settings
from safelight.workers.pool import WorkerPool
from safelight.workers.remembered import Place
from safelight.workers.speed import SpeedMemory
from tests.process.drawing import draw

MB = 10**6
MakePool = Callable[..., WorkerPool]


@pytest.fixture
def weighed(scripted_model: ModelInfo) -> ModelInfo:
    """A scripted model of a million numbers: 2 MB on the card, 4 MB on the CPU, and more to draw."""
    part = PartWeight(part=ModelPart.DIFFUSION_MODEL, parameters=MB, bytes=2 * MB, width=1)
    return scripted_model.model_copy(update={"parts": (part,)})


@pytest.fixture
async def make_pool(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakePool]:
    pools: list[WorkerPool] = []

    def make(**memory: float) -> WorkerPool:
        """A machine with these devices, each with so many MB."""
        dtypes = {"card": ["f16", "f32"], "cpu": ["f32"]}
        devices = [{"id": name, "memory": int(size * MB), "dtypes": dtypes[name]} for name, size in memory.items()]
        monkeypatch.setenv("SCRIPTED_DEVICES", json.dumps(devices))
        pools.append(WorkerPool(load_settings()))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


@pytest.mark.parametrize(
    ("card", "plan"), [(1.5, "cpu f32 full"), (10, "card f16 tiled"), (40, "card f16 full")], ids=str
)
async def test_plans_that_do_not_fit_are_skipped(
    make_pool: MakePool, weighed: ModelInfo, card: float, plan: str
) -> None:
    pool = make_pool(card=card, cpu=100)
    watch: Any = await draw(pool, weighed, width=512, height=512)
    assert [f"{p.device} {p.dtype.value} {p.memory_mode.value}" for p in watch.plans] == [plan]
    assert not watch.fallbacks and pool.counters.loads == 1


async def test_a_larger_job_moves_the_model_to_a_plan_that_fits(make_pool: MakePool, weighed: ModelInfo) -> None:
    pool = make_pool(cpu=10)
    small, large = await draw(pool, weighed), await draw(pool, weighed, width=512, height=512)
    assert [watch.plans[0].memory_mode for watch in (small, large)] == [MemoryMode.FULL, MemoryMode.TILED]


async def test_what_fits_by_no_plan_is_refused_with_the_numbers(make_pool: MakePool, weighed: ModelInfo) -> None:
    pool = make_pool(card=1, cpu=3)
    with pytest.raises(OutOfMemory) as refused:
        await draw(pool, weighed, width=512, height=512)
    assert refused.value.message == (
        "scripted does not fit: by the plan that comes nearest (scripted on cpu, f32, tiled) it takes about 8.1 MB, "
        "and cpu has 3 MB."
    )
    assert "smaller size" in (refused.value.hint or "") and "GGUF" in (refused.value.hint or "")
    assert pool.counters.loads == 0
    assert await draw(make_pool(cpu=5), weighed)


@pytest.fixture
def spare_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A second engine that runs scripted models."""
    folder = Path(__file__).parent.parent / "scripted_spare"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ["PYTHONPATH"]]))
    for registry in (registered_specs, engine_specs):
        registry.cache_clear()
    yield
    for registry in (registered_specs, engine_specs):
        registry.cache_clear()


@pytest.mark.usefixtures("spare_engine")
@pytest.mark.parametrize(("spare", "taken"), [(1e3, "scripted"), (1e9, "spare")])
async def test_the_engine_that_was_faster_here_is_taken(
    make_pool: MakePool, scripted_model: ModelInfo, spare: float, taken: str
) -> None:
    pool, memory = make_pool(cpu=100), SpeedMemory(load_settings().cache_dir)
    cpu = Device(id="cpu", name="Script", memory=1, dtypes=(DType.FLOAT32,))
    for engine, rate in (("scripted", 1e6), ("spare", spare)):
        memory.drew(Place.of(engine, "1", cpu, "scripted"), DType.FLOAT32, rate, 1.0)
    assert [plan.engine for plan in (await draw(pool, scripted_model)).plans] == [taken]


async def test_how_fast_it_was_is_remembered(make_pool: MakePool, weighed: ModelInfo) -> None:
    pool, folder = make_pool(cpu=100), load_settings().cache_dir
    assert SpeedMemory(folder).best("scripted", "scripted") is None
    await draw(pool, weighed, pace=0.05, steps=4)
    slow = SpeedMemory(folder).best("scripted", "scripted")
    assert slow
    for _ in range(3):
        await draw(pool, weighed, steps=4)
    assert (SpeedMemory(folder).best("scripted", "scripted") or 0) > 2 * slow


async def test_what_fits_smaller_is_drawn_smaller_where_that_is_wanted(make_pool: MakePool, weighed: ModelInfo) -> None:
    pool = make_pool(cpu=7)
    watch = await draw(pool, weighed, width=512, height=512, shrink=True)
    assert watch.ran and f"{watch.ran.request.size}" == "384x384"
    [(artifact, _)] = watch.pictures
    assert any("384x384 instead of 512x512" in note for note in artifact.notes)
    assert pool.counters.loads == 1
