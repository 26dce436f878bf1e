"""Native dialect: jobs and their pictures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse
from pydantic import Field

from safelight.domain.errors import NotFound
from safelight.domain.jobs import Job, JobState
from safelight.domain.values import Value
from safelight.domain.work import JobKind
from safelight.jobs.pictures import PictureRef
from safelight.jobs.service import JobService
from safelight.server.access import Drawer, Jobs, Reader, check_priority
from safelight.server.documented import Responses, answers
from safelight.server.views import JobView, job_view, job_views

router = APIRouter(prefix="/jobs", tags=["jobs"])

JobId = Annotated[str, Path(max_length=64, description="As the generation call answered it.")]
SUFFIXES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
"""Ending of a stored picture's name → its media type."""

PICTURE: Responses = {200: {"content": {kind: {} for kind in SUFFIXES.values()}}}


class JobList(Value):
    """One page of jobs, newest first; `total` counts all that match."""

    jobs: tuple[JobView, ...]
    total: int


class MoveBody(Value):
    """Another priority, another place (from 0) among the queued jobs of that priority, or both."""

    priority: int | None = Field(default=None, ge=-100, le=100)
    place: int | None = Field(default=None, ge=0, le=2**31)


@router.get("", summary="List jobs")
async def list_jobs(
    jobs: Jobs,
    caller: Reader,
    status: Annotated[list[JobState] | None, Query()] = None,
    kind: Annotated[list[JobKind] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> JobList:
    """Jobs, newest first: the caller's own, or everyone's for an admin."""
    found, total = await jobs.store.page(
        states=status or (), kinds=kind or (), owner=caller.sees, limit=limit, offset=offset
    )
    return JobList(jobs=await job_views(jobs, found), total=total)


@router.get("/{job_id}", summary="Show a job", responses=answers(404))
async def show(job_id: JobId, jobs: Jobs, caller: Reader) -> JobView:
    """A job with its progress and its pictures' addresses."""
    return await job_view(jobs, await jobs.get(job_id, caller.sees))


@router.post("/{job_id}/cancel", summary="Cancel a waiting or running job", responses=answers(404, 409))
async def cancel(job_id: JobId, jobs: Jobs, caller: Drawer) -> JobView:
    """The job is cancelled when this answers; 409 when it had ended before."""
    return await job_view(jobs, await jobs.cancel(job_id, owner=caller.sees))


@router.post("/{job_id}/retry", summary="Try a failed or cancelled job again", responses=answers(404, 409, 429))
async def retry(job_id: JobId, jobs: Jobs, caller: Drawer) -> JobView:
    """The job waits again, at the end of the queue, with the same seed; the pictures that it has stay."""
    return await job_view(jobs, await jobs.retry(job_id, caller.sees))


@router.post("/{job_id}/move", summary="Reorder a queued job", responses=answers(404, 409))
async def move(job_id: JobId, body: MoveBody, jobs: Jobs, caller: Drawer) -> JobView:
    """Give a queued job another priority or another place; above 0, or before others' jobs, for an admin only."""
    check_priority(caller, body.priority)
    return await job_view(jobs, await jobs.move(job_id, priority=body.priority, place=body.place, owner=caller.sees))


@router.delete(
    "/{job_id}", status_code=204, summary="Delete an ended job and its pictures", responses=answers(404, 409)
)
async def delete(job_id: JobId, jobs: Jobs, caller: Drawer) -> None:
    """409 when the job has not ended: cancel it first."""
    await jobs.delete(job_id, caller.sees)


@router.get(
    "/{job_id}/output/{filename}",
    summary="A finished picture",
    response_class=Response,
    responses=PICTURE | answers(404),
)
async def output(
    job_id: JobId,
    filename: Annotated[str, Path(max_length=100)],
    jobs: Jobs,
    caller: Reader,
    thumb: bool = False,
    size: Annotated[int, Query(ge=16, le=1024)] = 200,
) -> Response:
    """The file as it was stored, or a WebP thumbnail of at most `size` pixels a side."""
    return await picture_response(jobs, await jobs.get(job_id, caller.sees), filename, thumb=thumb, size=size)


@router.delete(
    "/{job_id}/output/{filename}", status_code=204, summary="Delete one picture", responses=answers(404, 409)
)
async def delete_output(
    job_id: JobId, filename: Annotated[str, Path(max_length=100)], jobs: Jobs, caller: Drawer
) -> None:
    """One picture of an ended job; the job is forgotten with its last one."""
    job = await jobs.get(job_id, caller.sees)
    index = next((one.index for one in job.artifacts if one.name == filename), None)
    if index is None:
        raise NotFound(f"Job {job.id} has no picture called {filename[:80]!r}.")
    await jobs.delete_picture(PictureRef(job_id=job.id, index=index), caller.sees)


async def picture_response(jobs: JobService, job: Job, name: str, *, thumb: bool, size: int) -> Response:
    """A picture of a job. Raises NotFound."""
    if name not in {artifact.name for artifact in job.artifacts}:
        raise NotFound(f"Job {job.id} has no picture called {name[:80]!r}.")
    headers = {"Cache-Control": "private, max-age=31536000, immutable" if job.state.is_terminal else "no-cache"}
    if thumb:
        small = await jobs.images.thumbnail(job.id, job.created, name, size)
        return Response(small, media_type="image/webp", headers=headers)
    kind = SUFFIXES[name.rpartition(".")[2]]
    path = await jobs.images.path(job.id, job.created, name)
    if path:
        return FileResponse(path, media_type=kind, headers=headers)
    return Response(await jobs.images.read(job.id, job.created, name), media_type=kind, headers=headers)
