"""Told times: how work is counted, what completed jobs tell of others, and what a running job has to go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from safelight.domain.events import Phase, Progress
from safelight.domain.jobs import Job, JobState
from safelight.domain.plans import DType, Plan
from safelight.domain.request import Batch, GenerationRequest, Guidance, ImageRef, InitImage, Sampling, Size
from safelight.jobs.events import JobProgress
from safelight.jobs.pace import Pace
from safelight.jobs.prediction import predicted
from safelight.workers.effort import Effort, calls_of
from safelight.workers.spent import StepClock
from tests.unit.test_jobs import NOW, PLAN, REQUEST, a_job

START = InitImage(image=ImageRef(sha256="ab" * 32), strength=0.5)


def asked(steps: int = 20, side: int = 512, sampler: str = "euler", cfg: float = 7, **more: Any) -> GenerationRequest:
    given = {
        "size": Size(width=side, height=side),
        "sampling": Sampling(sampler=sampler, scheduler="discrete", steps=steps, seed=1),
        "guidance": Guidance(cfg_scale=cfg),
    }
    return REQUEST.model_copy(update=given | more)


def took(request: GenerationRequest, seconds: float, denoising: float | None, plan: Plan = PLAN) -> Job:
    return a_job(JobState.COMPLETED, request=request, plan=plan, seconds=seconds, denoising=denoising)


@pytest.mark.parametrize(
    ("request_", "calls"),
    [(asked(), 20), (asked(sampler="heun"), 39), (asked(init=START), 10), (asked(7, init=START, sampler="dpm2"), 5)],
)
def test_network_calls_follow_from_steps_sampler_and_strength(request_: GenerationRequest, calls: int) -> None:
    assert calls_of(request_) == calls


def test_a_second_pass_counts_for_the_engine_that_draws_it() -> None:
    plain, options = asked(), {"sdcpp": {"hires": {"scale": 2, "strength": 0.45, "steps": 10}}}
    twice = plain.model_copy(update={"engine_options": options})
    here, there = Effort.of(twice, "sdcpp"), Effort.of(plain, "sdcpp")
    assert Effort.of(twice, "diffusers") == there
    assert here.denoising == there.denoising * (20 + 4 * 5) / 20
    assert here.finishing == 5 * there.finishing


@pytest.mark.parametrize(
    ("request_", "seconds"),
    [
        (asked(), 24),
        (asked(10), 14),
        (asked(sampler="heun"), 43),
        (asked(cfg=1), 14),
        (asked(init=START), 14),
        (asked(batch=Batch(count=3)), 72),
        (asked(side=256), 6),
    ],
)
def test_one_job_tells_steps_and_the_rest_apart(request_: GenerationRequest, seconds: float) -> None:
    found = predicted(request_, PLAN, [took(asked(), 24, 20)])
    assert found and found.seconds == pytest.approx(seconds)
    assert found.similar is (request_.size.width == 512)


def test_jobs_that_do_not_tell_them_apart_grow_with_steps_as_a_whole() -> None:
    found = predicted(asked(10), PLAN, [took(asked(), 24, None)])
    assert found and found.seconds == pytest.approx(12)


def test_the_most_alike_jobs_tell() -> None:
    known = [
        took(asked(), 24, 20),
        took(asked(cfg=1), 16, 12),
        took(asked(init=START), 20, 14),
        took(asked(batch=Batch(count=4, batch_size=4)), 50, 40),
        took(asked(side=1024), 400, 300),
        took(asked(engine_options={"diffusers": {"deep_cache": 3}}), 9, 5),
        took(asked(), 1, 1, PLAN.model_copy(update={"dtype": DType.BFLOAT16})),
    ]
    for job in known[:6]:
        found = predicted(job.drawing, PLAN, known)
        assert found and found.seconds == pytest.approx(job.seconds) and found.jobs == 1
    assert predicted(asked(engine_options={"sdcpp": {"vae_tiling": {}}}), PLAN, known) is None


def test_the_newest_jobs_tell() -> None:
    known = [took(asked(), seconds, seconds - 4) for seconds in (24, 26, 22, 24, 24, 23, 25, 24, 24, *[99] * 20)]
    found = predicted(asked(), PLAN, known)
    assert found and found.seconds == pytest.approx(24) and found.jobs == 9


def test_a_step_s_time_is_counted_once_for_each_step_and_nothing_else_is() -> None:
    clock = StepClock()

    def saw(phase: Phase, step: int, seconds: float | None = None) -> None:
        clock.saw(Progress(phase=phase, step=step, steps=4, seconds=seconds))

    saw(Phase.LOADING, 1, 100.0)
    for _ in range(2):
        saw(Phase.DENOISING, 0)
        saw(Phase.DENOISING, 1, 2.0)
        saw(Phase.LOADING, 1)
        saw(Phase.DENOISING, 1)
        saw(Phase.DENOISING, 4, 1.0)
        saw(Phase.DECODING, 4)
    assert clock.seconds == 2 * (2 + 3 * 1)


def told(pace: Pace, at: float, picture: int, step: int, together: int = 1) -> JobProgress:
    progress = Progress(
        phase=Phase.DENOISING, picture=picture, count=4, together=together, step=step, steps=10, seconds=2.0
    )
    return pace.of("j", "", NOW + timedelta(seconds=at), progress)


def test_time_to_go_counts_what_a_picture_takes_after_its_steps() -> None:
    pace = Pace()
    assert told(pace, 20, 0, 10).eta_seconds == 60  # nothing is known of it yet
    pace.finished(NOW + timedelta(seconds=23))
    assert (pace.finishing, told(pace, 25, 1, 1).eta_seconds) == (3, 2 * 29 + 3 * 3)
    assert told(Pace(finishing=3), 2, 0, 1).eta_seconds == 2 * 39 + 4 * 3


def test_what_is_made_ready_once_is_not_expected_of_the_next_picture() -> None:
    pace = Pace(finishing=3)
    told(pace, 20, 0, 10)
    pace.of("j", "", NOW + timedelta(seconds=21), Progress(phase=Phase.LOADING, count=4, step=10, steps=10))
    pace.finished(NOW + timedelta(seconds=60))
    assert pace.finishing == 3


def test_pictures_that_are_drawn_together_share_their_steps() -> None:
    pace = Pace()
    first = told(pace, 2, 0, 5, together=2)
    assert (first.percent, first.seconds_per_step, first.eta_seconds) == (25.0, 2.0, 2 * 5 + 2 * 10)
    assert told(pace, 20, 2, 10, together=2).percent == 100
    pace.finished(NOW + timedelta(seconds=26))
    assert pace.finishing == 3
