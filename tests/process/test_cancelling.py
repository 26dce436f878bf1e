"""A cancelled job is over within 2 s, whatever its worker is at, and the next one is right."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from safelight.domain.events import Phase
from safelight.domain.models import ModelInfo
from safelight.settings import Settings
from safelight.workers.pool import WorkerPool
from tests.process.drawing import Watch, draw
from tests.processes import workers_of


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(settings)
    yield pool
    await pool.close()


async def cancelled(job: asyncio.Task[Watch]) -> float:
    """Cancel a job; return the seconds until it had ended."""
    started = time.monotonic()
    job.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await job
    return time.monotonic() - started


@pytest.mark.parametrize(
    ("script", "phase"),
    [
        ({"deaf": 60, "at": 1}, Phase.LOADING),
        ({"deaf": 60, "at": 3}, Phase.DENOISING),
        ({"deaf": 60, "at": "decode"}, Phase.DECODING),
    ],
    ids=["first-step", "step", "decoding"],
)
async def test_while_it_computes(
    pool: WorkerPool, scripted_model: ModelInfo, script: dict[str, Any], phase: Phase
) -> None:
    watch = Watch()
    job = asyncio.create_task(draw(pool, scripted_model, watch, **script))
    await watch.phases[phase].wait()
    assert await cancelled(job) < 2
    assert not watch.pictures
    after = await draw(pool, scripted_model, seed=70)
    assert [a.seed for a, _ in after.pictures] == [70]
    assert not pool.counters.crashes


async def test_while_it_loads(pool: WorkerPool, scripted_model: ModelInfo, tmp_path: Path) -> None:
    scripted_model.path.write_text(json.dumps({"deaf": 60, "mark": str(tmp_path / "slept")}))
    watch = Watch()
    job = asyncio.create_task(draw(pool, scripted_model, watch))
    await watch.phases[Phase.LOADING].wait()
    assert await cancelled(job) < 1
    assert not workers_of()
    assert len((await draw(pool, scripted_model)).pictures) == 1


async def test_while_the_worker_starts(pool: WorkerPool, scripted_model: ModelInfo) -> None:
    watch = Watch()
    job = asyncio.create_task(draw(pool, scripted_model, watch))
    await watch.phases[Phase.STARTING].wait()
    while not workers_of():
        await asyncio.sleep(0)
    assert await cancelled(job) < 1
    assert not workers_of()
    assert len((await draw(pool, scripted_model)).pictures) == 1


async def test_while_it_waits_for_its_turn(pool: WorkerPool, scripted_model: ModelInfo, tmp_path: Path) -> None:
    first, second = Watch(), Watch()
    running = asyncio.create_task(draw(pool, scripted_model, first, wait=str(tmp_path / "go"), at=2))
    await first.stepped.wait()
    waiting = asyncio.create_task(draw(pool, scripted_model, second))
    await asyncio.sleep(0)
    assert await cancelled(waiting) < 1
    (tmp_path / "go").touch()
    await running
    assert len(first.pictures) == 1
    assert not second.pictures
