"""What a server tells of jobs, read from its event stream, and the state of following that stream through breaks."""

from __future__ import annotations

import base64
import io
import math
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx2
from PIL import Image

from safelight.client.problems import Lost, reading
from safelight.domain.errors import SafelightError, Unavailable
from safelight.domain.events import Phase, Progress
from safelight.domain.jobs import EventType, JobEvent
from safelight.domain.values import Value
from safelight.domain.work import JobKind, WorkProgress

if TYPE_CHECKING:
    from safelight.client.views import JobView

OnProgress = Callable[[Progress], None]
OnPreview = Callable[[int, Image.Image], None]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class JobProgress(Value):
    """How far a running job is: in pictures and steps, as in `domain.events.Progress`, or in bytes.

    Attributes:
        done: Bytes so far.
        total: Bytes in all, when known.
        item: The file that is worked on.
    """

    type: EventType = EventType.PROGRESS
    job: str
    kind: JobKind = JobKind.GENERATE
    at: datetime
    phase: Phase
    picture: int = 0
    count: int = 1
    step: int = 0
    steps: int = 0
    percent: float
    seconds_per_step: float | None = None
    done: int | None = None
    total: int | None = None
    bytes_per_second: float | None = None
    item: str | None = None
    eta_seconds: float | None = None

    @property
    def progress(self) -> Progress:
        """The same as an engine in process tells it."""
        shared = {"phase", "picture", "count", "step", "steps"}
        return Progress(**self.model_dump(include=shared), seconds=self.seconds_per_step)

    @property
    def work(self) -> WorkProgress:
        """The same, of work that is counted in bytes, as work in process tells it."""
        return WorkProgress(phase=self.phase, done=self.done or 0, total=self.total, item=self.item)


class JobPreview(Value):
    """A rough picture of what is being drawn: JPEG bytes in base64."""

    type: EventType = EventType.PREVIEW
    job: str
    at: datetime
    picture: int
    image: str

    @property
    def picture_so_far(self) -> Image.Image:
        """The rough picture."""
        return Image.open(io.BytesIO(base64.b64decode(self.image)))


Event = JobEvent | JobProgress | JobPreview
"""What is told of a job: a durable transition with a number, or the latest progress or preview."""

_KINDS: dict[str, type[JobProgress | JobPreview]] = {"progress": JobProgress, "preview": JobPreview}


def read_event(sent: httpx2.ServerSentEvent) -> Event | None:
    """The event that a server sent; None for kinds that this client does not know.

    Raises:
        SafelightError: It is not what Safelight sends.
    """
    if sent.event not in set(EventType):
        return None
    with reading():
        if kind := _KINDS.get(sent.event):
            return kind.model_validate_json(sent.data, extra="ignore")
        told: Any = sent.json()
        return JobEvent.model_validate({"owner": ""} | told, extra="ignore")


def telling(on_progress: OnProgress | None, on_preview: OnPreview | None) -> Callable[[Event], None]:
    """A listener that calls back for progress and previews, as an engine in process does."""

    def tell(event: Event) -> None:
        if isinstance(event, JobProgress) and on_progress:
            on_progress(event.progress)
        elif isinstance(event, JobPreview) and on_preview:
            on_preview(event.picture, event.picture_so_far)

    return tell


class Patience:
    """How long to go on trying with a server that went away.

    Args:
        seconds: Longest time without an answer.
        met: Whether the server has answered before: one that never did is not waited for.
    """

    def __init__(self, seconds: float, *, met: bool) -> None:
        self._seconds, self._met = seconds, met
        self._pause, self._end = _FIRST_PAUSE, math.inf

    def answered(self) -> None:
        """The server is there."""
        self._met = True
        self._pause, self._end = _FIRST_PAUSE, math.inf

    def lost(self, error: Unavailable) -> float:
        """Seconds to wait before the next try.

        Raises:
            Unavailable: `error`, when it has been long enough.
        """
        self._met = self._met or isinstance(error, Lost)
        now = time.monotonic()
        self._end = min(self._end, now + self._seconds)
        left = self._end - now
        if not self._met or left <= 0:
            raise error
        pause, self._pause = min(self._pause, left), min(2 * self._pause, _LONGEST_PAUSE)
        return pause


class Following:
    """Where a listener is in the stream of events, of all jobs or of one.

    One job's stream is over when the job is. As a job may be tried again after it ended, an end that the stream tells
    of is a claim until `settle` has compared it with the job as it is.
    """

    def __init__(self, job: str | None, after: int | None, patience: Patience) -> None:
        self._job, self._after, self._patience = job, after, patience
        self._last: int | None = None
        self.claim: JobEvent | None = None
        self.ended = False

    @property
    def arguments(self) -> dict[str, Any]:
        """Query and headers that go on after the last event heard."""
        # One job's events are read from its first on, and those up to `after` dropped: its end is among them, however
        # late one comes.
        after = 0 if self._job else self._after
        params = {"job": self._job, "after": after if self._last is None else None}
        headers = {} if self._last is None else {"Last-Event-ID": str(self._last)}
        return {"params": {name: value for name, value in params.items() if value is not None}, "headers": headers}

    def heard(self, sent: httpx2.ServerSentEvent) -> Event | None:
        """Take what the server sent; return the event if it is for the listener."""
        self._patience.answered()
        event = read_event(sent)
        if not isinstance(event, JobEvent):
            return event
        self._last = event.number
        if self._job and event.state.is_terminal:
            self.claim = event
        return event if event.number > (self._after or 0) else None

    def settle(self, job: JobView) -> None:
        """Compare the claimed end with the job."""
        claim, self.claim = self.claim, None
        self.ended = claim is not None and job.status is claim.state and job.finished == claim.at

    def lost(self, error: Unavailable) -> float:
        """Seconds to wait before the next try. Raises `error` when it has been long enough."""
        return self._patience.lost(error)

    def broke_off(self) -> SafelightError:
        """The error for a stream that ended before its time."""
        return Lost("The server ended the stream of events.")
