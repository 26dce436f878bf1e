"""Native dialect: what is done with lists of models: load, unload, check, hash."""

from __future__ import annotations

import asyncio
from enum import Enum, StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from safelight.catalog.hashing import HashCache, Progress, hashed_files
from safelight.catalog.index import Listing
from safelight.catalog.samples import look
from safelight.catalog.validation import read_whole
from safelight.domain.errors import InvalidInput, SafelightError, Unavailable
from safelight.domain.jobs import JobError
from safelight.domain.models import ModelFormat, ModelInfo, ModelKind
from safelight.domain.values import Value
from safelight.domain.work import HashRequest
from safelight.jobs.service import JobService
from safelight.server.access import Drawer, Jobs, require
from safelight.server.auth.callers import Scope
from safelight.server.documented import Responses, answers
from safelight.server.lanes import InLanes, Lanes
from safelight.server.model_views import engines_of
from safelight.server.views import JobView, job_view

router = APIRouter()

_QUEUED: Responses = {HTTPStatus.ACCEPTED: {"model": JobView, "description": "Queued, as `wait` was false."}} | answers(
    404, 429
)

Names = Annotated[tuple[str, ...], Field(max_length=1000)]


class Operation(StrEnum):
    """What `/models/batch` can do to every model in a list."""

    LOAD = "load"
    UNLOAD = "unload"
    VALIDATE = "validate"
    HASH = "hash"


class _Depth(Enum):
    """How deep a file is looked into when it is checked."""

    HEADERS = 1
    NUMBERS = 2
    WHOLE = 3


class BatchBody(Value):
    """Do `operation` with each of `models`."""

    operation: Operation
    models: Annotated[Names, Field(min_length=1)]


class NamesBody(Value):
    """Names of models; none means all."""

    models: Names = ()


class HashBody(NamesBody):
    """Names of models; none means all.

    Attributes:
        wait: Answer with the checksums, or at once with a job that computes them.
    """

    wait: bool = True


class ValidateBody(NamesBody):
    """Names of models; none means all.

    Attributes:
        whole: Read the files to their last byte, rather than headers and some numbers. It takes as long as copying,
            so the models must be named.
    """

    whole: bool = False


class Outcome(Value):
    """What became of one model of a list.

    Attributes:
        ok: Whether it was done, or the file is in order.
        error: Why not.
        engines: Engines that run it, after `validate`.
        bytes_read: How much of it was read, after `validate` with `whole`.
        doubts: What is allowed in its files, but odd, after `validate`.
        checked: What of its numbers was looked at, and what was not, after the same.
        sha256: After `hash`.
        was_loaded: Whether it was in memory before `load` or `unload`.
        loaded: Whether it is now; a busy one is unloaded when its jobs end.
    """

    model: str
    ok: bool
    error: JobError | None = None
    engines: tuple[str, ...] | None = None
    bytes_read: int | None = None
    doubts: tuple[str, ...] | None = None
    checked: str | None = None
    sha256: str | None = None
    was_loaded: bool | None = None
    loaded: bool | None = None


class Outcomes(Value):
    """What became of each model, in the order asked for."""

    results: tuple[Outcome, ...]
    failed: int

    @classmethod
    def of(cls, results: list[Outcome]) -> Outcomes:
        """The same, counted."""
        return cls(results=tuple(results), failed=sum(not result.ok for result in results))


_ALL = HashBody()
_DRAWING = frozenset({ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL, ModelKind.UNKNOWN})
"""Kinds that are of no use unless an engine runs them."""

_ALL_HEADERS = ValidateBody()


@router.post("/batch", summary="Load, unload, check or hash several models")
async def batch(body: BatchBody, jobs: Jobs, lanes: InLanes, caller: Drawer) -> Outcomes:
    """One after another, in the order given; what fails is told beside what worked. Unloading is for admins."""
    if body.operation is Operation.UNLOAD:
        require(caller, Scope.ADMIN, "unloading models")
    listed = await jobs.models.listing()
    return Outcomes.of([await _do(body.operation, name, listed, jobs, lanes) for name in body.models])


@router.post("/validate", summary="Check model files")
async def validate(jobs: Jobs, lanes: InLanes, caller: Drawer, body: ValidateBody = _ALL_HEADERS) -> Outcomes:
    """Read the files' headers anew, and of those named some numbers or all of it, and say whether an engine runs them.

    LoRAs, VAEs and other files that help a model are in order when they can be read.
    """
    if body.whole and not body.models:
        raise InvalidInput("Whole files are read of models that are named.", hint="Give their names as `models`.")
    jobs.models.refresh()
    listed = await jobs.models.listing()
    names = body.models or listed.ids
    depth = _Depth.WHOLE if body.whole else _Depth.NUMBERS if body.models else _Depth.HEADERS
    return Outcomes.of([await _do(Operation.VALIDATE, name, listed, jobs, lanes, depth) for name in names])


@router.post("/hash", summary="SHA-256 of model files", responses=_QUEUED | answers(404, 429))
async def hash_models(
    response: Response, jobs: Jobs, lanes: InLanes, caller: Drawer, body: HashBody = _ALL
) -> Outcomes | JobView:
    """Compute what is not known yet, one file after another, beside the drawing."""
    listed = await jobs.models.listing()
    names = body.models or listed.ids
    if body.wait:
        return Outcomes.of([await _do(Operation.HASH, name, listed, jobs, lanes) for name in names])
    for name in body.models:
        await listed.resolve(name)
    job = await jobs.begin_once(HashRequest.of(names), caller.name)
    response.status_code = HTTPStatus.ACCEPTED
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return await job_view(jobs, job)


async def _do(
    operation: Operation,
    name: str,
    listed: Listing,
    jobs: JobService,
    lanes: Lanes,
    depth: _Depth = _Depth.NUMBERS,
) -> Outcome:
    try:
        match operation:
            case Operation.LOAD:
                model = await listed.resolve(name)
                before = jobs.pool.is_loaded(model.id)
                await jobs.pool.load(model)
                return Outcome(model=name, ok=True, was_loaded=before, loaded=jobs.pool.is_loaded(model.id))
            case Operation.UNLOAD:
                return await unload_model(name, jobs)
            case Operation.VALIDATE:
                model = await listed.resolve(name)
                await asyncio.to_thread(jobs.models.catalog.read_again, model)
                checked = _checked(name, model)
                if depth is _Depth.HEADERS or model.format is ModelFormat.TEXT:
                    return checked
                if depth is _Depth.WHOLE:
                    read = await lanes.hashing.run(read_whole, model.path, _until_stopped(jobs))
                    facts = {"bytes_read": read.bytes, "doubts": read.doubts, "checked": read.checked}
                else:
                    looked = await asyncio.to_thread(look, hashed_files(model))
                    facts = {"doubts": looked.doubts, "checked": looked.sentence}
                return checked.model_copy(update=facts)
            case Operation.HASH:
                model = await listed.resolve(name)
                return Outcome(model=name, ok=True, sha256=await lanes.hashing.run(_hash, model, jobs))
    except SafelightError as error:
        return Outcome(model=name, ok=False, error=JobError.of(error))


async def unload_model(name: str, jobs: JobService) -> Outcome:
    """Unload a model at once, or when its jobs have ended. Raises NotFound."""
    loaded = {one.model.id for one in jobs.pool.loaded()}
    model_id = name if name in loaded else (await jobs.models.resolve(name)).id  # its file may be gone already
    found = await jobs.pool.unload(model_id)
    return Outcome(model=name, ok=True, was_loaded=found, loaded=jobs.pool.is_loaded(model_id))


def _checked(name: str, model: ModelInfo) -> Outcome:
    engines = engines_of(model)
    if engines or model.kind not in _DRAWING:
        return Outcome(model=name, ok=True, engines=engines)
    seen = f"{model.kind.value} of architecture {model.architecture or 'unknown'}"
    said = model.problem or f"No engine here runs a {seen}."
    return Outcome(model=name, ok=False, engines=(), error=JobError(code="unsupported_model", message=said))


def _hash(model: ModelInfo, jobs: JobService) -> str:
    return HashCache(jobs.settings.cache_dir).sha256(*hashed_files(model), progress=_until_stopped(jobs))


def _until_stopped(jobs: JobService) -> Progress:
    def check(done: int, total: int) -> None:
        if jobs.stopping:
            raise Unavailable("The server is stopping.")

    return check
