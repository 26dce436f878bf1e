"""The ladder of plans with real workers: what each kind of failure leads to, and what is remembered of it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight.domain.errors import DeviceLost, OutOfMemory, WorkerDied, WorkerHung
from safelight.domain.models import ModelInfo
from safelight.engines.spec import engine_specs, registered_specs
from safelight.settings import load_settings
from safelight.workers.pool import WorkerPool
from safelight.workers.remembered import FILE
from safelight.workers.supervision import KernelKills
from tests.process.drawing import Watch, draw
from tests.processes import workers_of

GPU_AND_CPU: list[dict[str, Any]] = [
    {"id": "gpu:0", "name": "A GPU", "dtypes": ["f16", "f32"], "driver": "1.0"},
    {"id": "cpu"},
]
MakePool = Callable[..., WorkerPool]


@pytest.fixture
async def make_pool(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakePool]:
    """Makes pools on a machine with the given devices; settings by name."""
    pools: list[WorkerPool] = []

    def make(
        devices: list[dict[str, Any]] = GPU_AND_CPU, *, kernel: KernelKills | None = None, **flags: Any
    ) -> WorkerPool:
        monkeypatch.setenv("SCRIPTED_DEVICES", json.dumps(devices))
        pools.append(WorkerPool(load_settings(**flags), kernel=kernel))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


def remembered() -> list[tuple[str, str, str]]:
    """What the file holds: plan, cause, reason."""
    file = load_settings().cache_dir / FILE
    entries = json.loads(file.read_text())["failures"] if file.exists() else []
    return [
        (
            "{device} {dtype} {memory_mode}".format(**entry["failure"]["plan"]),
            entry["failure"]["cause"],
            entry["failure"]["reason"],
        )
        for entry in entries
    ]


def ways(watch: Watch) -> list[str]:
    return [f"{plan.device} {plan.dtype.value} {plan.memory_mode.value}" for plan in watch.plans]


async def test_a_kill_from_outside_is_tried_again_by_the_same_plan_and_teaches_nothing(
    make_pool: MakePool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    pool = make_pool()
    watch = await draw(pool, scripted_model, die="SIGKILL", at=2, mark=str(tmp_path / "died"))
    assert ways(watch) == ["gpu:0 f16 full"] * 2
    assert not watch.fallbacks
    assert not remembered()
    assert watch.ran
    assert watch.ran.crashes == 1
    assert (pool.counters.crashes, pool.counters.respawns, pool.counters.fallbacks) == ({"SIGKILL": 1}, 1, 0)


@pytest.mark.parametrize("how", [{"die": "SIGABRT"}, {"die": "SIGSEGV"}, {"die": "SIGILL"}, {"raise": "lost"}])
async def test_a_crash_leads_to_the_next_device_at_once_and_the_next_start_goes_there(
    make_pool: MakePool, scripted_model: ModelInfo, how: dict[str, Any]
) -> None:
    watch = await draw(make_pool(), scripted_model, on={"device": "gpu:0"}, count=2, **how)
    assert ways(watch) == ["gpu:0 f16 full", "cpu f32 full"]
    assert [(a.index, a.seed) for a, _ in watch.pictures] == [(0, 3), (1, 4)]
    [fallback] = watch.fallbacks
    assert (fallback.failed.device, fallback.plan.device) == ("gpu:0", "cpu")
    assert how.get("die", "lost its device") in fallback.reason
    assert remembered() == [("gpu:0 f16 full", "crash", fallback.reason)]
    assert ways(await draw(make_pool(), scripted_model)) == ["cpu f32 full"]


async def test_another_driver_is_another_chance(make_pool: MakePool, scripted_model: ModelInfo) -> None:
    await draw(make_pool(), scripted_model, on={"device": "gpu:0"}, die="SIGABRT")
    newer = make_pool([GPU_AND_CPU[0] | {"driver": "1.1"}, GPU_AND_CPU[1]])
    assert ways(await draw(newer, scripted_model)) == ["gpu:0 f16 full"]


async def test_a_crash_while_loading_leads_to_the_next_device_too(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    scripted_model.path.write_text(json.dumps({"die": "SIGABRT", "on": {"device": "gpu:0"}}))
    watch = await draw(make_pool(), scripted_model)
    assert ways(watch) == ["cpu f32 full"]
    assert [fallback.failed.device for fallback in watch.fallbacks] == ["gpu:0"]
    assert (await make_pool().load(scripted_model)).device == "cpu"


async def test_want_of_memory_leads_to_the_next_memory_mode_for_pictures_of_that_size(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    full = {"memory_mode": "full"}
    watch = await draw(make_pool(), scripted_model, **{"raise": "oom"}, on=full, over=512 * 512, width=512, height=512)
    assert ways(watch) == ["gpu:0 f16 full", "gpu:0 f16 tiled"]
    assert remembered() == [("gpu:0 f16 full", "memory", "The script ran out of memory.")]
    pool = make_pool()
    assert ways(await draw(pool, scripted_model)) == ["gpu:0 f16 full"]
    assert ways(await draw(pool, scripted_model, width=1024, height=512)) == ["gpu:0 f16 tiled"]
    assert pool.counters.loads == 2


async def test_memory_that_no_mode_can_save_leads_to_the_next_device(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    watch = await draw(make_pool(), scripted_model, **{"raise": "oom"}, on={"device": "gpu:0"})
    assert ways(watch) == ["gpu:0 f16 full", "gpu:0 f16 tiled", "gpu:0 f16 offloaded", "cpu f32 full"]
    assert len(watch.pictures) == 1


async def test_memory_that_nothing_saves_is_reported_and_not_remembered(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    pool = make_pool([{"id": "cpu"}])
    with pytest.raises(OutOfMemory):
        await draw(pool, scripted_model, **{"raise": "oom"})
    assert not remembered()
    [worker] = workers_of()
    assert len((await draw(pool, scripted_model)).pictures) == 1
    assert [w.pid for w in workers_of()] == [worker.pid]


async def test_a_kill_by_the_kernel_for_want_of_memory_changes_the_memory_mode(
    make_pool: MakePool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    class Counting(KernelKills):
        """Counts a kill whenever the script has died."""

        def count(self) -> int:
            return int((tmp_path / "died").exists())

    watch = await draw(make_pool(kernel=Counting()), scripted_model, die="SIGKILL", mark=str(tmp_path / "died"))
    assert ways(watch) == ["gpu:0 f16 full", "gpu:0 f16 tiled"]
    assert remembered()[0][1:] == ("memory", "The kernel ended the worker process because memory ran out.")


async def test_what_is_set_is_not_departed_from(make_pool: MakePool, scripted_model: ModelInfo) -> None:
    fixed = make_pool(device="gpu:0", memory_mode="tiled")
    with pytest.raises(OutOfMemory):
        await draw(fixed, scripted_model, **{"raise": "oom"})
    with pytest.raises(DeviceLost):
        await draw(make_pool(device="gpu:0", dtype="f16"), scripted_model, **{"raise": "lost"})


async def test_half_precision_that_crashes_the_last_device_gives_way_to_f32(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    pool = make_pool([{"id": "cpu", "dtypes": ["bf16", "f32"]}])
    watch = await draw(pool, scripted_model, die="SIGILL", on={"dtype": "bf16"})
    assert ways(watch) == ["cpu bf16 full", "cpu f32 full"]


@pytest.fixture
def spare_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A second engine that runs scripted models, with fewer schedulers."""
    folder = Path(__file__).parent.parent / "scripted_spare"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ["PYTHONPATH"]]))
    for registry in (registered_specs, engine_specs):
        registry.cache_clear()
    yield
    for registry in (registered_specs, engine_specs):
        registry.cache_clear()


@pytest.mark.usefixtures("spare_engine")
async def test_when_no_device_is_left_another_engine_takes_over(make_pool: MakePool, scripted_model: ModelInfo) -> None:
    watch = await draw(make_pool([{"id": "cpu"}]), scripted_model, die="SIGABRT", on={"engine": "scripted"})
    assert [plan.engine for plan in watch.plans] == ["scripted", "spare"]
    again = await draw(make_pool([{"id": "cpu"}]), scripted_model)
    assert [plan.engine for plan in again.plans] == ["spare"]


@pytest.mark.usefixtures("spare_engine")
async def test_an_engine_that_does_not_start_gives_way_to_another(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    pool = make_pool([{"id": "broken", "memory": -1}])
    with pytest.raises(WorkerDied, match=r"2 worker processes died drawing this.*exit code 1.*memory"):
        await draw(pool, scripted_model)
    assert pool.counters.crashes == {"exit 1": 4}


async def test_a_request_that_crashes_everywhere_fails_and_spoils_nothing_for_others(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    pool = make_pool()
    watch = Watch()
    with pytest.raises(WorkerDied, match=r"3 worker processes died drawing this.*SIGABRT.*dying now") as caught:
        await draw(pool, scripted_model, watch, die="SIGABRT", print="dying now")
    assert caught.value.exit_code == -6
    assert ways(watch) == ["gpu:0 f16 full", "cpu f32 full", "cpu f32 full"]
    assert not remembered()
    assert ways(await draw(pool, scripted_model)) == ["gpu:0 f16 full"]


async def test_a_second_death_while_the_next_worker_starts_counts_too(
    make_pool: MakePool, scripted_model: ModelInfo, tmp_path: Path
) -> None:
    watch = Watch()
    pool = make_pool()
    job = asyncio.create_task(draw(pool, scripted_model, watch, wait=str(tmp_path / "never"), at=2))
    await watch.stepped.wait()
    [first] = workers_of()
    first.kill()
    while not (second := [worker for worker in workers_of() if worker.pid != first.pid]):
        await asyncio.sleep(0)
    second[0].kill()
    with pytest.raises(WorkerDied, match="2 worker processes died drawing this"):
        await job


async def test_two_unexplained_deaths_lead_to_the_next_device_but_are_not_remembered(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    watch = await draw(make_pool(), scripted_model, exit=7, on={"device": "gpu:0"})
    assert ways(watch) == ["gpu:0 f16 full", "gpu:0 f16 full", "cpu f32 full"]
    assert watch.fallbacks[0].reason == "The worker process ended with exit code 7."
    assert not remembered()


async def test_a_step_far_slower_than_those_before_counts_as_hung(
    make_pool: MakePool, scripted_model: ModelInfo
) -> None:
    pool = make_pool([{"id": "cpu"}], worker_step_seconds=0.5)
    async with asyncio.timeout(30):
        with pytest.raises(WorkerHung, match=r"2 worker processes died.*reported nothing for [0-9.]+ s"):
            await draw(pool, scripted_model, die="SIGSTOP", at=3, pace=0.01)
    assert pool.counters.crashes == {"hung": 2}


async def test_a_slow_job_does_not_count_as_hung(make_pool: MakePool, scripted_model: ModelInfo) -> None:
    pool = make_pool([{"id": "cpu"}], worker_step_seconds=0.01)
    assert len((await draw(pool, scripted_model, deaf=0.5, at=3, pace=0.1)).pictures) == 1


async def test_as_a_last_resort_pictures_shrink_when_asked_to(make_pool: MakePool, scripted_model: ModelInfo) -> None:
    pool = make_pool([{"id": "cpu"}])
    script: dict[str, Any] = {"raise": "oom", "over": 100_000, "width": 512, "height": 384, "seed": 9}
    with pytest.raises(OutOfMemory):
        await draw(pool, scripted_model, None, **script)
    watch = await draw(pool, scripted_model, None, shrink=True, **script)
    [(artifact, _)] = watch.pictures
    assert (artifact.width, artifact.height, artifact.seed) == (288, 256, 9)
    assert artifact.notes == ("Memory ran out, so this was drawn at 288x256 instead of 512x384.",)
    assert watch.ran
    assert str(watch.ran.request.size) == "288x256"


async def test_a_damaged_memory_is_moved_aside(
    make_pool: MakePool, scripted_model: ModelInfo, caplog: pytest.LogCaptureFixture
) -> None:
    file = load_settings().cache_dir / FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b'{"version": 1, "failures": [\xff')
    assert ways(await draw(make_pool(), scripted_model)) == ["gpu:0 f16 full"]
    assert not file.exists()
    assert file.with_suffix(".damaged.json").read_bytes().startswith(b'{"version"')
    assert "is moved to placement.damaged.json" in caplog.text
