"""By which engines and plans a model would be run here, in which order, and why: for people to read before they load.

The rules are those of `starting.Starter`, which asks the same functions; nothing is started or remembered here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device
from safelight.domain.values import Value
from safelight.engines.spec import EngineSpec, engines_for
from safelight.settings import Settings
from safelight.workers.fit import PlanEstimate, estimates
from safelight.workers.placement import left_of, plans, size_class
from safelight.workers.remembered import Place, PlacementMemory, Remembered
from safelight.workers.speed import SpeedMemory, fastest_first, timed
from safelight.workers.starting import family_of, usable


class Rank(StrEnum):
    """Why an engine comes where it does: it is asked for, the only one, faster here, preferred, or after another."""

    ASKED = "asked"
    ONLY = "only"
    FASTER = "faster"
    PREFERRED = "preferred"
    NEXT = "next"


class Verdict(StrEnum):
    """What becomes of a plan: tried first, or when those before it failed; too large; avoided, as it failed before."""

    FIRST = "first"
    NEXT = "next"
    TOO_LARGE = "too_large"
    AVOIDED = "avoided"


class EngineProspect(Value):
    """An engine that runs the model. `problem` says why its devices are not known."""

    engine: str
    rank: Rank
    problem: str | None = None


class PlanProspect(PlanEstimate):
    """A plan with what it is expected to take for a picture of the model's own size.

    Attributes:
        failure: What was seen when it, or one that rules it out, failed here.
        failed: When that was.
    """

    verdict: Verdict
    failure: str | None = None
    failed: datetime | None = None


def ranked(model: ModelInfo, settings: Settings, speeds: SpeedMemory) -> tuple[tuple[EngineSpec, Rank], ...]:
    """The engines that run a model, in the order in which they are tried. Raises UnsupportedModel, InvalidInput."""
    given = engines_for(model, settings.engine)
    if settings.engine or len(given) == 1:
        return ((given[0], Rank.ASKED if settings.engine else Rank.ONLY), *((spec, Rank.NEXT) for spec in given[1:]))
    first, *others = fastest_first(given, family_of(model), speeds)
    return ((first, Rank.PREFERRED if first is given[0] else Rank.FASTER), *((spec, Rank.NEXT) for spec in others))


def prospects(
    model: ModelInfo,
    settings: Settings,
    devices: Mapping[str, tuple[str, Sequence[Device]]],
    remembered: PlacementMemory,
    speeds: SpeedMemory,
) -> list[PlanProspect]:
    """Every plan of a model's engines, in the order in which they are tried.

    Args:
        model: A model that engines run.
        settings: Those that narrow the choice are kept to.
        devices: Engine → version and devices, as its worker says; engines that are not in it are left out.
        remembered: What failed here.
        speeds: What was measured here.
    """
    found: list[PlanProspect] = []
    for spec, _ in ranked(model, settings, speeds):
        if spec.name in devices:
            found += _of_engine(spec, model, settings, devices[spec.name], remembered, speeds)
    first = next((index for index, one in enumerate(found) if one.verdict is Verdict.NEXT), None)
    if first is not None:
        found[first] = found[first].model_copy(update={"verdict": Verdict.FIRST})
    return found


def _of_engine(
    spec: EngineSpec,
    model: ModelInfo,
    settings: Settings,
    known: tuple[str, Sequence[Device]],
    remembered: PlacementMemory,
    speeds: SpeedMemory,
) -> list[PlanProspect]:
    version, given = known
    places = {device.id: Place.of(spec.name, version, device, family_of(model)) for device in map(usable, given)}
    devices = [
        device.model_copy(update={"dtypes": speeds.ranked(places[device.id], device.dtypes)})
        for device in map(usable, given)
    ]
    try:
        ladder = plans(spec.name, devices, settings)
    except InvalidInput:  # the settings ask for a device that this engine has not got
        return []
    taken = timed(estimates(model, ladder, devices), model, version, devices, speeds)
    pixels = size_class(model.defaults.size)
    failures = [
        entry for entry in remembered.entries() if entry.place in places.values() and entry.failure.pixels <= pixels
    ]
    return [_judged(one, failures) for one in taken]


def _judged(one: PlanEstimate, failures: Sequence[Remembered]) -> PlanProspect:
    against = next((entry for entry in failures if not left_of([one.plan], [entry.failure])), None)
    verdict = Verdict.NEXT
    if one.fits is False:
        verdict = Verdict.TOO_LARGE
    elif against:
        verdict = Verdict.AVOIDED
    return PlanProspect(
        **dict(one),
        verdict=verdict,
        failure=against.failure.reason if against else None,
        failed=against.when if against else None,
    )
