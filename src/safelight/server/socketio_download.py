"""Socket.IO dialect: a model that a page asks for and that is not here yet, or not whole, is downloaded first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from safelight.catalog.downloads.offers import check_name
from safelight.catalog.downloads.sources import parse_source
from safelight.domain.errors import Cancelled, SafelightError, Unavailable
from safelight.domain.events import Phase
from safelight.domain.jobs import EventType, Job, JobEvent
from safelight.domain.models import ModelInfo
from safelight.domain.work import DownloadRequest
from safelight.jobs.events import JobProgress
from safelight.jobs.service import JobService
from safelight.server.access import require
from safelight.server.auth.callers import Caller, Scope

Tell = Callable[[int, str, int | None], Awaitable[None]]
"""Takes percent, a sentence, and the bytes in all when they are known."""


async def fetched(
    source: str | None, model: str, jobs: JobService, caller: Caller, tell: Tell, *, name: str | None = None
) -> ModelInfo:
    """The model to load: what `source` brings, or the one called `model`, with what it lacks.

    Args:
        source: Where it is; None for a model that is here.
        model: Its name in the catalog.
        jobs: The job service.
        caller: Who asks; downloading needs an admin.
        tell: Hears how far the download is.
        name: What to call the file here.

    Raises:
        Forbidden: The caller may not download.
        NotFound, SafelightError: As the catalog and the download say.
    """
    if source is None:
        found = await jobs.models.resolve(model)
        lacking = [one for one in await jobs.models.missing(found) if one.offer and not one.optional]
        if not found.problem or not lacking or not caller.may(Scope.ADMIN):
            return found
        await _download(DownloadRequest(source=f"missing:{found.id}"), jobs, caller, tell)
        return await jobs.models.resolve(found.id)
    require(caller, Scope.ADMIN, "downloading models")
    parse_source(source)
    request = DownloadRequest.of(source, name=check_name(name) if name else None)
    ended = await _download(request, jobs, caller, tell)
    return await jobs.models.resolve(ended.files[0].name)


async def _download(request: DownloadRequest, jobs: JobService, caller: Caller, tell: Tell) -> Job:
    """Download, and tell how far it is; return the completed job."""
    await tell(0, "Initiating model download...", None)
    job = await jobs.begin_once(request, caller.name)
    with jobs.hub.listen(after=0, job=job.id) as listening:
        async for told in listening:
            match told.event:
                case JobProgress() as event:
                    await tell(round(event.percent), _said(event), event.total)
                case JobEvent(type=EventType.COMPLETED):
                    return await jobs.get(job.id)
                case JobEvent(type=EventType.CANCELLED):
                    raise Cancelled("The download was cancelled.")
                case JobEvent(type=EventType.FAILED, error=error):
                    raise error.raised() if error else SafelightError("The download failed.")
    raise Unavailable("The server stopped.", hint="The download goes on when it starts again.")


def _said(event: JobProgress) -> str:
    if event.phase is Phase.DOWNLOADING:
        return f"Downloading model weights... ({event.percent:.1f}%)"
    return f"{event.phase.value.capitalize()} {event.item or 'the model'}..."


def size_of(count: int | None) -> str:
    """Bytes as the tutorial's page shows them."""
    return "" if count is None else f"{count / 2**30:.2f} GB"


def progress(percent: int, status: str, size: int | None) -> dict[str, Any]:
    """The data of `model-download-progress`."""
    return {"percent": percent, "status": status, "size": size_of(size)}
