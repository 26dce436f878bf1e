"""By which plans a model can be run on this machine, what memory each takes and how long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from safelight.domain.errors import SafelightError

if TYPE_CHECKING:
    from safelight.domain.models import ModelInfo
    from safelight.workers.fit import PlanEstimate


def plans_of(model: ModelInfo) -> list[PlanEstimate]:
    """Every plan for a model that is ready, each engine's fastest first; asks the engines for their devices.

    Engines that can't be started here are left out; `safelight doctor` says why.
    """
    from safelight.engines.spec import engines_for
    from safelight.settings import load_settings
    from safelight.workers.fit import estimates
    from safelight.workers.placement import plans
    from safelight.workers.pool import WorkerPool
    from safelight.workers.speed import SpeedMemory, timed

    settings = load_settings()
    found: list[PlanEstimate] = []
    for spec in engines_for(model):
        try:
            version, devices = asyncio.run(WorkerPool(settings).devices(spec.name))
            taken = estimates(model, plans(spec.name, devices, settings), devices)
            found += timed(taken, model, version, devices, SpeedMemory(settings.cache_dir))
        except SafelightError:
            continue
    return found
