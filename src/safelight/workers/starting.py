"""Starts workers, learns from them which devices there are, and chooses the plan that a model is loaded by."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from safelight.domain.errors import InvalidInput, WorkerDied, WorkerHung
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, Plan
from safelight.domain.request import GenerationRequest
from safelight.engines.spec import EngineSpec, engines_for
from safelight.settings import Settings
from safelight.workers import wire
from safelight.workers.budget import machine_memory
from safelight.workers.descent import Descent, Exhausted
from safelight.workers.effort import calls_of
from safelight.workers.fit import PlanEstimate, Work, estimates, refusal
from safelight.workers.placement import Failure, left_of, plans
from safelight.workers.process import WorkerProcess
from safelight.workers.remembered import Place, PlacementMemory
from safelight.workers.speed import SpeedMemory, fastest_first, operations_of
from safelight.workers.supervision import Counters, Respawns, ended_by

_STARTS = 2


@dataclass
class Choice:
    """Plans to take, best first, and a fresh worker of the first one's engine where one had to be started to know."""

    plans: list[Plan]
    worker: WorkerProcess | None = None


@dataclass(frozen=True)
class _View:
    """An engine's plans with what they are expected to take, and those that nothing rules out."""

    ladder: list[PlanEstimate]
    left: list[Plan]


class Starter:
    """Workers to be, of any engine."""

    def __init__(self, settings: Settings, memory: PlacementMemory, counters: Counters) -> None:
        self._settings, self._memory, self._counters = settings, memory, counters
        self._speeds = SpeedMemory(settings.cache_dir)
        self._hellos: dict[str, wire.Hello] = {}
        self._respawns: defaultdict[str, Respawns] = defaultdict(Respawns)

    async def start(self, engine: str, descent: Descent) -> WorkerProcess:
        """A worker of `engine`, tried twice (a death under the same plan before counts), each after `Respawns`' delay.

        Raises:
            Exhausted: It can't be started.
        """
        respawns = self._respawns[engine]
        for attempt in range(1, _STARTS + 1):
            try:
                delay = respawns.delay
            except (WorkerDied, WorkerHung) as error:
                raise Exhausted(error) from error
            await asyncio.sleep(delay)
            self._counters.respawns += bool(respawns.row)
            try:
                worker = await WorkerProcess.start(engine, self._settings)
            except (WorkerDied, WorkerHung) as error:
                descent.died()
                self.died(engine, error, started=False)
                if attempt == _STARTS or descent.second_try or isinstance(error, WorkerHung):
                    raise descent.exhausted(error) from error
            else:
                self._hellos[engine] = worker.hello
                return worker
        raise AssertionError  # the last attempt returned or raised

    async def choose(self, model: ModelInfo, descent: Descent) -> Choice:
        """How to run `model` now: the first plan that nothing rules out, of the first engine that has one.

        Raises:
            Exhausted: Nothing is left to try.
            InvalidInput: The settings ask for a device that no engine has here.
        """
        views: list[_View] = []
        problem: Exhausted | InvalidInput | None = None
        for spec in self._engines(model, descent):
            worker = None
            try:
                if spec.name not in self._hellos:
                    worker = await self.start(spec.name, descent)
                view = self._view(spec, model, descent)
            except (Exhausted, InvalidInput) as error:
                problem = problem or error
                if worker:
                    await worker.close()
                continue
            if view.left:
                return Choice(view.left, worker)
            views.append(view)
            if worker:
                await worker.close()
        if views:
            return Choice([_last_resort(views, model, descent)])
        raise problem or AssertionError

    def known(self, model: ModelInfo, descent: Descent) -> list[Plan]:
        """What `choose` would answer from what is known without starting anything; empty when that is not enough.

        Raises:
            Exhausted: Nothing is left to try.
        """
        views: list[_View] = []
        for spec in self._engines(model, descent):
            if spec.name not in self._hellos:
                return []
            view = self._view(spec, model, descent)
            if view.left:
                return view.left
            views.append(view)
        return [_last_resort(views, model, descent)]

    def outlook(self, model: ModelInfo, work: Work) -> list[PlanEstimate]:
        """What every plan is expected to take, the fastest engine's first; of engines that were started before only."""
        descent = Descent(0, work=work)
        known = [spec for spec in self._engines(model, descent) if spec.name in self._hellos]
        return [each for spec in known for each in self._view(spec, model, descent).ladder]

    def device(self, plan: Plan) -> Device:
        """The device of a plan that was chosen here."""
        return next(device for device in self._hellos[plan.engine].devices if device.id == plan.device)

    def died(self, engine: str, error: WorkerDied | WorkerHung, *, started: bool = True) -> None:
        """A worker died or hung: count it, and let the next one wait where that is due."""
        self._counters.crashes["hung" if isinstance(error, WorkerHung) else ended_by(error.exit_code)] += 1
        self._respawns[engine].died(error, started=started)

    def drew(self, plan: Plan, model: ModelInfo, request: GenerationRequest, seconds: float) -> None:
        """A plan drew a request; how fast is remembered, unless options of the engine may have made it less work."""
        if request.engine_options.get(plan.engine):
            return
        rounds = -(-request.batch.count // request.batch.batch_size)
        work = Work.of(request)
        if work.by(plan.engine) != work:  # how many steps its second pass had is the engine's affair
            return
        operations = operations_of(model, work, calls_of(request)) * rounds
        self._speeds.drew(self._place(plan, model), plan.dtype, operations, seconds)

    def worked(self, plan: Plan, model: ModelInfo, lessons: list[Failure]) -> None:
        """A plan did what was asked; the failures before it are remembered."""
        self._respawns[plan.engine].worked()
        for failure in lessons:
            self._memory.remember(self._place(failure.plan, model), failure)

    def _view(self, spec: EngineSpec, model: ModelInfo, descent: Descent) -> _View:
        """What an engine's plans are expected to take, and which of them are left."""
        devices = [self._ranked(usable(device), spec, model) for device in self._hellos[spec.name].devices]
        ladder = estimates(model, plans(spec.name, devices, self._settings), devices, descent.work)
        fitting = [each.plan for each in ladder if each.fits is not False]
        known = self._memory.known([self._place(each.plan, model) for each in ladder], descent.pixels)
        return _View(ladder, left_of(fitting, [*known, *descent.failures]))

    def _ranked(self, device: Device, spec: EngineSpec, model: ModelInfo) -> Device:
        """The device with its number types by what they took here, where all were tried."""
        place = Place.of(spec.name, self._hellos[spec.name].engine_version, device, family_of(model))
        return device.model_copy(update={"dtypes": self._speeds.ranked(place, device.dtypes)})

    def _place(self, plan: Plan, model: ModelInfo) -> Place:
        version = self._hellos[plan.engine].engine_version
        return Place.of(plan.engine, version, self.device(plan), family_of(model))

    def _engines(self, model: ModelInfo, descent: Descent) -> tuple[EngineSpec, ...]:
        """The engines that run `model`, the fastest first; besides the preferred one only those with its sampler."""
        preferred, *others = engines_for(model, self._settings.engine)
        if descent.sampling is not None:
            sampler, scheduler = descent.sampling
            others = [spec for spec in others if scheduler in spec.samplers_for(model).pairs.get(sampler, ())]
        if self._settings.engine is not None or not others:
            return preferred, *others
        return fastest_first((preferred, *others), family_of(model), self._speeds)


def family_of(model: ModelInfo) -> str:
    """What a model is counted under where failures and speeds are remembered."""
    return model.architecture or model.pipeline or "unknown"


def usable(device: Device) -> Device:
    """The device with no more memory than a container may have of it."""
    if device.id != "cpu":
        return device
    return device.model_copy(update={"memory": min(device.memory, machine_memory())})


def _last_resort(views: list[_View], model: ModelInfo, descent: Descent) -> Plan:
    """What to try when no engine has a plan left: of the first engine that has one that fits.

    Raises:
        Exhausted: Nothing; the error says what was seen, or why the model fits nowhere.
    """
    if descent.plan is None and (error := refusal(model, [each for view in views for each in view.ladder])):
        raise descent.too_large(error)
    ladders = [[each.plan for each in view.ladder if each.fits is not False] for view in views]
    return descent.last_resort(next(filter(None, ladders), [each.plan for each in views[0].ladder]))
