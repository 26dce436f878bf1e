"""How the server is: one of five states, each with the code that probes get. docs/operations.md has the diagram."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from http import HTTPStatus

from safelight.domain.errors import StorageFailed
from safelight.domain.jobs import EventType, JobEvent
from safelight.domain.values import Value
from safelight.jobs.service import JobService

_DEATHS = 3
_CHECK_SECONDS, _CHECK_LIMIT = 2.0, 5.0


class State(StrEnum):
    """What the server can do now."""

    STARTING = "starting"
    READY = "ready"
    PAUSED = "paused"
    DEGRADED = "degraded"
    STOPPING = "stopping"

    @property
    def code(self) -> HTTPStatus:
        """The status of a probe: 200 while jobs are admitted and have a chance, 503 otherwise."""
        fit = self in (State.READY, State.PAUSED)
        return HTTPStatus.OK if fit else HTTPStatus.SERVICE_UNAVAILABLE


class Health(Value):
    """A state, and why it is so where that needs a word."""

    state: State
    reason: str | None = None


class Vitals:
    """Watches a job service."""

    def __init__(self) -> None:
        self._jobs: JobService | None = None
        self._deaths = 0
        self._checked = 0.0
        self._storage_problem: str | None = None
        self._checking = asyncio.Lock()

    def watch(self, jobs: JobService) -> None:
        """Begin: the service runs."""
        self._jobs = jobs
        jobs.hub.watchers.append(self.hear)

    def hear(self, event: object) -> None:
        """Take note of how jobs end."""
        if not isinstance(event, JobEvent):
            return
        if event.type is EventType.COMPLETED:
            self._deaths = 0
        elif event.type is EventType.FAILED and event.error:
            self._deaths = self._deaths + 1 if event.error.code in ("worker_died", "worker_hung") else 0

    async def health(self) -> Health:
        """The state now; tries whether the store takes a change, at most every two seconds."""
        jobs = self._jobs
        if jobs is None:
            return Health(state=State.STARTING)
        if jobs.stopping:
            return Health(state=State.STOPPING)
        ended = None if jobs.works else "A part of the server ended in an unforeseen way: restart it."
        problem = ended or jobs.dispatcher.storage_problem or await self._check(jobs)
        if problem:
            return Health(state=State.DEGRADED, reason=problem)
        if self._deaths >= _DEATHS:
            reason = f"The last {self._deaths} jobs failed because their worker died or hung."
            return Health(state=State.DEGRADED, reason=reason)
        if jobs.dispatcher.paused:
            return Health(state=State.PAUSED, reason="Jobs are admitted and wait until the queue is resumed.")
        return Health(state=State.READY)

    async def _check(self, jobs: JobService) -> str | None:
        async with self._checking:
            if not self._checked or time.monotonic() - self._checked >= _CHECK_SECONDS:
                try:
                    async with asyncio.timeout(_CHECK_LIMIT):
                        await jobs.store.check()
                    self._storage_problem = None
                except StorageFailed as error:
                    self._storage_problem = error.message
                except TimeoutError:
                    self._storage_problem = f"The job database did not answer within {_CHECK_LIMIT:.0f} s."
                self._checked = time.monotonic()
            return self._storage_problem
