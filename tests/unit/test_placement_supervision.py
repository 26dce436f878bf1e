"""What is remembered, when a worker hangs, how fast it is replaced, what its end means, what a model will take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safelight.domain.errors import DeviceLost, EngineFailure, OutOfMemory, WorkerDied, WorkerHung
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, DType, Plan
from safelight.settings import Settings, load_settings
from safelight.workers.budget import estimate, machine_budget
from safelight.workers.placement import Cause, Failure
from safelight.workers.remembered import Place, PlacementMemory
from safelight.workers.supervision import KernelKills, Pace, Respawns, cause_of, reason_for

CARD = Device(id="cuda:0", name="A card", memory=1, dtypes=(DType.FLOAT16,), driver="1")
PLACE = Place.of("e", "1.0", CARD, "sd1")


def failure(pixels: int = 0, device: str = "cuda:0") -> Failure:
    plan = Plan(engine="e", device=device, dtype=DType.FLOAT16)
    return Failure(plan=plan, cause=Cause.MEMORY, pixels=pixels, reason="It did not fit.")


def test_what_failed_for_small_pictures_counts_for_large_ones_and_not_the_other_way(tmp_path: Path) -> None:
    PlacementMemory(tmp_path).remember(PLACE, failure(512))
    memory = PlacementMemory(tmp_path)
    assert memory.known([PLACE], 512) == memory.known([PLACE], 1024) == [failure(512)]
    assert not memory.known([PLACE], 256)
    assert not memory.known([PLACE.model_copy(update={"driver": "2"})], 512)


def test_the_same_failure_is_kept_once_and_can_be_forgotten(tmp_path: Path) -> None:
    memory = PlacementMemory(tmp_path)
    memory.remember(PLACE, failure())
    memory.remember(PLACE, failure())
    memory.remember(PLACE, failure(device="cuda:1"))
    assert len(memory.entries()) == 2
    assert PlacementMemory(tmp_path).forget() == 2
    assert not memory.entries()
    assert memory.forget() == 0


def test_a_memory_that_can_not_be_written_lasts_until_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    memory = PlacementMemory(tmp_path / "file")
    memory.remember(PLACE, failure())
    assert memory.known([PLACE], 0) == [failure()]
    assert "remembered only until the end" in caplog.text


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2, "failures": []}', '{"failures": [{}]}', "\0" * 100])
def test_a_damaged_file_is_moved_aside(tmp_path: Path, content: str) -> None:
    memory = PlacementMemory(tmp_path)
    memory.path.write_text(content)
    assert memory.entries() == ()
    assert memory.path.with_suffix(".damaged.json").read_text() == content
    memory.remember(PLACE, failure())
    assert json.loads(memory.path.read_text())["version"] == 1


@pytest.mark.parametrize(
    ("error", "by_kernel", "cause"),
    [
        (OutOfMemory(""), False, Cause.MEMORY),
        (DeviceLost(""), False, Cause.CRASH),
        (WorkerDied("", exit_code=-6), False, Cause.CRASH),
        (WorkerDied("", exit_code=-11), True, Cause.CRASH),
        (WorkerDied("", exit_code=0xC0000005), False, Cause.CRASH),
        (WorkerDied("", exit_code=-9), False, Cause.UNEXPLAINED),
        (WorkerDied("", exit_code=-9), True, Cause.MEMORY),
        (WorkerDied("", exit_code=7), False, Cause.UNEXPLAINED),
        (WorkerHung(""), False, Cause.UNEXPLAINED),
        (EngineFailure(""), False, None),
    ],
)
def test_what_an_end_means(error: EngineFailure, by_kernel: bool, cause: Cause | None) -> None:
    assert cause_of(error, killed_by_kernel=by_kernel) is cause


def test_a_reason_does_not_quote_the_log() -> None:
    died = WorkerDied("The worker process was ended by SIGABRT. Its last words: a prompt", exit_code=-6)
    assert reason_for(died, Cause.CRASH) == "The worker process was ended by SIGABRT."


def test_kernel_kills_are_counted_where_the_system_counts(tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("nr_free_pages 7\noom_kill 3\n")
    (tmp_path / "events").write_text("oom 9\noom_kill 2\noom_group_kill 4\n")
    assert KernelKills(tmp_path / "vmstat", tmp_path / "events", tmp_path / "absent").count() == 5


def step(number: int, seconds: float, phase: Phase = Phase.DENOISING) -> Progress:
    return Progress(phase=phase, step=number, steps=4, seconds=seconds)


def test_the_limit_of_silence_follows_the_slowest_step() -> None:
    pace = Pace(load_settings(worker_silence_seconds=900, worker_step_seconds=30))
    seen = [pace.limit]
    for report in (
        Progress(phase=Phase.ENCODING),
        step(0, 0),
        step(1, 0.5),
        step(2, 4),
        step(3, 1),
        step(4, 1),
        step(1, 60),
    ):
        pace.saw(report)
        seen.append(round(pace.limit))
    assert seen == [900, 900, 900, 30, 80, 80, 900, 900]


def test_the_first_deaths_cost_no_delay() -> None:
    respawns, delays = Respawns(), []
    for _ in range(8):
        delays.append(respawns.delay)
        respawns.died(WorkerDied("It died."), started=True)
    assert delays == [0, 0, 0, 0.5, 1, 2, 4, 4]
    respawns.worked()
    assert respawns.delay == 0


def test_an_engine_that_never_starts_is_given_up_for_a_while() -> None:
    now = 100.0
    respawns = Respawns(clock=lambda: now)
    for _ in range(6):
        assert respawns.delay < 5
        respawns.died(WorkerDied("It died.", exit_code=1), started=False)
    with pytest.raises(WorkerDied, match=r"6 workers in a row ended while they started\. It died"):
        assert respawns.delay
    now = 131.0
    assert respawns.delay == 4


@pytest.mark.parametrize(("code", "started"), [(-9, False), (-6, True)])
def test_kills_from_outside_and_bad_models_give_up_no_engine(code: int, started: bool) -> None:
    respawns = Respawns()
    for _ in range(20):
        respawns.died(WorkerDied("It died.", exit_code=code), started=started)
    assert respawns.delay == 4


def test_a_model_takes_more_in_wider_numbers(scripted_model: ModelInfo, settings: Settings) -> None:
    model = scripted_model.model_copy(update={"bytes": 2**31, "dtype": "f16"})
    half, full = (estimate(model, Plan(engine="e", device="cpu", dtype=d)) for d in (DType.FLOAT16, DType.FLOAT32))
    assert 2**31 < half < full < 3 * 2**31
    assert machine_budget(load_settings(memory_budget=5)) == 5
    assert machine_budget(settings) > 2**28
