"""Jobs, pictures and models as a server shows them. What a newer server says beyond that is passed over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from safelight.client.events import JobProgress
from safelight.domain.errors import Cancelled, Conflict, SafelightError
from safelight.domain.events import Artifact
from safelight.domain.jobs import JobError, JobState
from safelight.domain.models import Defaults, ModelKind
from safelight.domain.plans import Plan
from safelight.domain.request import Mode, OutputFormat
from safelight.domain.values import Value
from safelight.domain.work import JobKind, WorkedFile


class Parameters(Value):
    """A complete request in the flat form: units and ranges are those of `domain.request`."""

    prompt: str
    negative_prompt: str = ""
    model: str
    width: int
    height: int
    steps: int
    cfg_scale: float
    sampler: str
    scheduler: str
    seed: int
    clip_skip: int = 1
    batch_count: int = 1
    batch_size: int = 1
    strength: float | None = None
    mask_blur: int | None = None
    format: OutputFormat = OutputFormat.PNG
    quality: int = 92


class Picture(Value):
    """A finished picture on the server, as file `name` of its job; `bytes` is the file's size."""

    index: int
    name: str
    seed: int
    width: int
    height: int
    bytes: int
    infotext: str
    notes: tuple[str, ...] = ()


class JobView(Value):
    """A job.

    Attributes:
        kind: What it does. One that draws has parameters and images, another a request and files.
        status: queued, loading, running, completed, failed or cancelled.
        attempt: How often it was begun.
        queue_position: Jobs before it; None unless queued.
        progress: The latest, while it runs.
        plan: How it is, or was, run.
        images: Finished pictures, in order.
        request: What was asked for, as the server shows it.
        files: What came of it, in order.
        generation_time: Seconds of the engine, or of the work; None until completed.
        error: Why it failed.
    """

    id: str = Field(alias="job_id")
    kind: JobKind = JobKind.GENERATE
    status: JobState
    priority: int = 0
    attempt: int = 0
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None
    queue_position: int | None = None
    progress: JobProgress | None = None
    plan: Plan | None = None
    parameters: Parameters | None = None
    images: tuple[Picture, ...] = ()
    request: dict[str, Any] | None = None
    files: tuple[WorkedFile, ...] = ()
    generation_time: float | None = None
    error: JobError | None = None

    @property
    def drawing(self) -> Parameters:
        """The parameters of a job that draws. Raises Conflict for another."""
        if self.parameters is None:
            raise Conflict(f"Job {self.id} is of kind {self.kind.value}; it draws nothing.")
        return self.parameters

    def completed(self) -> JobView:
        """The same, if it is completed.

        Raises:
            SafelightError: It failed, as the error it failed by; Cancelled: it was cancelled.
        """
        if self.error:
            raise self.error.raised()
        if self.status is JobState.CANCELLED:
            raise Cancelled(f"Job {self.id} was cancelled.")
        if self.status is not JobState.COMPLETED:
            raise SafelightError(f"Job {self.id} is {self.status.value}.")
        return self

    @property
    def artifacts(self) -> Sequence[Artifact]:
        """What describes each finished picture, as in process."""
        shared = {"index", "seed", "width", "height", "infotext", "notes"}
        return [Artifact(**picture.model_dump(include=shared), format=self.drawing.format) for picture in self.images]


class JobPage(Value):
    """Some jobs, newest first; `total` counts all that match."""

    jobs: tuple[JobView, ...]
    total: int


class ModelView(Value):
    """A model that the server has.

    Attributes:
        id: The name to give as `model`.
        size: Bytes of its weights.
        engines: Engines there that run it, the preferred one first.
        modes: What requests it can run.
        defaults: What it draws with where a request says nothing.
        problem: Why it can't be run; None when it can.
    """

    id: str
    type: ModelKind
    architecture: str | None = None
    size: int = 0
    engines: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ()
    defaults: Defaults = Defaults()
    problem: str | None = None


class ModelPage(Value):
    """Some models; `total` counts all."""

    models: tuple[ModelView, ...]
    total: int
