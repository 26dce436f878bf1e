"""Native dialect: the queue, as stable-diffusion.cpp-rest's clients address it, with pause and resume."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from safelight.domain.jobs import JobState
from safelight.domain.values import Value
from safelight.domain.work import JobKind
from safelight.jobs.service import JobService
from safelight.server.access import Admin, Drawer, Jobs, Reader
from safelight.server.auth.callers import Caller
from safelight.server.documented import answers
from safelight.server.routes.jobs import PICTURE, output, show
from safelight.server.views import JobView, job_view, job_views

router = APIRouter(prefix="/queue", tags=["queue"])

_BEGUN = (JobState.LOADING, JobState.RUNNING)


class QueueStatus(Value):
    """The queue of what draws, now. Jobs and counts are the caller's own, or everyone's for an admin.

    Attributes:
        paused: No further job is begun until somebody resumes.
        problem: Why no job can be begun, when the job database refuses.
        waiting: Queued jobs of everybody.
        limit: How many may wait.
        counts: Jobs by status, ended ones included.
        running: What is being drawn.
        queued: What waits, in the order in which it is due, not counting fairness between users.
    """

    paused: bool
    problem: str | None
    waiting: int
    limit: int
    counts: dict[JobState, int]
    running: tuple[JobView, ...]
    queued: tuple[JobView, ...]


class CancelBody(Value):
    """Which job to cancel."""

    job_id: str = Field(max_length=64)


class Cleared(Value):
    """How many waiting jobs were cancelled."""

    cleared: int


@router.get("/status", summary="Show the queue")
async def status(jobs: Jobs, caller: Reader, limit: Annotated[int, Query(ge=0, le=1000)] = 100) -> QueueStatus:
    """What runs and the first `limit` jobs that wait."""
    return await _status(jobs, caller, limit)


router.get("/job/{job_id}", summary="Show a job", responses=answers(404))(show)
router.get(
    "/job/{job_id}/output/{filename}",
    summary="A finished picture",
    response_class=Response,
    responses=PICTURE | answers(404),
)(output)


@router.post("/cancel", summary="Cancel a waiting or running job", responses=answers(404, 409))
async def cancel(body: CancelBody, jobs: Jobs, caller: Drawer) -> JobView:
    """The job is cancelled when this answers; 409 when it had ended before."""
    return await job_view(jobs, await jobs.cancel(body.job_id, owner=caller.sees))


@router.post("/clear", summary="Cancel everything that waits")
async def clear(jobs: Jobs, caller: Drawer) -> Cleared:
    """Cancel the caller's waiting jobs, or everyone's for an admin. What runs goes on."""
    return Cleared(cleared=await jobs.clear(caller.sees))


@router.post("/pause", summary="Begin no further job")
async def pause(jobs: Jobs, caller: Admin) -> QueueStatus:
    """What runs ends; jobs are still admitted. A restart ends the pause."""
    jobs.dispatcher.pause()
    return await _status(jobs, caller, 0)


@router.post("/resume", summary="Go on after a pause")
async def resume(jobs: Jobs, caller: Admin) -> QueueStatus:
    """Begin jobs again."""
    jobs.dispatcher.resume()
    return await _status(jobs, caller, 0)


async def _status(jobs: JobService, caller: Caller, limit: int) -> QueueStatus:
    mine = await jobs.store.counts(caller.sees)
    everyone = mine if caller.sees is None else await jobs.store.counts()
    running, _ = await jobs.store.page(states=_BEGUN, kinds=(JobKind.GENERATE,), owner=caller.sees)
    queued = await jobs.store.queued(caller.sees, limit=limit) if limit else []
    return QueueStatus(
        paused=jobs.dispatcher.paused,
        problem=jobs.dispatcher.storage_problem,
        waiting=everyone[JobState.QUEUED],
        limit=jobs.settings.queue_limit,
        counts={state: mine[state] for state in JobState},
        running=await job_views(jobs, running),
        queued=await job_views(jobs, queued),
    )
