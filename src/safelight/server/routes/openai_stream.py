"""OpenAI dialect: a job as Server-Sent Events: partial images, each picture once it is drawn, an error if any."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Literal

from safelight.domain.errors import Cancelled, SafelightError, Unavailable
from safelight.domain.jobs import EventType, Job, JobEvent
from safelight.jobs.events import JobPreview
from safelight.jobs.service import JobService
from safelight.server.problems import Problem
from safelight.server.routes.openai_answers import Body, Usage, encoded, streamed
from safelight.server.routes.openai_errors import worded
from safelight.server.streams import ALIVE, or_silence

Call = Literal["image_generation", "image_edit"]


async def stream(job: Job, body: Body, call: Call, partials: int, jobs: JobService) -> AsyncIterator[bytes]:
    """The events of a job, from its first, in OpenAI's form.

    Args:
        job: The job.
        body: As it was asked for.
        call: What the events' names begin with.
        partials: How many previews of each picture at most.
        jobs: The job service.
    """
    told = _Story(job, body, call, partials, jobs)
    with jobs.hub.listen(after=0, job=job.id) as listening:
        async for heard in or_silence(listening):
            if heard is None:
                yield ALIVE
                continue
            for block in await told.of(heard.event):
                yield block
            if isinstance(heard.event, JobEvent) and heard.event.state.is_terminal:
                return
    yield _error(Unavailable("The server stopped before the job ended.", hint="Ask again when it runs: it is kept."))


class _Story:
    """Turns what is heard of a job into blocks of the stream."""

    def __init__(self, job: Job, body: Body, call: Call, partials: int, jobs: JobService) -> None:
        self._job, self._call, self._partials, self._jobs = job, call, partials, jobs
        self._shared = streamed(job, body)
        self._sent: Counter[int] = Counter()
        self._drawn: set[int] = set()

    async def of(self, event: Any) -> list[bytes]:
        """The blocks for an event; none for what OpenAI's clients do not know."""
        if isinstance(event, JobPreview):
            return self._partial(event)
        if not isinstance(event, JobEvent):
            return []
        match event.type:
            case EventType.PICTURE if event.artifact and event.artifact.index not in self._drawn:
                self._drawn.add(event.artifact.index)
                picture = {
                    "b64_json": await encoded(self._job, event.artifact, self._jobs),
                    "output_format": event.artifact.format.value,
                    "seed": event.artifact.seed,
                    "usage": Usage().model_dump(),
                }
                return [_block(f"{self._call}.completed", self._shared | picture)]
            case EventType.FAILED if event.error:
                return [_error(event.error.raised())]
            case EventType.CANCELLED:
                return [_error(Cancelled(f"Job {event.job} was cancelled."))]
        return []

    def _partial(self, preview: JobPreview) -> list[bytes]:
        index = self._sent[preview.picture]
        if preview.picture in self._drawn or index >= self._partials:
            return []
        self._sent[preview.picture] += 1
        picture = {"b64_json": preview.image, "output_format": "jpeg", "partial_image_index": index}
        return [_block(f"{self._call}.partial_image", self._shared | picture)]


def _error(error: SafelightError) -> bytes:
    return _block("error", worded(Problem.of(error)))


def _block(kind: str, data: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | data)}\n\n".encode()
