"""Native dialect: by which plans a model would be run here, what each takes, and why one is taken."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request

from safelight.domain.errors import SafelightError
from safelight.domain.plans import Device
from safelight.domain.values import Value
from safelight.server.access import Jobs, Reader
from safelight.server.documented import answers
from safelight.server.routes.system import Probes
from safelight.workers.prospects import EngineProspect, PlanProspect, prospects, ranked
from safelight.workers.speed import SpeedMemory

router = APIRouter(prefix="/models", tags=["models"])


class ModelPlans(Value):
    """The engines that run a model and their plans, each in the order in which they are tried."""

    model: str
    engines: tuple[EngineProspect, ...]
    plans: tuple[PlanProspect, ...]


@router.get("/{model_id:path}/plans", summary="By which plans a model can be run", responses=answers(404))
async def plans_of(
    model_id: Annotated[str, Path(max_length=500)], request: Request, jobs: Jobs, caller: Reader
) -> ModelPlans:
    """For a picture of the model's own size. The first call takes seconds: it asks the engines for their devices."""
    model = await jobs.models.resolve(model_id)
    probes: Probes = request.app.state.probes
    speeds = SpeedMemory(jobs.settings.cache_dir)
    order = await asyncio.to_thread(ranked, model, jobs.settings, speeds)
    engines: list[EngineProspect] = []
    devices: dict[str, tuple[str, tuple[Device, ...]]] = {}
    for spec, rank in order:
        problem = None
        try:
            devices[spec.name] = await probes.of(spec, jobs)
        except SafelightError as error:
            problem = error.message.splitlines()[0]
        engines.append(EngineProspect(engine=spec.name, rank=rank, problem=problem))
    found = await asyncio.to_thread(prospects, model, jobs.settings, devices, jobs.pool.remembered, speeds)
    return ModelPlans(model=model.id, engines=tuple(engines), plans=tuple(found))
