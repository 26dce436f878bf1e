"""Socket.IO dialect: what is done for one socket, in the events that the tutorial's page sends and expects.

A socket that leaves stops being told; what it asked for goes on, as every job does.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError

from safelight.domain.draft import GenerationDraft
from safelight.domain.errors import InvalidInput, SafelightError, Unavailable
from safelight.domain.events import Phase
from safelight.domain.jobs import EventType, Job, JobEvent
from safelight.domain.models import ModelInfo
from safelight.domain.request import MIN_SIDE
from safelight.domain.values import Value
from safelight.jobs.events import JobProgress
from safelight.jobs.orders import Order
from safelight.jobs.service import JobService
from safelight.server.auth.callers import Caller
from safelight.server.problems import first_sentence
from safelight.server.socketio_download import fetched, progress

log = logging.getLogger(__name__)

Say = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Sends an event with its data to the socket."""

_RATIO = re.compile(r"([1-9][0-9]?):([1-9][0-9]?)")


class GenerateEvent(Value):
    """The data of `generate`. The tutorial's page sends `prompt` and `ratio`; the rest is ours, unknown is ignored."""

    model_config = ConfigDict(extra="ignore")

    prompt: str = ""
    ratio: str | None = None
    negative_prompt: str = ""
    model: str | None = None
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg_scale: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    seed: int | None = None


class LoadEvent(Value):
    """The data of `trigger-model-download`, of which the tutorial's page sends none.

    Attributes:
        model: One that is here, by name; the server's own without it.
        source: One that is elsewhere, as `safelight models pull` takes it.
        name: What to call that one here.
    """

    model_config = ConfigDict(extra="ignore")

    model: str | None = None
    source: str | None = None
    name: str | None = None


class Visit:
    """One socket from its connection to its end.

    Args:
        jobs: The job service.
        caller: Who it is.
        say: Sends to it.
    """

    def __init__(self, jobs: JobService, caller: Caller, say: Say) -> None:
        self._jobs, self._caller, self._say = jobs, caller, say
        self._doing: set[asyncio.Task[Any]] = set()
        self._loading: dict[str, Any] | None = None

    def end(self) -> None:
        """The socket is gone: follow nothing any more."""
        for task in self._doing:
            task.cancel()

    async def load(self, data: object) -> None:
        """Make sure the model is loaded; one that is elsewhere, or lacks something, is downloaded first."""
        if self._loading is not None:
            await self._say("model-download-progress", self._loading)
            return
        await self._tell(0, "Loading the model...", None, quietly=True)
        model: ModelInfo | None = None
        try:
            wanted = _read(LoadEvent, data)
            name = wanted.model or self._jobs.settings.model
            model = await fetched(wanted.source, name, self._jobs, self._caller, self._tell, name=wanted.name)
            if not self._jobs.pool.is_loaded(model.id):
                await self._tell(0, "Loading the model...", model.bytes)
                await self._jobs.pool.load(model)
            await self._tell(100, "Model fully loaded locally.", model.bytes)
        except SafelightError as error:
            failed = f"Failed to load model: {error}"
            await self._tell(0, failed, model.bytes if model else None)
            await self._say("error_event", {"message": failed})
        except Exception as error:
            log.exception("loading for a socket failed in an unforeseen way")
            await self._say("error_event", {"message": f"Failed to load model: an unforeseen {type(error).__name__}."})
        finally:
            self._loading = None

    async def _tell(self, percent: int, status: str, size: int | None, *, quietly: bool = False) -> None:
        """Say how far the model is, and keep it for who asks meanwhile."""
        self._loading = progress(percent, status, size)
        if not quietly:
            await self._say("model-download-progress", self._loading)

    async def generate(self, data: object) -> None:
        """Draw a picture, and tell how far it is until it is there."""
        if not isinstance(data, dict) or not str(data.get("prompt") or "").strip():
            await self._say("error_event", {"message": "Prompt is required"})
            return
        task = asyncio.current_task()
        if task:
            self._doing.add(task)
        try:
            await self._say("progress", _progress(0, "Starting diffusion process...", "DIFFUSION INITIALIZING"))
            wanted = _read(GenerateEvent, data)
            order = await self._order(wanted)
            await self._follow(await self._jobs.submit(order, self._caller.name), wanted.prompt)
        except SafelightError as error:
            await self._say("error_event", {"message": f"Image generation failed: {error}"})
        except Exception as error:
            log.exception("a socket's request failed in an unforeseen way")
            message = f"Image generation failed: an unforeseen {type(error).__name__}."
            await self._say("error_event", {"message": message})
        finally:
            if task:
                self._doing.discard(task)

    async def _order(self, wanted: GenerateEvent) -> Order:
        given = wanted.model_dump(exclude={"ratio", "model"})
        if wanted.ratio and wanted.width is None and wanted.height is None:
            model = await self._jobs.models.resolve(wanted.model or self._jobs.settings.model)
            given |= _sides(wanted.ratio, model)
        return Order(draft=GenerationDraft(**given), model=wanted.model)

    async def _follow(self, job: Job, prompt: str) -> None:
        with self._jobs.hub.listen(after=0, job=job.id) as listening:
            async for told in listening:
                match told.event:
                    case JobProgress() as event:
                        await self._say("progress", _heard(event))
                    case JobEvent(type=EventType.COMPLETED):
                        await self._say("success", await self._picture(job.id, prompt))
                        return
                    case JobEvent(type=EventType.CANCELLED):
                        await self._say("error_event", {"message": "Image generation failed: it was cancelled."})
                        return
                    case JobEvent(type=EventType.FAILED, error=error) if error:
                        raise error.raised()
                    case JobEvent(type=EventType.FALLBACK, plan=plan, reason=reason) if plan:
                        status = f"{reason} Automatically falling back to {plan.device.upper()} mode..."
                        await self._say("progress", _progress(0, status, f"{plan.device.upper()} FALLBACK LOADING"))
                    case JobEvent(type=EventType.LOADING) if not self._jobs.pool.is_loaded(job.drawing.model):
                        await self._say("progress", _progress(0, "Loading the model...", "MODEL LOADING"))
        raise Unavailable("The server stopped.", hint="The job is kept, unless the server is private.")

    async def _picture(self, job_id: str, prompt: str) -> dict[str, Any]:
        job = await self._jobs.get(job_id)
        artifact = job.artifacts[0]
        data = await self._jobs.images.read(job.id, job.created, artifact.name)
        url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        return {"url": url, "prompt": prompt, "seed": artifact.seed}


_Sent = TypeVar("_Sent", GenerateEvent, LoadEvent)


def _read(kind: type[_Sent], data: object) -> _Sent:
    try:
        return kind.model_validate(data if isinstance(data, dict) else {})
    except ValidationError as error:
        raise InvalidInput(first_sentence(list(error.errors()))) from error


def _sides(ratio: str, model: ModelInfo) -> dict[str, int]:
    """Width and height of about the model's usual area; none for a ratio that is not like 16:9."""
    found = _RATIO.fullmatch(ratio.strip())
    if not found:
        return {}
    across = math.sqrt(int(found[1]) / int(found[2]))
    usual = math.sqrt(model.defaults.size.width * model.defaults.size.height)
    side = max(usual, MIN_SIDE * max(across, 1 / across))
    return {"width": round(side * across / 8) * 8, "height": round(side / across / 8) * 8}


def _heard(event: JobProgress) -> dict[str, Any]:
    if event.phase is Phase.DENOISING and event.step:
        return _progress(round(event.percent), f"Denoising step {event.step}/{event.steps}...", "RUNNING DIFFUSION")
    if event.phase is Phase.DECODING:
        return _progress(round(event.percent), "Decoding the picture...", "RUNNING DIFFUSION")
    return _progress(0, "Starting diffusion process...", "DIFFUSION INITIALIZING")


def _progress(percent: int, status: str, sub: str) -> dict[str, Any]:
    return {"percent": percent, "status": status, "sub": sub}
