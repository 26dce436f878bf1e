"""Real worker processes, driven by the scripted engine: deaths, cancels, floods, orphans."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from safelight.domain.errors import EngineFailure, InvalidInput, WorkerDied, WorkerHung
from safelight.domain.models import ModelInfo
from safelight.settings import Settings, load_settings
from safelight.workers.pool import WorkerPool
from tests.process.drawing import Watch, draw
from tests.processes import workers_of


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(settings)
    yield pool
    await pool.close()


async def test_pictures_arrive_encoded_and_described(pool: WorkerPool, scripted_model: ModelInfo) -> None:
    watch = await draw(pool, scripted_model, count=2, preview_every=2)
    assert [(a.index, a.seed, a.width) for a, _ in watch.pictures] == [(0, 3, 64), (1, 4, 64)]
    assert all(data.startswith(b"\x89PNG") and b"Seed: " in data for _, data in watch.pictures)
    assert watch.previews
    assert watch.previews[0].startswith(b"\xff\xd8")


async def test_a_loaded_worker_is_used_again(pool: WorkerPool, scripted_model: ModelInfo) -> None:
    await draw(pool, scripted_model)
    [first] = workers_of()
    await draw(pool, scripted_model)
    assert [w.pid for w in workers_of()] == [first.pid]


async def test_what_is_made_ready_once_is_no_drawing_time(pool: WorkerPool, scripted_model: ModelInfo) -> None:
    begun = time.monotonic()
    watch = await draw(pool, scripted_model, prepare=1, pace=0.1, steps=2)
    assert watch.ran and 0.1 <= watch.ran.seconds <= time.monotonic() - begun - 1


@pytest.mark.parametrize("name", ["SIGKILL", "SIGABRT", "SIGSEGV"])
async def test_a_worker_that_dies_once_is_replaced_and_no_picture_comes_twice(
    pool: WorkerPool, scripted_model: ModelInfo, tmp_path: Path, name: str
) -> None:
    calm = await draw(pool, scripted_model, count=3)
    watch = await draw(pool, scripted_model, count=3, die=name, at=2, mark=str(tmp_path / "died"))
    assert [a.index for a, _ in watch.pictures] == [0, 1, 2]
    assert [a.seed for a, _ in watch.pictures] == [a.seed for a, _ in calm.pictures]
    assert (tmp_path / "died").exists()


async def test_a_worker_killed_from_outside_while_it_draws_is_replaced(
    pool: WorkerPool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    watch = Watch()
    job = asyncio.create_task(draw(pool, scripted_model, watch, wait=str(tmp_path / "go"), at=2))
    await watch.stepped.wait()
    [worker] = workers_of()
    worker.kill()
    (tmp_path / "go").touch()
    await job
    assert len(watch.pictures) == 1
    assert workers_of()[0].pid != worker.pid


@pytest.mark.parametrize(
    ("script", "how"), [({"die": "SIGKILL"}, "SIGKILL"), ({"exit": 7, "print": "last words"}, "code 7.*last words")]
)
async def test_a_job_that_always_kills_its_worker_fails_with_what_was_seen(
    pool: WorkerPool, scripted_model: ModelInfo, script: dict[str, Any], how: str
) -> None:
    with pytest.raises(WorkerDied, match=f"2 worker processes died drawing this.*{how}"):
        await draw(pool, scripted_model, **script)
    assert not workers_of()
    assert len((await draw(pool, scripted_model)).pictures) == 1


@pytest.mark.parametrize(("what", "error"), [("unknown", EngineFailure), ("invalid", InvalidInput)])
async def test_errors_keep_their_type_and_the_worker_lives(
    pool: WorkerPool, scripted_model: ModelInfo, what: str, error: type[Exception]
) -> None:
    await draw(pool, scripted_model)
    [before] = workers_of()
    with pytest.raises(error):
        await draw(pool, scripted_model, None, **{"raise": what})
    await draw(pool, scripted_model)
    assert [w.pid for w in workers_of()] == [before.pid]


async def test_a_cancelled_job_frees_its_worker_for_the_next(
    pool: WorkerPool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    watch = Watch()
    job = asyncio.create_task(draw(pool, scripted_model, watch, wait=str(tmp_path / "never"), at=2))
    await watch.stepped.wait()
    [before] = workers_of()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert not watch.pictures
    assert len((await draw(pool, scripted_model)).pictures) == 1
    assert [w.pid for w in workers_of()] == [before.pid]


@pytest.mark.parametrize("when", ["progress", "picture"])
async def test_a_listener_that_raises_ends_its_job_and_no_other_sees_its_pictures(
    pool: WorkerPool, scripted_model: ModelInfo, when: str
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("the listener is broken")

    watch = Watch()
    setattr(watch.listener, when, broken)
    with pytest.raises(LookupError):
        await draw(pool, scripted_model, watch, count=3, steps=50)
    after = await draw(pool, scripted_model, seed=70)
    assert [a.seed for a, _ in after.pictures] == [70]


async def test_a_worker_that_stops_answering_is_ended(
    scripted_model: ModelInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAFELIGHT_WORKER_SILENCE_SECONDS", "1.5")
    pool = WorkerPool(load_settings())
    with pytest.raises(WorkerHung, match=r"reported nothing for 1\.5 s"):
        await draw(pool, scripted_model, die="SIGSTOP")
    assert not workers_of()
    await pool.close()


async def test_a_process_that_keeps_the_output_open_holds_nobody_up(
    pool: WorkerPool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    async with asyncio.timeout(20):
        watch = await draw(pool, scripted_model, die="SIGKILL", child="sleep 30", mark=str(tmp_path / "died"))
    assert len(watch.pictures) == 1


async def test_a_message_that_can_not_be_read_ends_the_worker(
    scripted_model: ModelInfo, monkeypatch: pytest.MonkeyPatch, pool: WorkerPool
) -> None:
    with pytest.raises(WorkerDied, match="2 worker processes died"):
        await draw(pool, scripted_model, frame="00000002" + "0000" + "7b7d")


async def test_output_of_native_libraries_disturbs_nothing(pool: WorkerPool, scripted_model: ModelInfo) -> None:
    watch = await draw(pool, scripted_model, None, print="x", times=5_000_000)
    assert len(watch.pictures) == 1


async def test_workers_write_no_core_dumps(pool: WorkerPool, scripted_model: ModelInfo) -> None:
    await draw(pool, scripted_model)
    assert workers_of()[0].rlimit(psutil.RLIMIT_CORE) == (0, 0)


async def test_workers_leave_the_cores_to_the_server(pool: WorkerPool, scripted_model: ModelInfo) -> None:
    await draw(pool, scripted_model)
    worker = workers_of()[0]
    assert worker.nice() == min(psutil.Process().nice() + 10, 19)
    if Path("/proc/self/autogroup").exists():  # in which case priorities count within a session only
        assert os.getsid(worker.pid) == worker.pid


def test_a_worker_ends_within_a_second_of_its_killed_parent(scripted_model: ModelInfo, tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from safelight.settings import load_settings\n"
        "from safelight.workers.process import WorkerProcess\n"
        "async def main():\n"
        "    worker = await WorkerProcess.start('scripted', load_settings())\n"
        "    print(worker.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = os.pidfd_open(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert select.select([worker], [], [], 1.0)[0]
    os.close(worker)
