"""Native dialect: models on disk and in memory. Ids may hold slashes, so routes with an id come last."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import Counter
from enum import StrEnum
from pathlib import Path as Folder
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from safelight.catalog.hashing import HashCache, hashed_files
from safelight.domain.errors import SafelightError, Unavailable
from safelight.domain.jobs import JobError
from safelight.domain.models import ModelInfo, ModelKind
from safelight.domain.values import Value
from safelight.jobs.service import JobService
from safelight.server.access import Admin, Drawer, Jobs, Reader, require
from safelight.server.auth.callers import Scope
from safelight.server.documented import DRAWING, answers
from safelight.server.lanes import InLanes, Lanes
from safelight.server.model_views import ModelView, SortBy, engines_of, model_views, selected
from safelight.server.orders import refuse_unbuilt
from safelight.workers.budget import machine_budget

router = APIRouter(prefix="/models", tags=["models"])

ModelId = Annotated[str, Path(max_length=500, description="As `/models` lists it; it may hold slashes.")]
Names = Annotated[tuple[str, ...], Field(max_length=1000)]

_ABOUT = {
    ModelKind.CHECKPOINT: "A whole model: diffusion model, text encoder and VAE.",
    ModelKind.DIFFUSION_MODEL: "A UNet or transformer alone.",
    ModelKind.VAE: "Turns latents into pictures and back.",
    ModelKind.TEXT_ENCODER: "Turns words into what a diffusion model reads.",
    ModelKind.LORA: "A small change to a checkpoint's weights.",
    ModelKind.EMBEDDING: "A textual inversion: a word of its own.",
    ModelKind.CONTROLNET: "Lets a picture steer the drawing.",
    ModelKind.UPSCALER: "Enlarges pictures.",
    ModelKind.UNKNOWN: "Not recognised.",
}
_DRAWS = frozenset({ModelKind.CHECKPOINT})


class ModelPage(Value):
    """One page of models; `total` counts all that match."""

    models: tuple[ModelView, ...]
    total: int
    page: int
    limit: int
    pages: int


class ModelType(Value):
    """A type of models; `supported` says whether anything here uses it yet."""

    type: ModelKind
    description: str
    supported: bool
    count: int


class Directory(Value):
    """A folder of models; `path` is for admins only."""

    name: Literal["models", "embedded"]
    path: str | None
    exists: bool
    readable: bool
    writable: bool
    models: int
    bytes: int
    free_bytes: int | None


class Stats(Value):
    """What there is and what was loaded; `crashes` counts dead workers by signal, exit code or `hung`."""

    models: int
    bytes: int
    unusable: int
    by_type: dict[str, int]
    by_architecture: dict[str, int]
    by_format: dict[str, int]
    loaded: tuple[str, ...]
    loaded_bytes: int
    memory_budget: int
    loads: int
    load_seconds: float
    evictions: int
    fallbacks: int
    crashes: dict[str, int]


class Operation(StrEnum):
    """What `/models/batch` can do to every model in a list."""

    LOAD = "load"
    UNLOAD = "unload"
    VALIDATE = "validate"
    HASH = "hash"


class BatchBody(Value):
    """Do `operation` with each of `models`."""

    operation: Operation
    models: Annotated[Names, Field(min_length=1)]


class NamesBody(Value):
    """Names of models; none means all."""

    models: Names = ()


class Outcome(Value):
    """What became of one model of a list.

    Attributes:
        ok: Whether it was done, or the file is in order.
        error: Why not.
        engines: Engines that run it, after `validate`.
        sha256: After `hash`.
        was_loaded: Whether it was in memory before `load` or `unload`.
        loaded: Whether it is now; a busy one is unloaded when its jobs end.
    """

    model: str
    ok: bool
    error: JobError | None = None
    engines: tuple[str, ...] | None = None
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


class ConvertBody(Value):
    """A model to store in another number type, which is not offered yet."""

    model_name: str
    quantization_type: str
    output_path: str | None = None


_ALL = NamesBody()


@router.get("", summary="List models")
async def list_models(
    jobs: Jobs,
    caller: Reader,
    kind: Annotated[ModelKind | None, Query(alias="type")] = None,
    search: Annotated[str, Query(max_length=200, description="Words in names and descriptions.")] = "",
    sort_by: SortBy = SortBy.NAME,
    sort_order: Literal["asc", "desc"] = "asc",
    page: Annotated[int, Query(ge=1, le=2**31)] = 1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ModelPage:
    """Models that came with Safelight and those in the models folder; unusable ones with their `problem`."""
    found = selected(await _views(jobs, await jobs.models.list()), kind, search, sort_by, sort_order == "desc")
    first = (page - 1) * limit
    return ModelPage(
        models=tuple(found[first : first + limit]),
        total=len(found),
        page=page,
        limit=limit,
        pages=-(-len(found) // limit),
    )


@router.get("/types", summary="Types of models")
async def types(jobs: Jobs, caller: Reader) -> tuple[ModelType, ...]:
    """Every type that is recognised, and how many models of it there are."""
    count = Counter(model.kind for model in await jobs.models.list())
    return tuple(
        ModelType(type=kind, description=about, supported=kind in _DRAWS, count=count[kind])
        for kind, about in _ABOUT.items()
    )


@router.get("/directories", summary="Folders of models")
async def directories(jobs: Jobs, caller: Reader) -> tuple[Directory, ...]:
    """Whether the folders are there, and what room is left."""
    models = await jobs.models.list()
    catalog, admin = jobs.models.catalog, caller.sees is None
    return (
        await asyncio.to_thread(_directory, "models", catalog.models_dir, models, admin),
        await asyncio.to_thread(_directory, "embedded", catalog.embedded_dir, models, admin),
    )


@router.get("/stats", summary="Numbers about models")
async def stats(jobs: Jobs, caller: Reader) -> Stats:
    """What lies on the disk, what is in memory, and what loading did since the server started."""
    models = await jobs.models.list()
    loaded, counters = jobs.pool.loaded(), jobs.pool.counters
    return Stats(
        models=len(models),
        bytes=sum(model.bytes for model in models),
        unusable=sum(model.problem is not None for model in models),
        by_type=Counter(model.kind.value for model in models),
        by_architecture=Counter(model.architecture or "unknown" for model in models),
        by_format=Counter(model.format.value for model in models),
        loaded=tuple(one.model.id for one in loaded),
        loaded_bytes=sum(one.memory for one in loaded),
        memory_budget=machine_budget(jobs.settings),
        loads=counters.loads,
        load_seconds=round(counters.load_seconds_total, 3),
        evictions=counters.evictions,
        fallbacks=counters.fallbacks,
        crashes=counters.crashes,
    )


@router.post("/refresh", summary="Look at the folders again")
async def refresh(jobs: Jobs, caller: Drawer) -> Stats:
    """Forget what was read of the files. Changes are seen after five seconds without this, too."""
    jobs.models.refresh()
    return await stats(jobs, caller)


@router.post("/batch", summary="Load, unload, check or hash several models")
async def batch(body: BatchBody, jobs: Jobs, lanes: InLanes, caller: Drawer) -> Outcomes:
    """One after another, in the order given; what fails is told beside what worked. Unloading is for admins."""
    if body.operation is Operation.UNLOAD:
        require(caller, Scope.ADMIN, "unloading models")
    return Outcomes.of([await _do(body.operation, name, jobs, lanes) for name in body.models])


@router.post("/validate", summary="Check model files")
async def validate(jobs: Jobs, lanes: InLanes, caller: Drawer, body: NamesBody = _ALL) -> Outcomes:
    """Read the files' headers anew, and say whether an engine here runs them."""
    jobs.models.refresh()
    return Outcomes.of([await _do(Operation.VALIDATE, name, jobs, lanes) for name in await _names(body, jobs)])


@router.post("/hash", summary="SHA-256 of model files")
async def hash_models(jobs: Jobs, lanes: InLanes, caller: Drawer, body: NamesBody = _ALL) -> Outcomes:
    """Compute what is not known yet, one file after another, beside the drawing."""
    return Outcomes.of([await _do(Operation.HASH, name, jobs, lanes) for name in await _names(body, jobs)])


@router.post("/convert", summary="Not built yet", responses=answers(501))
async def convert(body: ConvertBody, caller: Drawer) -> Outcomes:
    """Answers 501: conversion is not offered yet."""
    raise refuse_unbuilt("Converting models")


@router.post("/{model_id:path}/load", summary="Load a model into memory", responses=DRAWING)
async def load(model_id: ModelId, jobs: Jobs, caller: Drawer) -> ModelView:
    """Answers when it is loaded; others may have to leave for it."""
    model = await jobs.models.resolve(model_id)
    await jobs.pool.load(model)
    return (await _views(jobs, [model]))[0]


@router.post("/{model_id:path}/unload", summary="Unload a model", responses=answers(404))
async def unload(model_id: ModelId, jobs: Jobs, caller: Admin) -> Outcome:
    """At once, or when the jobs on it have ended. Nothing happens when it is not loaded."""
    return await _unload(model_id, jobs)


@router.get("/{model_id:path}", summary="Show a model", responses=answers(404))
async def show(model_id: ModelId, jobs: Jobs, caller: Reader) -> ModelView:
    """A model by its id, its file's name, or its path below the models folder."""
    return (await _views(jobs, [await jobs.models.resolve(model_id)]))[0]


async def _views(jobs: JobService, models: list[ModelInfo]) -> list[ModelView]:
    return await asyncio.to_thread(
        model_views, models, jobs.models.catalog, jobs.settings.cache_dir, jobs.pool.loaded()
    )


async def _names(body: NamesBody, jobs: JobService) -> tuple[str, ...]:
    return body.models or tuple(model.id for model in await jobs.models.list())


async def _do(operation: Operation, name: str, jobs: JobService, lanes: Lanes) -> Outcome:
    try:
        match operation:
            case Operation.LOAD:
                model = await jobs.models.resolve(name)
                before = jobs.pool.is_loaded(model.id)
                await jobs.pool.load(model)
                return Outcome(model=name, ok=True, was_loaded=before, loaded=jobs.pool.is_loaded(model.id))
            case Operation.UNLOAD:
                return await _unload(name, jobs)
            case Operation.VALIDATE:
                model = await jobs.models.resolve(name)
                return _checked(name, model)
            case Operation.HASH:
                model = await jobs.models.resolve(name)
                return Outcome(model=name, ok=True, sha256=await lanes.hashing.run(_hash, model, jobs))
    except SafelightError as error:
        return Outcome(model=name, ok=False, error=JobError.of(error))


async def _unload(name: str, jobs: JobService) -> Outcome:
    loaded = {one.model.id for one in jobs.pool.loaded()}
    model_id = name if name in loaded else (await jobs.models.resolve(name)).id  # its file may be gone already
    found = await jobs.pool.unload(model_id)
    return Outcome(model=name, ok=True, was_loaded=found, loaded=jobs.pool.is_loaded(model_id))


def _checked(name: str, model: ModelInfo) -> Outcome:
    engines = engines_of(model)
    if engines:
        return Outcome(model=name, ok=True, engines=engines)
    seen = f"{model.kind.value} of architecture {model.architecture or 'unknown'}"
    said = model.problem or f"No engine here runs a {seen}."
    return Outcome(model=name, ok=False, engines=(), error=JobError(code="unsupported_model", message=said))


def _hash(model: ModelInfo, jobs: JobService) -> str:
    def check(done: int, total: int) -> None:
        if jobs.stopping:
            raise Unavailable("The server is stopping.")

    return HashCache(jobs.settings.cache_dir).sha256(*hashed_files(model), progress=check)


def _directory(name: Literal["models", "embedded"], folder: Folder, models: list[ModelInfo], admin: bool) -> Directory:
    inside = [model for model in models if model.path.is_relative_to(folder)]
    return Directory(
        name=name,
        path=str(folder) if admin else None,
        exists=folder.is_dir(),
        readable=os.access(folder, os.R_OK | os.X_OK),
        writable=os.access(folder, os.W_OK),
        models=len(inside),
        bytes=sum(model.bytes for model in inside),
        free_bytes=shutil.disk_usage(folder).free if folder.is_dir() else None,
    )
