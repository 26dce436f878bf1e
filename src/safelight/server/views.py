"""How the native dialect shows jobs and pictures."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from safelight.domain.jobs import Disconnect, Job, JobError, JobState, StoredArtifact, WorkRequest
from safelight.domain.plans import Plan
from safelight.domain.request import GenerationRequest
from safelight.domain.values import Value
from safelight.domain.work import DownloadRequest, JobKind, WorkedFile
from safelight.jobs.events import JobProgress
from safelight.jobs.service import JobService


class Parameters(Value):
    """A complete request in the flat form that clients send."""

    prompt: str
    negative_prompt: str
    model: str
    width: int
    height: int
    steps: int
    cfg_scale: float
    sampler: str
    scheduler: str
    seed: int
    clip_skip: int
    batch_count: int
    batch_size: int
    strength: float | None = None
    mask_blur: int | None = None
    format: str
    quality: int


class PictureView(Value):
    """A finished picture. `data` is the file in base64, only where a response carries pictures."""

    index: int
    name: str
    seed: int
    width: int
    height: int
    bytes: int
    url: str
    thumbnail_url: str
    infotext: str
    notes: tuple[str, ...]
    parameters: Parameters
    data: str | None = None


class JobView(Value):
    """A job as clients see it.

    Attributes:
        kind: generate, or download, hash, convert: these have a `request` and `files`, and no parameters or images.
        status: queued, loading, running, completed, failed or cancelled.
        queue_position: Jobs of the same or a higher priority before it, not counting fairness; null unless queued.
        generation_time: Seconds of the engine, or of the work; null until completed.
    """

    job_id: str
    kind: JobKind = JobKind.GENERATE
    status: JobState
    priority: int
    attempt: int
    disconnect: Disconnect
    created: datetime
    started: datetime | None
    finished: datetime | None
    queue_position: int | None = None
    progress: JobProgress | None = None
    plan: Plan | None
    parameters: Parameters | None
    images: tuple[PictureView, ...]
    request: Annotated[WorkRequest, Field(discriminator="kind")] | None = None
    files: tuple[WorkedFile, ...] = ()
    generation_time: float | None
    error: JobError | None


def parameters(request: GenerationRequest, seed: int | None = None) -> Parameters:
    """A request in the flat form; `seed` stands for the one of a single picture."""
    return Parameters(
        prompt=request.prompts.positive,
        negative_prompt=request.prompts.negative,
        model=request.model,
        width=request.size.width,
        height=request.size.height,
        steps=request.sampling.steps,
        cfg_scale=request.guidance.cfg_scale,
        sampler=request.sampling.sampler,
        scheduler=request.sampling.scheduler,
        seed=request.sampling.seed if seed is None else seed,
        clip_skip=request.guidance.clip_skip,
        batch_count=request.batch.count,
        batch_size=request.batch.batch_size,
        strength=request.init.strength if request.init else None,
        mask_blur=request.init.mask_blur if request.init else None,
        format=request.output.format.value,
        quality=request.output.quality,
    )


def picture_view(job: Job, artifact: StoredArtifact, data: bytes | None = None) -> PictureView:
    """A finished picture of a job."""
    url = f"/api/v1/jobs/{job.id}/output/{artifact.name}"
    return PictureView(
        **artifact.model_dump(include={"index", "name", "seed", "width", "height", "bytes", "infotext", "notes"}),
        url=url,
        thumbnail_url=f"{url}?thumb=1",
        parameters=parameters(job.drawing, artifact.seed),
        data=None if data is None else base64.b64encode(data).decode(),
    )


async def job_view(jobs: JobService, job: Job, *, with_data: bool = False) -> JobView:
    """A job with its place in the queue, its progress, and its pictures' bytes if wanted."""
    pictures = []
    for artifact in job.artifacts:
        data = await jobs.images.read(job.id, job.created, artifact.name) if with_data else None
        pictures.append(picture_view(job, artifact, data))
    place = await jobs.store.ahead_of(job) if job.state is JobState.QUEUED else None
    return _view(jobs, job, place, tuple(pictures))


async def job_views(jobs: JobService, many: Sequence[Job]) -> tuple[JobView, ...]:
    """Many jobs, with their places found in one go."""
    places = await jobs.store.places([job.id for job in many if job.state is JobState.QUEUED])
    return tuple(
        _view(jobs, job, places.get(job.id), tuple(picture_view(job, artifact) for artifact in job.artifacts))
        for job in many
    )


def _view(jobs: JobService, job: Job, place: int | None, pictures: tuple[PictureView, ...]) -> JobView:
    known: dict[str, Any] = job.model_dump(
        include={"priority", "attempt", "disconnect", "created", "started", "finished"}
    )
    return JobView(
        **known,
        job_id=job.id,
        kind=job.kind,
        status=job.state,
        queue_position=place,
        progress=jobs.hub.progress(job.id),
        plan=job.plan,
        parameters=parameters(job.request) if isinstance(job.request, GenerationRequest) else None,
        images=pictures,
        request=_shown(job.request),
        files=job.files,
        generation_time=job.seconds,
        error=job.error,
    )


def _shown(request: GenerationRequest | WorkRequest) -> WorkRequest | None:
    if isinstance(request, GenerationRequest):
        return None
    return request.shown if isinstance(request, DownloadRequest) else request
