"""The ladder of plans and what each kind of failure rules out; where a job goes on its way down."""

from __future__ import annotations

import pytest

from safelight.domain.errors import EngineFailure, InvalidInput, OutOfMemory, WorkerDied
from safelight.domain.plans import Device, DType, MemoryMode, Plan
from safelight.domain.request import GenerationRequest, Guidance, Prompts, Sampling, Size
from safelight.settings import load_settings
from safelight.workers.descent import Descent, Exhausted
from safelight.workers.placement import Cause, Failure, choose_plan, left_of, plans, size_class
from safelight.workers.shrinking import note_for, smaller

F32, F16, BF16 = DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16
FULL, TILED, OFFLOADED = MemoryMode
GPU = Device(id="cuda:0", name="GPU", memory=1, dtypes=(F16, BF16, F32))
OLD_CPU = Device(id="cpu", name="CPU", memory=1, dtypes=(F32,))
CPU = Device(id="cpu", name="CPU", memory=1, dtypes=(BF16, F32))


def plan(device: str, dtype: DType, mode: MemoryMode = FULL) -> Plan:
    return Plan(engine="e", device=device, dtype=dtype, memory_mode=mode)


def test_from_fastest_to_safest() -> None:
    assert plans("e", (GPU, CPU), load_settings()) == [
        plan("cuda:0", F16, FULL),
        plan("cuda:0", F16, TILED),
        plan("cuda:0", F16, OFFLOADED),
        plan("cpu", BF16, FULL),
        plan("cpu", BF16, TILED),
        plan("cpu", F32, FULL),
        plan("cpu", F32, TILED),
    ]
    assert plans("e", (OLD_CPU,), load_settings()) == [plan("cpu", F32, FULL), plan("cpu", F32, TILED)]


def test_settings_fix_what_they_name() -> None:
    settings = load_settings(device="cuda", dtype="bf16", memory_mode="tiled")
    assert plans("e", (GPU, CPU), settings) == [plan("cuda:0", BF16, TILED)]
    with pytest.raises(InvalidInput, match=r"There is no device 'mps' here. There is: cuda:0, cpu"):
        plans("e", (GPU, CPU), load_settings(device="mps"))


@pytest.mark.parametrize(
    ("cause", "failed", "next_plan"),
    [
        (Cause.MEMORY, plan("cuda:0", F16), plan("cuda:0", F16, TILED)),
        (Cause.MEMORY, plan("cuda:0", F16, OFFLOADED), plan("cpu", BF16)),
        (Cause.MEMORY, plan("cpu", BF16, TILED), None),
        (Cause.CRASH, plan("cuda:0", F16), plan("cpu", BF16)),
        (Cause.CRASH, plan("cpu", BF16), plan("cpu", F32)),
        (Cause.UNEXPLAINED, plan("cuda:0", F16), plan("cpu", BF16)),
        (Cause.UNEXPLAINED, plan("cpu", BF16), None),
    ],
)
def test_what_a_failure_leads_to(cause: Cause, failed: Plan, next_plan: Plan | None) -> None:
    ladder = plans("e", (GPU, CPU), load_settings())
    rest = ladder[ladder.index(failed) :]
    left = left_of(rest, [Failure(plan=failed, cause=cause, pixels=0, reason="so")])
    assert next(iter(left), None) == next_plan


def test_where_all_is_known_to_fail_the_safest_is_taken() -> None:
    ladder = plans("e", (GPU, CPU), load_settings())
    failures = [Failure(plan=each, cause=Cause.CRASH, pixels=0, reason="so") for each in ladder]
    assert choose_plan("e", (GPU, CPU), load_settings(), failures) == plan("cpu", BF16, TILED)


@pytest.mark.parametrize(
    ("width", "height", "batch", "pixels"),
    [(64, 64, 1, 256**2), (256, 256, 1, 256**2), (264, 256, 1, 2 * 256**2), (512, 512, 2, 512 * 1024)],
)
def test_size_classes(width: int, height: int, batch: int, pixels: int) -> None:
    assert size_class(Size(width=width, height=height), batch) == pixels


def fails(descent: Descent, tried: Plan, cause: Cause, error: EngineFailure | None = None) -> None:
    descent.tries(tried, began=True, kills=0)
    descent.failed(error or WorkerDied("It died.", exit_code=-9), cause, alone=True)


def test_want_of_memory_while_others_filled_it_teaches_nothing() -> None:
    descent = Descent(pixels=1)
    descent.tries(plan("cpu", F32), began=True, kills=0)
    descent.failed(OutOfMemory("Full."), Cause.MEMORY, alone=False)
    descent.tries(plan("cpu", F32, TILED), began=True, kills=0)
    assert not descent.lessons()


def test_a_job_ends_after_two_unexplained_deaths_on_the_last_plan() -> None:
    descent, ladder = Descent(pixels=1), [plan("cpu", F32)]
    fails(descent, ladder[0], Cause.UNEXPLAINED)
    assert left_of(ladder, descent.failures) == ladder
    fails(descent, ladder[0], Cause.UNEXPLAINED)
    assert not left_of(ladder, descent.failures)
    with pytest.raises(Exhausted):
        descent.last_resort(ladder)


def test_a_crash_with_nothing_else_left_is_tried_once_more() -> None:
    descent, ladder = Descent(pixels=1), [plan("cpu", F32)]
    fails(descent, ladder[0], Cause.CRASH)
    assert descent.last_resort(ladder) == ladder[0]
    assert descent.fallback_to(ladder[0]) is None
    fails(descent, ladder[0], Cause.CRASH)
    with pytest.raises(Exhausted):
        descent.last_resort(ladder)


def test_a_kernel_kill_with_nothing_else_left_is_want_of_memory() -> None:
    descent, ladder = Descent(pixels=1), [plan("cpu", F32, TILED)]
    fails(descent, ladder[0], Cause.MEMORY)
    with pytest.raises(Exhausted) as caught:
        descent.last_resort(ladder)
    assert isinstance(caught.value.error, OutOfMemory)


def request(width: int, height: int, steps: int) -> GenerationRequest:
    return GenerationRequest(
        model="m",
        prompts=Prompts(positive="a cat"),
        size=Size(width=width, height=height),
        sampling=Sampling(sampler="euler", scheduler="discrete", steps=steps, seed=7),
        guidance=Guidance(cfg_scale=1),
    )


@pytest.mark.parametrize(
    ("asked", "lesser"),
    [
        ((1024, 768, 20), ["768x576 20", "576x432 20", "512x384 20", "512x384 10"]),
        ((512, 512, 20), ["384x384 20", "288x288 20", "256x256 20", "256x256 10"]),
        ((256, 512, 12), ["256x384 12", "256x288 12", "256x256 12"]),
        ((64, 64, 4), []),
    ],
)
def test_shrinking(asked: tuple[int, int, int], lesser: list[str]) -> None:
    made = list(smaller(request(*asked)))
    assert [f"{each.size} {each.sampling.steps}" for each in made] == lesser
    assert all(each.sampling.seed == 7 for each in made)


def test_the_note_says_what_is_less() -> None:
    asked = request(512, 512, 20)
    assert note_for(asked, asked) is None
    *_, least = smaller(asked)
    assert note_for(asked, least) == (
        "Memory ran out, so this was drawn at 256x256 instead of 512x512 and with 10 instead of 20 steps."
    )
