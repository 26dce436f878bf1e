"""The job state machine: what may follow what, and what each change tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from safelight.domain.errors import Conflict, OutOfMemory, WorkerDied
from safelight.domain.events import Fallback
from safelight.domain.jobs import Change, EventType, Job, JobState, StoredArtifact
from safelight.domain.plans import DType, Plan
from safelight.domain.request import GenerationRequest, Guidance, OutputFormat, Prompts, Sampling, Size

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PLAN = Plan(engine="scripted", device="cpu", dtype=DType.FLOAT32)
REQUEST = GenerationRequest(
    model="scripted",
    prompts=Prompts(positive="an apple"),
    size=Size(width=64, height=64),
    sampling=Sampling(sampler="euler", scheduler="discrete", steps=4, seed=1),
    guidance=Guidance(cfg_scale=1),
)


def a_job(state: JobState = JobState.QUEUED, **fields: object) -> Job:
    return Job.model_validate(
        {"id": "j", "position": 1.0, "request": REQUEST, "created": NOW, "state": state, "sequence": 3} | fields
    )


def a_picture(index: int) -> StoredArtifact:
    return StoredArtifact(
        index=index, seed=index, width=64, height=64, format=OutputFormat.PNG, infotext="", name=f"{index}.png", bytes=9
    )


CHANGES: dict[str, Callable[[Job], Change]] = {
    "queued": lambda job: job.requeued(NOW, "why"),
    "loading": lambda job: job.loading(NOW),
    "running": lambda job: job.running(NOW, PLAN),
    "completed": lambda job: job.completed(NOW, 1.0),
    "failed": lambda job: job.failed(NOW, OutOfMemory("No memory.")),
    "cancelled": lambda job: job.cancelled(NOW, "why"),
}
ALLOWED = {
    "queued": {"loading", "failed", "cancelled"},
    "loading": {"queued", "running", "failed", "cancelled"},
    "running": {"queued", "running", "completed", "failed", "cancelled"},
    "completed": set[str](),
    "failed": set[str](),
    "cancelled": set[str](),
}


@pytest.mark.parametrize("before", JobState)
@pytest.mark.parametrize("after", CHANGES)
def test_states_follow_each_other_as_drawn(before: JobState, after: str) -> None:
    job = a_job(before)
    if after not in ALLOWED[before]:
        with pytest.raises(Conflict, match=before.value):
            CHANGES[after](job)
        return
    changed, event = CHANGES[after](job)
    assert changed.state == after
    assert (changed.sequence, event.sequence) == (4, 4)
    assert event.type == after
    assert event.state is changed.state
    assert changed.state.is_terminal == (changed.finished is not None)


def test_an_attempt_counts_when_it_begins_and_a_polite_stop_takes_it_back() -> None:
    begun, _ = a_job().loading(NOW)
    assert begun.attempt == 1
    assert begun.requeued(NOW, "The server that ran it ended.")[0].attempt == 1
    assert begun.requeued(NOW, "The server was stopped.", forgiven=True)[0].attempt == 0


def test_a_picture_drawn_again_takes_the_place_of_the_first() -> None:
    job = a_job(JobState.RUNNING)
    for index in (1, 0, 1):
        job, event = job.drew(NOW, a_picture(index))
        assert event.type is EventType.PICTURE
    assert [picture.index for picture in job.artifacts] == [0, 1]


@pytest.mark.parametrize("state", [s for s in JobState if s not in (JobState.LOADING, JobState.RUNNING)])
def test_only_a_begun_job_gets_pictures_and_fallbacks(state: JobState) -> None:
    with pytest.raises(Conflict):
        a_job(state).drew(NOW, a_picture(0))
    with pytest.raises(Conflict):
        a_job(state).fell_back(NOW, Fallback(failed=PLAN, plan=PLAN, reason="why"))


def test_a_fallback_is_told_and_keeps_the_state() -> None:
    job, event = a_job(JobState.LOADING).fell_back(NOW, Fallback(failed=PLAN, plan=PLAN, reason="It aborted."))
    assert job.state is JobState.LOADING
    assert (event.type, event.reason) == (EventType.FALLBACK, "It aborted.")


def test_a_retry_starts_afresh_with_the_same_seed_and_keeps_what_is_drawn() -> None:
    failed, _ = a_job(JobState.RUNNING, attempt=3, artifacts=(a_picture(0),)).failed(NOW, WorkerDied("It died."))
    again, event = failed.retried(NOW, position=9.0)
    assert (again.state, again.attempt, again.error, again.finished) == (JobState.QUEUED, 0, None, None)
    assert (again.request, again.artifacts) == (failed.request, failed.artifacts)
    assert event.type is EventType.QUEUED
    with pytest.raises(Conflict, match="completed"):
        a_job(JobState.COMPLETED).retried(NOW, position=9.0)


def test_an_error_comes_back_as_the_type_it_was() -> None:
    failed, _ = a_job(JobState.RUNNING).failed(NOW, OutOfMemory("No memory.", hint="Smaller."))
    assert failed.error is not None
    with pytest.raises(OutOfMemory, match=r"No memory\. Smaller\."):
        raise failed.error.raised()
