"""Starts workers, learns from them which devices there are, and chooses the plan that a model is loaded by."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from safelight.domain.errors import InvalidInput, WorkerDied, WorkerHung
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, Plan
from safelight.engines.spec import EngineSpec, engines_for
from safelight.settings import Settings
from safelight.workers import wire
from safelight.workers.descent import Descent, Exhausted
from safelight.workers.placement import Failure, left_of, plans
from safelight.workers.process import WorkerProcess
from safelight.workers.remembered import Place, PlacementMemory
from safelight.workers.supervision import Counters, Respawns, ended_by

_STARTS = 2


@dataclass
class Choice:
    """Plans to take, best first, and a fresh worker of the first one's engine where one had to be started to know."""

    plans: list[Plan]
    worker: WorkerProcess | None = None


class Starter:
    """Workers to be, of any engine."""

    def __init__(self, settings: Settings, memory: PlacementMemory, counters: Counters) -> None:
        self._settings, self._memory, self._counters = settings, memory, counters
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
        ladder: list[Plan] = []
        problem: Exhausted | InvalidInput | None = None
        for spec in self._engines(model, descent):
            worker = None
            try:
                if spec.name not in self._hellos:
                    worker = await self.start(spec.name, descent)
                mine, left = self._ladder(spec, model, descent)
            except (Exhausted, InvalidInput) as error:
                problem = problem or error
                if worker:
                    await worker.close()
                continue
            if left:
                return Choice(left, worker)
            ladder = ladder or mine
            if worker:
                await worker.close()
        if ladder:
            return Choice([descent.last_resort(ladder)])
        raise problem or AssertionError

    def known(self, model: ModelInfo, descent: Descent) -> list[Plan]:
        """What `choose` would answer from what is known without starting anything; empty when that is not enough.

        Raises:
            Exhausted: Nothing is left to try.
        """
        ladder: list[Plan] = []
        for spec in self._engines(model, descent):
            if spec.name not in self._hellos:
                return []
            mine, left = self._ladder(spec, model, descent)
            if left:
                return left
            ladder = ladder or mine
        return [descent.last_resort(ladder)]

    def device(self, plan: Plan) -> Device:
        """The device of a plan that was chosen here."""
        return next(device for device in self._hellos[plan.engine].devices if device.id == plan.device)

    def died(self, engine: str, error: WorkerDied | WorkerHung, *, started: bool = True) -> None:
        """A worker died or hung: count it, and let the next one wait where that is due."""
        self._counters.crashes["hung" if isinstance(error, WorkerHung) else ended_by(error.exit_code)] += 1
        self._respawns[engine].died(error, started=started)

    def worked(self, plan: Plan, model: ModelInfo, lessons: list[Failure]) -> None:
        """A plan did what was asked; the failures before it are remembered."""
        self._respawns[plan.engine].worked()
        for failure in lessons:
            self._memory.remember(self._place(failure.plan, model), failure)

    def _ladder(self, spec: EngineSpec, model: ModelInfo, descent: Descent) -> tuple[list[Plan], list[Plan]]:
        """Every plan of an engine, and those that are left."""
        ladder = plans(spec.name, self._hellos[spec.name].devices, self._settings)
        places = [self._place(plan, model) for plan in ladder]
        known = self._memory.known(places, descent.pixels)
        return ladder, left_of(ladder, [*known, *descent.failures])

    def _place(self, plan: Plan, model: ModelInfo) -> Place:
        version = self._hellos[plan.engine].engine_version
        return Place.of(plan.engine, version, self.device(plan), model.architecture or model.pipeline or "unknown")

    def _engines(self, model: ModelInfo, descent: Descent) -> tuple[EngineSpec, ...]:
        """The engines that run `model`; those after the preferred one only if they sample as was asked for."""
        preferred, *others = engines_for(model, self._settings.engine)
        if descent.sampling is None:
            return preferred, *others
        sampler, scheduler = descent.sampling
        return preferred, *(s for s in others if scheduler in s.samplers_for(model).pairs.get(sampler, ()))
