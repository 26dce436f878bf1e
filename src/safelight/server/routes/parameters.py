"""Native dialect: what can be asked for, whether an order is in order, and what it will take."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from safelight.domain.models import ModelInfo
from safelight.domain.request import Mode
from safelight.domain.samplers import SAMPLERS, SCHEDULERS, Named
from safelight.domain.values import Value
from safelight.engines.spec import engine_for, engine_specs
from safelight.jobs.estimate import Estimate, estimate
from safelight.jobs.orders import complete
from safelight.jobs.service import JobService
from safelight.server.access import Drawer, Jobs, Reader
from safelight.server.checking import Checked, check
from safelight.server.documented import answers
from safelight.server.orders import GenerateBody, order_of
from safelight.server.parameter_views import ParameterView, parameter_views
from safelight.server.views import Parameters, parameters

router = APIRouter(tags=["parameters"])

ModelName = Annotated[str | None, Query(alias="model", max_length=500, description="What this model can do.")]

_ORDER = {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/GenerateBody"}}}}}


class SamplerView(Value):
    """A sampler: its name and other spellings, and the schedulers each engine runs it with.

    `missing` says, by engine, why it has not got it. `default`: whether the model asked about uses it by itself.
    """

    name: str
    label: str
    aliases: tuple[str, ...]
    engines: dict[str, tuple[str, ...]]
    missing: dict[str, str]
    default: bool | None


class SchedulerView(Value):
    """A scheduler: its name and other spellings, and the samplers each engine runs with it."""

    name: str
    label: str
    aliases: tuple[str, ...]
    engines: dict[str, tuple[str, ...]]
    default: bool | None


class ParameterList(Value):
    """Everything a generation call takes; with a model, its defaults and choices."""

    model: str | None
    modes: tuple[Mode, ...]
    parameters: tuple[ParameterView, ...]


class EstimateView(Estimate):
    """An estimate with the parameters it is for."""

    parameters: Parameters


@router.get("/samplers", summary="Samplers", responses=answers(404))
async def samplers(jobs: Jobs, caller: Reader, name: ModelName = None) -> tuple[SamplerView, ...]:
    """All that are known and who has them; with a model, those that can draw with it."""
    model = await _model(jobs, name)
    pairs, missing = _pairs(model, jobs)
    return tuple(
        SamplerView(
            **_names(item),
            engines={engine: table[item.name] for engine, table in pairs.items() if item.name in table},
            missing={engine: table[item.name] for engine, table in missing.items() if item.name in table},
            default=None if model is None else model.defaults.sampler == item.name,
        )
        for item in SAMPLERS
        if model is None or any(item.name in table for table in pairs.values())
    )


@router.get("/schedulers", summary="Schedulers", responses=answers(404))
async def schedulers(jobs: Jobs, caller: Reader, name: ModelName = None) -> tuple[SchedulerView, ...]:
    """All that are known and who has them; with a model, those that can draw with it."""
    model = await _model(jobs, name)
    views = []
    for item in SCHEDULERS:
        able = {
            engine: tuple(sampler for sampler, usable in table.items() if item.name in usable)
            for engine, table in _pairs(model, jobs)[0].items()
        }
        if model is None or any(able.values()):
            default = None if model is None else model.defaults.scheduler == item.name
            views.append(SchedulerView(**_names(item), engines=able, default=default))
    return tuple(views)


@router.get("/parameters", summary="Parameters of generation", responses=answers(404))
async def list_parameters(jobs: Jobs, caller: Reader, name: ModelName = None) -> ParameterList:
    """Types, ranges and defaults, from the types that validate; with a model, its own defaults and samplers."""
    model = await _model(jobs, name)
    facts = engine_for(model, jobs.settings.engine).samplers_for(model) if model else None
    return ParameterList(
        model=model.id if model else None,
        modes=tuple(sorted(model.modes)) if model else tuple(Mode),
        parameters=parameter_views(model, facts),
    )


@router.post("/validate", summary="Check an order without queuing it", openapi_extra=_ORDER)
async def validate(body: Annotated[Any, Body()], jobs: Jobs, caller: Drawer) -> Checked:
    """All that is wrong with a generation call's body, or what it would draw with every default filled in."""
    return await check(body, jobs)


@router.post("/estimate", summary="Time and memory of an order", responses=answers(404))
async def estimated(body: GenerateBody, jobs: Jobs, caller: Drawer) -> EstimateView:
    """What jobs before it took, scaled to this one; null with a reason where nothing is known."""
    request = await complete(await order_of(body, jobs), jobs.models, jobs.settings)
    found = await estimate(request, jobs, priority=body.priority)
    return EstimateView(**dict(found), parameters=parameters(request))


async def _model(jobs: Jobs, name: str | None) -> ModelInfo | None:
    return await jobs.models.resolve(name) if name else None


def _pairs(model: ModelInfo | None, jobs: JobService) -> tuple[dict[str, Any], dict[str, Any]]:
    """Engine → sampler → schedulers, and engine → sampler → why it is missing."""
    if model is None:
        specs = engine_specs()
        every = {spec.name: dict(spec.flow_samplers) | dict(spec.samplers) for spec in specs}
        return every, {spec.name: dict(spec.missing_samplers) for spec in specs}
    facts = engine_for(model, jobs.settings.engine).samplers_for(model)
    return {facts.engine: facts.pairs}, {facts.engine: facts.missing}


def _names(item: Named) -> dict[str, Any]:
    return {"name": item.name, "label": item.label, "aliases": item.aliases}
