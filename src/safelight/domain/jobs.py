"""A job: one piece of long work, its states, and the only places where it changes from one to another.

::

    queued ──► loading ──► running ──► completed
      ▲  │        │           │
      │  └────────┼───────────┼──────► cancelled
      └───────────┴───────────┘ (a restart or a crash, with a bounded number of attempts)
         └────────┴───────────┴──────► failed

Work that draws nothing goes from queued to running at once: no model has to be loaded for it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from safelight.domain.errors import BY_CODE, Conflict, SafelightError
from safelight.domain.events import Artifact, Fallback
from safelight.domain.plans import Plan
from safelight.domain.request import GenerationRequest
from safelight.domain.values import Value
from safelight.domain.work import ConversionRequest, DownloadRequest, HashRequest, JobKind, WorkedFile


class JobState(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    LOADING = "loading"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing will happen to the job any more."""
        return self in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)


_NEXT = {
    JobState.QUEUED: {JobState.LOADING, JobState.CANCELLED, JobState.FAILED},
    JobState.LOADING: {JobState.RUNNING, JobState.QUEUED, JobState.FAILED, JobState.CANCELLED},
    JobState.RUNNING: {JobState.RUNNING, JobState.COMPLETED, JobState.QUEUED, JobState.FAILED, JobState.CANCELLED},
}


class Disconnect(StrEnum):
    """What becomes of a job when the client that waits for it goes away."""

    KEEP = "keep"
    CANCEL = "cancel"


class StoredArtifact(Artifact):
    """A finished picture in the image store, as file `name` of its job."""

    name: str
    bytes: int = Field(ge=0)


WorkRequest = DownloadRequest | HashRequest | ConversionRequest
"""What is asked of a job that draws nothing."""

Request = Annotated[GenerationRequest | WorkRequest, Field(discriminator="kind")]
"""What is asked of a job, by its `kind`."""


class JobError(Value):
    """Why a job failed: the fields of a `SafelightError`."""

    code: str
    message: str
    hint: str | None = None

    @classmethod
    def of(cls, error: SafelightError) -> JobError:
        """The same as a value."""
        return cls(code=error.code, message=error.message, hint=error.hint)

    def raised(self) -> SafelightError:
        """The same as an exception to raise, of the type it was."""
        return BY_CODE.get(self.code, SafelightError)(self.message, hint=self.hint)


class EventType(StrEnum):
    """What is told of jobs. All but the last two are durable and replayed to listeners who come back."""

    QUEUED = "queued"
    LOADING = "loading"
    RUNNING = "running"
    PICTURE = "picture"
    FILE = "file"
    FALLBACK = "device.fallback"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PROGRESS = "progress"
    PREVIEW = "preview"


class JobEvent(Value):
    """Something durable that happened to a job.

    Attributes:
        number: Order over all jobs, from 1; given by the store.
        sequence: Order within the job, from 1.
        kind: What the job does.
        artifact: The picture that is stored now.
        file: The file that is finished now.
        attempt: How often the job had been begun.
        reason: Why, in one sentence, where it needs one.
        plan: The plan it is run by from here on.
    """

    number: int = 0
    type: EventType
    job: str
    owner: str
    kind: JobKind = JobKind.GENERATE
    sequence: int
    at: datetime
    state: JobState
    attempt: int
    reason: str | None = None
    error: JobError | None = None
    artifact: StoredArtifact | None = None
    file: WorkedFile | None = None
    plan: Plan | None = None


Change = tuple["Job", JobEvent]
"""A job's next state and the event that tells of it, to be stored together."""


class Job(Value):
    """A job as it is stored. Its methods return what it becomes; the store makes that durable.

    Attributes:
        id: Unique, unguessable.
        owner: Who asked for it; empty when there are no users.
        priority: Higher first.
        position: Order of admission, smaller first; reordering changes it and a restart does not.
        attempt: How often it was begun.
        sequence: Number of its events so far.
        shrink: Whether, as a last resort against want of memory, a smaller picture is better than none.
        artifacts: Finished pictures, in order.
        files: What came of other work, in order.
        plan: How it is, or was, run.
        seconds: The engine's own time for it.
        denoising: Of these, the denoising steps'; None where that is not known.
    """

    id: str
    owner: str = ""
    priority: int = Field(default=0, ge=-100, le=100)
    position: float
    state: JobState = JobState.QUEUED
    attempt: int = 0
    sequence: int = 0
    disconnect: Disconnect = Disconnect.KEEP
    shrink: bool = False
    request: Request
    artifacts: tuple[StoredArtifact, ...] = ()
    files: tuple[WorkedFile, ...] = ()
    error: JobError | None = None
    plan: Plan | None = None
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None
    seconds: float | None = Field(default=None, ge=0)
    denoising: float | None = Field(default=None, ge=0)

    @property
    def kind(self) -> JobKind:
        """What it does."""
        return JobKind(self.request.kind)

    @property
    def drawing(self) -> GenerationRequest:
        """What it draws. Raises Conflict when it is of a kind that draws nothing."""
        if not isinstance(self.request, GenerationRequest):
            raise Conflict(f"Job {self.id} is of kind {self.kind.value}; it draws nothing.")
        return self.request

    def admitted(self) -> Change:
        """New, and waiting."""
        return self._with(EventType.QUEUED, self.created)

    def requeued(self, at: datetime, reason: str, *, forgiven: bool = False) -> Change:
        """Waiting again, in its old place, with its pictures. `forgiven` attempts ended on purpose and do not count."""
        attempt = self.attempt - 1 if forgiven else self.attempt
        return self._to(JobState.QUEUED, at, reason=reason, attempt=attempt, files=(), started=None, plan=None)

    def retried(self, at: datetime, position: float) -> Change:
        """Waiting again at the end of the queue, with its pictures, because somebody asked for another try.

        Raises:
            Conflict: It neither failed nor was cancelled.
        """
        if self.state not in (JobState.FAILED, JobState.CANCELLED):
            raise Conflict(f"Job {self.id} is {self.state.value}; only failed and cancelled jobs can be tried again.")
        return self._with(
            EventType.QUEUED,
            at,
            reason="Another try was asked for.",
            state=JobState.QUEUED,
            position=position,
            attempt=0,
            files=(),
            error=None,
            plan=None,
            started=None,
            finished=None,
            seconds=None,
        )

    def loading(self, at: datetime) -> Change:
        """Begun: its model is being made ready."""
        return self._to(JobState.LOADING, at, attempt=self.attempt + 1, started=at)

    def begun(self, at: datetime) -> Change:
        """Begun, and at work: it needs no model in memory."""
        if self.state is not JobState.QUEUED:
            raise Conflict(f"Job {self.id} is {self.state.value}; it can't be begun.")
        return self._with(EventType.RUNNING, at, state=JobState.RUNNING, attempt=self.attempt + 1, started=at)

    def running(self, at: datetime, plan: Plan) -> Change:
        """Its model is ready by `plan` and draws."""
        return self._to(JobState.RUNNING, at, plan=plan)

    def fell_back(self, at: datetime, fallback: Fallback) -> Change:
        """A plan failed and the next is tried; the state stays."""
        self._refuse_unless_begun()
        return self._with(EventType.FALLBACK, at, reason=fallback.reason, plan=fallback.plan)

    def drew(self, at: datetime, artifact: StoredArtifact) -> Change:
        """One more picture is stored."""
        self._refuse_unless_begun()
        others = [known for known in self.artifacts if known.index != artifact.index]
        ordered = tuple(sorted([*others, artifact], key=lambda known: known.index))
        return self._with(EventType.PICTURE, at, artifacts=ordered, artifact=artifact)

    def finished_file(self, at: datetime, file: WorkedFile) -> Change:
        """One more file is done."""
        self._refuse_unless_begun()
        files = (*(known for known in self.files if known.name != file.name), file)
        return self._with(EventType.FILE, at, files=files, file=file)

    def completed(self, at: datetime, seconds: float, denoising: float | None = None) -> Change:
        """Every picture is stored, every file in its place."""
        return self._to(JobState.COMPLETED, at, seconds=seconds, denoising=denoising, finished=at)

    def failed(self, at: datetime, error: SafelightError) -> Change:
        """It can't be done."""
        return self._to(JobState.FAILED, at, error=JobError.of(error), finished=at)

    def cancelled(self, at: datetime, reason: str) -> Change:
        """It is not wanted any more."""
        return self._to(JobState.CANCELLED, at, reason=reason, finished=at)

    def without(self, index: int) -> Job:
        """The same with one picture less; its state stays.

        Raises:
            Conflict: It has not ended, so more of it may come.
        """
        if not self.state.is_terminal:
            raise Conflict(f"Job {self.id} is {self.state.value}.", hint="Cancel it first.")
        return self.model_copy(update={"artifacts": tuple(one for one in self.artifacts if one.index != index)})

    def _refuse_unless_begun(self) -> None:
        if self.state not in (JobState.LOADING, JobState.RUNNING):
            raise Conflict(f"Job {self.id} is {self.state.value}; nothing can come of it.")

    def _to(self, state: JobState, at: datetime, *, reason: str | None = None, **changes: Any) -> Change:
        if state not in _NEXT.get(self.state, ()):
            raise Conflict(f"Job {self.id} is {self.state.value}; it can't become {state.value}.")
        return self._with(EventType(state.value), at, reason=reason, state=state, **changes)

    def _with(
        self,
        type_: EventType,
        at: datetime,
        *,
        reason: str | None = None,
        artifact: StoredArtifact | None = None,
        file: WorkedFile | None = None,
        **changes: Any,
    ) -> Change:
        job = self.model_copy(update={**changes, "sequence": self.sequence + 1})
        return job, JobEvent(
            type=type_,
            job=job.id,
            owner=job.owner,
            kind=job.kind,
            sequence=job.sequence,
            at=at,
            state=job.state,
            attempt=job.attempt,
            reason=reason,
            error=job.error,
            artifact=artifact,
            file=file,
            plan=job.plan,
        )
