"""Native dialect: live events, as Server-Sent Events and over a WebSocket with the same messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, WebSocket
from fastapi.responses import StreamingResponse

from safelight.domain.errors import InvalidInput, NotFound
from safelight.jobs.events import Listening
from safelight.jobs.service import JobService
from safelight.server.access import Jobs, Reader
from safelight.server.documented import Responses, answers
from safelight.server.streams import ALIVE, or_silence

router = APIRouter(tags=["events"])

_STREAM: Responses = {200: {"content": {"text/event-stream": {}}}}

After = Annotated[
    int | None, Query(ge=0, le=2**62, description="Replay durable events after this number; 0 replays all there are.")
]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="Sent by browsers that reconnect.")]
JobFilter = Annotated[str | None, Query(alias="job", max_length=64, description="Only this job's events.")]


@router.get(
    "/events",
    summary="Listen to what happens",
    response_class=StreamingResponse,
    responses=_STREAM | answers(404),
)
async def events(
    jobs: Jobs, caller: Reader, job: JobFilter = None, after: After = None, last_event_id: LastEventId = None
) -> Response:
    """Server-Sent Events: transitions with an id, progress and previews without one.

    A listener that reconnects with `Last-Event-ID` gets every transition it missed, then the latest progress. Without
    it, listening to everything starts now, and listening to one job starts with the job's first transition.
    """
    if job:
        await jobs.get(job, caller.sees)
    start = await _start(jobs, job, after, last_event_id)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(jobs, start, job, caller.sees), media_type="text/event-stream", headers=headers)


@router.websocket("/events/ws")
async def events_ws(
    websocket: WebSocket, jobs: Jobs, caller: Reader, job: JobFilter = None, after: After = None
) -> None:
    """The same messages, one JSON text each."""
    if job:
        try:
            await jobs.get(job, caller.sees)
        except NotFound as error:
            await websocket.close(1008, error.message)
            return
    start = await _start(jobs, job, after, None)
    await websocket.accept()
    with jobs.hub.listen(after=start, job=job, owner=caller.sees) as listening:
        tasks = {asyncio.create_task(_send(websocket, listening)), asyncio.create_task(_until_it_leaves(websocket))}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _until_it_leaves(websocket: WebSocket) -> None:
    """Pass over whatever the client says."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _send(websocket: WebSocket, listening: Listening) -> None:
    async for told in listening:
        await websocket.send_text(told.json)
    await websocket.close(1001)


async def _start(jobs: JobService, job: str | None, after: int | None, last_event_id: str | None) -> int:
    if last_event_id:
        if not last_event_id.isascii() or not last_event_id.isdigit():
            raise InvalidInput("Last-Event-ID is not the number of an event.")
        after = int(last_event_id[:19])
    newest = await jobs.store.last_event()
    if after is not None:
        return after if after <= newest else 0  # a number of another store: everything here is new to the listener
    return 0 if job else newest


async def _stream(jobs: JobService, after: int, job: str | None, owner: str | None) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    with jobs.hub.listen(after=after, job=job, owner=owner) as listening:
        async for told in or_silence(listening):
            yield told.sse if told else ALIVE
