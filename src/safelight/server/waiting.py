"""Waits for a job on behalf of a client that may go away meanwhile."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from safelight.domain.errors import Cancelled, SafelightError
from safelight.domain.jobs import Job, JobState
from safelight.jobs.service import JobService


async def wait_for(jobs: JobService, job: Job, request: Request) -> Job:
    """Wait until `job` ended, whichever way.

    Raises:
        ClientDisconnect: The client went away; the job is kept or cancelled, as it was asked for.
    """
    ending = asyncio.create_task(jobs.wait(job.id))
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({ending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            return ending.result()
    finally:
        for task in (ending, leaving):
            task.cancel()
        await asyncio.gather(ending, leaving, return_exceptions=True)
    await jobs.left(job)
    raise ClientDisconnect


async def completed(jobs: JobService, job: Job, request: Request) -> Job:
    """Wait until `job` is completed.

    Raises:
        SafelightError: It failed, as the error it failed by; Cancelled: it was cancelled.
        ClientDisconnect: The client went away.
    """
    ended = await wait_for(jobs, job, request)
    if ended.state is JobState.COMPLETED:
        return ended
    if ended.error:
        raise ended.error.raised()
    if ended.state is JobState.CANCELLED:
        raise Cancelled(f"Job {job.id} was cancelled.")
    raise SafelightError(f"Job {job.id} {ended.state.value}.")


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
