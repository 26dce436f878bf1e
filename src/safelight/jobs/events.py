"""Tells listeners what happens to jobs: durable events from the store in order, and the latest progress and preview.

A listener that reads slowly costs a bounded amount of memory: of durable events it keeps a few and reads the rest
from the store when it gets there; of progress and previews it keeps the latest of each job.
"""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pydantic import Field

from safelight.domain.events import Phase
from safelight.domain.jobs import EventType, JobEvent, JobState
from safelight.domain.values import Value
from safelight.domain.work import JobKind
from safelight.jobs.store import JobStore

_KEPT = 256


class JobProgress(Value):
    """How far a running job is: in pictures and steps when it draws, else in bytes.

    Attributes:
        percent: Of all its pictures' denoising steps or of all its bytes, 0 to 100; 0 while their number is not known.
        seconds_per_step: Of the last steps, smoothed; None before the first.
        done: Bytes so far.
        total: Bytes in all, when known.
        bytes_per_second: Of the last seconds, smoothed.
        item: The file that is worked on.
        eta_seconds: Until the last picture or byte, at that pace; None before the first.
    """

    type: EventType = EventType.PROGRESS
    job: str
    owner: str
    kind: JobKind = JobKind.GENERATE
    at: datetime
    phase: Phase
    picture: int = 0
    count: int = 1
    step: int = 0
    steps: int = 0
    percent: float = Field(ge=0, le=100)
    seconds_per_step: float | None = None
    done: int | None = None
    total: int | None = None
    bytes_per_second: float | None = None
    item: str | None = None
    eta_seconds: float | None = None


class JobPreview(Value):
    """A rough picture of what is being drawn: JPEG bytes in base64."""

    type: EventType = EventType.PREVIEW
    job: str
    owner: str
    at: datetime
    picture: int
    image: str

    @classmethod
    def of(cls, job: str, owner: str, at: datetime, picture: int, jpeg: bytes) -> JobPreview:
        """The same from the encoded picture."""
        return cls(job=job, owner=owner, at=at, picture=picture, image=base64.b64encode(jpeg).decode())


@dataclass(frozen=True)
class Told:
    """An event on its way to listeners, put into words once for all of them."""

    event: JobEvent | JobProgress | JobPreview

    @property
    def number(self) -> int:
        """Its number, or 0 for what is not durable."""
        return self.event.number if isinstance(self.event, JobEvent) else 0

    @cached_property
    def json(self) -> str:
        """The event as clients see it."""
        return self.event.model_dump_json(exclude={"owner"})

    @cached_property
    def sse(self) -> bytes:
        """The event as a block of a `text/event-stream`."""
        identity = f"id: {self.number}\n" if self.number else ""
        return f"{identity}event: {self.event.type.value}\ndata: {self.json}\n\n".encode()


class Listening:
    """One listener's view; iterate over it. Ends when the hub closes."""

    def __init__(self, store: JobStore, after: int, job: str | None, owner: str | None) -> None:
        self._store, self._after, self._job, self._owner = store, after, job, owner
        self._durable: deque[Told] = deque()
        self._latest: dict[tuple[str, EventType], Told] = {}
        self._behind = True  # reads the store first: what happened before it came
        self._closed = False
        self._wake = asyncio.Event()
        self._wake.set()

    def wants(self, event: JobEvent | JobProgress | JobPreview) -> bool:
        """Whether this listener asked for events of this job and may hear of it."""
        return (self._job is None or self._job == event.job) and (self._owner is None or self._owner == event.owner)

    def tell(self, told: Told) -> None:
        """Take an event; never waits."""
        if not isinstance(told.event, JobEvent):
            self._latest[told.event.job, told.event.type] = told
            self._wake.set()
            return
        if told.event.state.is_terminal:
            for kind in (EventType.PROGRESS, EventType.PREVIEW):
                self._latest.pop((told.event.job, kind), None)
        if len(self._durable) < _KEPT:
            self._durable.append(told)
        else:
            self._behind = True
        self._wake.set()

    def close(self) -> None:
        """End the iteration once everything was read."""
        self._closed = True
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[Told]:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._behind or self._durable:
                if self._behind:
                    async for told in self._catch_up():
                        yield told
                else:
                    told = self._durable.popleft()
                    if told.number > self._after:
                        self._after = told.number
                        yield told
            latest, self._latest = self._latest, {}
            for told in latest.values():
                yield told
            if self._closed and not self._wake.is_set():
                return

    async def _catch_up(self) -> AsyncIterator[Told]:
        self._behind = False
        self._durable.clear()
        while missed := await self._store.events_after(self._after, job=self._job, owner=self._owner):
            for event in missed:
                self._after = event.number
                yield Told(event)


class EventHub:
    """Hands events to everyone who listens. Only the event loop's thread may call it."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._listeners: set[Listening] = set()
        self.watchers: list[Callable[[JobEvent | JobProgress | JobPreview], None]] = []
        """Called with every event, for what counts rather than listens; must be quick and not raise."""
        self._latest: dict[str, dict[EventType, Told]] = {}
        """Of every job that runs here; a worker may report a moment longer than its job lasts."""
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def tell(self, event: JobEvent | JobProgress | JobPreview) -> None:
        """Pass an event on; a durable one must be stored already. Progress of a job that does not run is dropped."""
        told = Told(event)
        if not isinstance(event, JobEvent):
            if event.job not in self._latest:
                return
            self._latest[event.job][event.type] = told
        elif event.state.is_terminal or event.state is JobState.QUEUED:
            self._latest.pop(event.job, None)
        else:
            self._latest.setdefault(event.job, {})
        for listener in self._listeners:
            if listener.wants(event):
                listener.tell(told)
        for watcher in self.watchers:
            watcher(event)

    def progress(self, job: str) -> JobProgress | None:
        """The latest progress of a running job."""
        told = self._latest.get(job, {}).get(EventType.PROGRESS)
        return told.event if told and isinstance(told.event, JobProgress) else None

    def preview(self, job: str) -> JobPreview | None:
        """The latest preview of a running job."""
        told = self._latest.get(job, {}).get(EventType.PREVIEW)
        return told.event if told and isinstance(told.event, JobPreview) else None

    @contextmanager
    def listen(self, *, after: int, job: str | None = None, owner: str | None = None) -> Iterator[Listening]:
        """Listen to durable events with a number above `after`, and to what is not durable from now on.

        Args:
            after: The last event number that the listener knows; 0 for all there are.
            job: Only this job's.
            owner: Only this owner's; None for everyone's.
        """
        listening = Listening(self._store, after, job, owner)
        for kinds in self._latest.values():
            for told in kinds.values():
                if listening.wants(told.event):
                    listening.tell(told)
        if self._closed:
            listening.close()
        self._listeners.add(listening)
        try:
            yield listening
        finally:
            self._listeners.discard(listening)

    def close(self) -> None:
        """Let every listener finish."""
        self._closed = True
        for listener in self._listeners:
            listener.close()
