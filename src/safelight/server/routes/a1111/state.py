"""What a server keeps of its A1111 clients, in memory: their options, and the calls that wait for pictures."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import ClientDisconnect, HTTPConnection

from safelight.domain.errors import NotFound
from safelight.domain.jobs import Job, JobState
from safelight.domain.request import OutputFormat
from safelight.domain.values import Value
from safelight.domain.work import JobKind
from safelight.jobs.service import JobService


class Options(Value):
    """The settings that are honoured. `model` is a model's id; None stands for the server's default."""

    model: str | None = None
    clip_skip: int = 1
    format: OutputFormat = OutputFormat.PNG
    quality: int = 92
    metadata: bool = True
    previews: bool = True
    preview_every: int = 1


@dataclass(eq=False)
class Call:
    """A client's txt2img or img2img, while it waits: one job, or several when pictures were skipped.

    Attributes:
        owner: Who called.
        job: Id of the job that is drawn now.
        count: Pictures in all.
        offset: Of these, those that earlier jobs of the call drew or skipped.
        interrupted: Whether to answer with what is finished.
        skipped: Whether to leave the picture out that is drawn now, and go on.
        left: Whether its client went away.
    """

    owner: str
    job: str
    count: int
    offset: int = 0
    interrupted: bool = False
    skipped: bool = False
    left: bool = False


@dataclass
class DialectState:
    """All of it. `interrupted` and `skipped` name callers whose last call was, until their next one."""

    options: dict[str, Options] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    loading: Counter[str] = field(default_factory=Counter)
    interrupted: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def options_of(self, owner: str) -> Options:
        """A caller's options. Each has its own: one who switches the model does not switch it for others."""
        return self.options.get(owner, Options())

    def call_of(self, job: str) -> Call | None:
        """The call that waits for a job."""
        return next((call for call in self.calls if call.job == job), None)

    @contextlib.contextmanager
    def waiting(self, call: Call) -> Iterator[None]:
        """Keep `call` among those that wait for the length of a block; longer if its client goes away."""
        self.interrupted.discard(call.owner)
        self.skipped.discard(call.owner)
        self.calls.append(call)
        try:
            yield
        except ClientDisconnect:  # the job goes on, and can be interrupted still
            call.left = True
            raise
        finally:
            if not call.left:
                self.calls.remove(call)

    async def tidy(self, jobs: JobService) -> None:
        """Forget calls whose clients went away and whose jobs have ended since."""
        for call in [call for call in self.calls if call.left]:
            try:
                ended = (await jobs.store.get(call.job)).state.is_terminal
            except NotFound:
                ended = True
            if ended and call in self.calls:
                self.calls.remove(call)

    @contextlib.contextmanager
    def busy_loading(self, owner: str) -> Iterator[None]:
        """Show `owner` a busy server for the length of a block."""
        self.loading[owner] += 1
        try:
            yield
        finally:
            self.loading[owner] -= 1


async def running_job(jobs: JobService, owner: str) -> Job | None:
    """The job of `owner` that is loaded or drawn now."""
    found, _ = await jobs.store.page(
        states=(JobState.LOADING, JobState.RUNNING), kinds=(JobKind.GENERATE,), owner=owner, limit=1
    )
    return found[0] if found else None


def state_of(connection: HTTPConnection) -> DialectState:
    """The server's state of this dialect; made when it is first asked for."""
    shared = connection.app.state
    if not hasattr(shared, "a1111"):
        shared.a1111 = DialectState()
    return cast(DialectState, shared.a1111)


State = Annotated[DialectState, Depends(state_of)]
