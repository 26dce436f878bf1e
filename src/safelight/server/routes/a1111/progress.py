"""A1111 progress, interrupt and skip: what the caller's running job does, and how to stop it."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from safelight.domain.errors import Conflict, NotFound
from safelight.domain.events import Phase
from safelight.domain.jobs import Job, JobState
from safelight.domain.values import Value
from safelight.jobs.events import JobProgress
from safelight.jobs.service import JobService
from safelight.server.access import Drawer, Jobs, Reader
from safelight.server.routes.a1111.errors import answers
from safelight.server.routes.a1111.state import Call, DialectState, State, running_job

router = APIRouter(prefix="/sdapi/v1", tags=["a1111"])

_BEGUN = 0.01
_SAID = {
    Phase.STARTING: "Starting an engine",
    Phase.LOADING: "Loading the model",
    Phase.ENCODING: "Reading the prompt",
    Phase.DENOISING: "Drawing",
    Phase.DECODING: "Developing the picture",
}


class ProgressState(Value):
    """A1111's `state`. `job_count` is how many pictures the running call draws, 0 when nothing runs or waits."""

    skipped: bool = False
    interrupted: bool = False
    stopping_generation: bool = False
    job: str = ""
    job_count: int = 0
    job_timestamp: str = "0"
    job_no: int = 0
    sampling_step: int = 0
    sampling_steps: int = 0


class ProgressReply(Value):
    """How far the caller's running job is.

    Attributes:
        progress: 0 to 1; 0 when nothing runs.
        eta_relative: Seconds until the last step; 0 when that is not known.
        current_image: The latest preview, JPEG in base64.
        textinfo: What is being done.
    """

    progress: float
    eta_relative: float
    state: ProgressState
    current_image: str | None = None
    textinfo: str | None = None


@router.get("/progress", summary="A1111: how far the caller's job is", responses=answers(422))
async def progress(
    jobs: Jobs,
    state: State,
    caller: Reader,
    skip_current_image: Annotated[bool, Query(description="Leave the preview out.")] = False,
) -> ProgressReply:
    """The caller's running job, whichever dialect it came by; else one that waits, else the model that is loaded."""
    flags = {"interrupted": caller.name in state.interrupted, "skipped": caller.name in state.skipped}
    if job := await running_job(jobs, caller.name):
        return _running(jobs, job, state.call_of(job.id), flags, with_image=not skip_current_image)
    if state.loading[caller.name] > 0:
        loading = ProgressState(job="load", job_count=1, **flags)
        return ProgressReply(progress=_BEGUN, eta_relative=0, state=loading, textinfo=_SAID[Phase.LOADING])
    waiting = (await jobs.store.counts(caller.name))[JobState.QUEUED]
    if waiting:
        queued = ProgressState(job="queued", job_count=waiting, **flags)
        return ProgressReply(progress=0, eta_relative=0, state=queued, textinfo="Waiting in the queue")
    return ProgressReply(progress=0, eta_relative=0, state=ProgressState(**flags))


@router.post("/interrupt", summary="A1111: stop the caller's job", responses=answers(422, 507))
async def interrupt(jobs: Jobs, state: State, caller: Drawer) -> dict[str, Any]:
    """Cancel the caller's running job; the call that waits for it answers with the pictures that are finished.

    When none of its jobs runs, the first of its calls that still waits for its turn is cancelled.
    """
    await state.tidy(jobs)
    job = await running_job(jobs, caller.name)
    call = state.call_of(job.id) if job else _first_waiting(state, caller.name)
    if call:
        call.interrupted = True
        state.interrupted.add(caller.name)
    await _cancel(jobs, job.id if job else call.job if call else None, "It was interrupted.")
    return {}


@router.post("/skip", summary="A1111: leave the picture out that is drawn now", responses=answers(422, 507))
async def skip(jobs: Jobs, state: State, caller: Drawer) -> dict[str, Any]:
    """Go on with the next picture of the call; a call with one picture, or a job of another dialect, is cancelled."""
    job = await running_job(jobs, caller.name)
    call = state.call_of(job.id) if job else None
    if call:
        call.skipped = True
        state.skipped.add(caller.name)
    await _cancel(jobs, job.id if job else None, "It was skipped.")
    return {}


async def _cancel(jobs: JobService, job: str | None, reason: str) -> None:
    with contextlib.suppress(Conflict, NotFound):  # it has just ended: that is what was wanted
        if job:
            await jobs.cancel(job, reason=reason)


def _first_waiting(state: DialectState, owner: str) -> Call | None:
    return next((call for call in state.calls if call.owner == owner), None)


def _running(
    jobs: JobService, job: Job, call: Call | None, flags: dict[str, bool], *, with_image: bool
) -> ProgressReply:
    found: JobProgress | None = jobs.hub.progress(job.id)
    offset = call.offset if call else 0
    count = call.count if call else job.drawing.batch.count
    number = min(count - 1, offset + (found.picture if found else 0))
    step, steps = (found.step, found.steps) if found else (0, 0)
    preview = jobs.hub.preview(job.id) if with_image else None
    return ProgressReply(
        progress=min(1.0, max(_BEGUN, (number + (step / steps if steps else 0)) / count)),
        eta_relative=(found.eta_seconds if found else None) or 0,
        state=ProgressState(
            job=job.id,
            job_count=count,
            job_timestamp=_stamp(job.created),
            job_no=number,
            sampling_step=step,
            sampling_steps=steps,
            stopping_generation=bool(call and call.interrupted),
            **flags,
        ),
        current_image=preview.image if preview else None,
        textinfo=_SAID[found.phase] if found else None,
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y%m%d%H%M%S")
