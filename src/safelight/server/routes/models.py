"""Native dialect: models on disk and in memory. Ids may hold slashes, so routes with an id come last."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from safelight.catalog.hashing import HashCache
from safelight.catalog.selection import SortBy, TypeName, selected
from safelight.domain.models import ModelInfo
from safelight.domain.values import Value
from safelight.jobs.service import JobService
from safelight.server.access import Admin, Drawer, Jobs, Reader
from safelight.server.documented import DRAWING, answers
from safelight.server.model_folders import Directory, ModelType, directories, model_types
from safelight.server.model_views import ModelView, model_views
from safelight.server.routes import model_files
from safelight.server.routes.model_files import Outcome, unload_model
from safelight.workers.budget import machine_budget

router = APIRouter(prefix="/models", tags=["models"])
router.include_router(model_files.router)

ModelId = Annotated[str, Path(max_length=500, description="As `/models` lists it; it may hold slashes.")]


class ModelPage(Value):
    """One page of models; `total` counts all that match."""

    models: tuple[ModelView, ...]
    total: int
    page: int
    limit: int
    pages: int


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


@router.get("", summary="List models")
async def list_models(
    jobs: Jobs,
    caller: Reader,
    kind: Annotated[TypeName | None, Query(alias="type")] = None,
    search: Annotated[str, Query(max_length=200, description="Words in names and descriptions.")] = "",
    sort_by: SortBy = SortBy.NAME,
    sort_order: Literal["asc", "desc"] = "asc",
    page: Annotated[int, Query(ge=1, le=2**31)] = 1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ModelPage:
    """Models that came with Safelight and those in the models folders; those that can't be run with their `problem`."""
    models = await jobs.models.list()
    found = await asyncio.to_thread(selected, models, kind, search, sort_by, sort_order == "desc")
    first = (page - 1) * limit
    return ModelPage(
        models=tuple(await _views(jobs, found[first : first + limit])),
        total=len(found),
        page=page,
        limit=limit,
        pages=-(-len(found) // limit),
    )


@router.get("/types", summary="Types of models")
async def types(jobs: Jobs, caller: Reader) -> tuple[ModelType, ...]:
    """Every type that is recognised, how many models of it there are, and where they are looked for."""
    return model_types(await jobs.models.list())


@router.get("/directories", summary="Folders of models")
async def list_directories(jobs: Jobs, caller: Reader) -> tuple[Directory, ...]:
    """Whether the folders are there, what lies in them, and what room is left."""
    models = await jobs.models.list()
    return await asyncio.to_thread(directories, models, jobs.models.catalog, admin=caller.sees is None)


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
    """Look now. Changes are noticed without this, too: at once, or after five seconds where nothing can be watched."""
    jobs.models.refresh()
    return await stats(jobs, caller)


@router.post("/{model_id:path}/load", summary="Load a model into memory", responses=DRAWING)
async def load(model_id: ModelId, jobs: Jobs, caller: Drawer) -> ModelView:
    """Answers when it is loaded; others may have to leave for it."""
    model = await jobs.models.resolve(model_id)
    await jobs.pool.load(model)
    return (await _views(jobs, [model]))[0]


@router.post("/{model_id:path}/unload", summary="Unload a model", responses=answers(404))
async def unload(model_id: ModelId, jobs: Jobs, caller: Admin) -> Outcome:
    """At once, or when the jobs on it have ended. Nothing happens when it is not loaded."""
    return await unload_model(model_id, jobs)


@router.get("/{model_id:path}", summary="Show a model", responses=answers(404))
async def show(model_id: ModelId, jobs: Jobs, caller: Reader) -> ModelView:
    """A model by its id, its file's name, or its path below the models folder."""
    return (await _views(jobs, [await jobs.models.resolve(model_id)]))[0]


async def _views(jobs: JobService, models: list[ModelInfo]) -> list[ModelView]:
    hashes = HashCache(jobs.settings.cache_dir)
    return await asyncio.to_thread(model_views, models, jobs.models.catalog, hashes, jobs.pool.loaded())
