"""Says how long an order will take and how much memory it needs, from jobs that were run before; never from a guess."""

from __future__ import annotations

import asyncio
from statistics import median
from weakref import WeakKeyDictionary

from pydantic import Field

from safelight.domain.errors import SafelightError
from safelight.domain.jobs import EventType, Job, JobState
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, Plan
from safelight.domain.request import GenerationRequest
from safelight.domain.values import Value
from safelight.engines.spec import engines_for
from safelight.jobs.attempt import now
from safelight.jobs.prediction import predicted
from safelight.jobs.service import JobService
from safelight.workers.budget import estimate as estimated_bytes
from safelight.workers.budget import uses_main_memory
from safelight.workers.fit import PlanEstimate, Work, estimates, footprint
from safelight.workers.placement import plans
from safelight.workers.pool import WorkerPool

_HISTORY = 50
_LOADS = 10
_LOOKED_AT = 500
_WARM_SECONDS = 0.1
"""Loading takes longer than this, as a process has to start; a model that is ready already takes less."""


class Amount(Value):
    """Seconds, or bytes, and where they come from; without a value `basis` says why there is none."""

    value: int | float | None = Field(default=None, ge=0)
    basis: str


class Estimate(Value):
    """What an order will take. Seconds and bytes.

    Attributes:
        draw: The engine's time for its pictures.
        load: Until the model is ready.
        wait: Until the jobs before it are done, as if no others came and not counting fairness between users.
        total: The three together; null when one is.
        memory: Of the worker that draws it.
        plan: How it will be run: as the model is loaded now, or as it was last run.
    """

    draw: Amount
    load: Amount
    wait: Amount
    total: float | None
    memory: Amount
    plan: Plan | None
    loaded: bool
    jobs_ahead: int


class _History:
    """What completed jobs of each model took; read once for an estimate."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs
        self._known: dict[str, list[Job]] = {}

    async def of(self, model: str) -> list[Job]:
        if model not in self._known:
            self._known[model] = await self._jobs.store.completed(model, _HISTORY)
        return self._known[model]

    async def plan(self, model: str) -> Plan | None:
        """How a model is run now, or was last."""
        loaded = next((one.plan for one in self._jobs.pool.loaded() if one.model.id == model), None)
        return loaded or next((job.plan for job in await self.of(model)), None)

    async def draw(self, request: GenerationRequest) -> Amount:
        plan = await self.plan(request.model)
        found = predicted(request, plan, await self.of(request.model)) if plan else None
        if found is None:
            return Amount(basis=f"No job of {request.model} {f'by {plan} ' if plan else ''}is completed yet.")
        count = f"{found.jobs} job{'s' if found.jobs > 1 else ''} of {request.model} by {plan}"
        basis = f"{count}, of about this size." if found.similar else f"{count}, of other sizes."
        return Amount(value=round(found.seconds, 3), basis=basis)

    async def load(self, model: str) -> Amount:
        if self._jobs.pool.is_loaded(model):
            return Amount(value=0, basis="It is loaded.")
        took = [seconds for job in (await self.of(model))[:_LOADS] if (seconds := await self._ready_after(job))]
        cold = [seconds for seconds in took if seconds > _WARM_SECONDS]
        if cold:
            return Amount(value=round(median(cold), 3), basis=f"{len(cold)} of its last jobs that had to load it.")
        return Amount(basis=f"None of the last jobs of {model} had to load it.")

    async def _ready_after(self, job: Job) -> float | None:
        """Seconds from a job's last beginning until its model was ready."""
        begun = ready = None
        for event in await self._jobs.store.events_after(0, job=job.id):
            if event.type is EventType.LOADING:
                begun, ready = event.at, None
            elif event.type is EventType.RUNNING:
                ready = ready or event.at
        return (ready - begun).total_seconds() if begun and ready else None


async def estimate(request: GenerationRequest, jobs: JobService, *, priority: int = 0) -> Estimate:
    """Estimate a complete request, as if it was admitted now with `priority`."""
    history = _History(jobs)
    plan = await history.plan(request.model)
    ahead, waiting = await _ahead(jobs, priority)
    draw, load = await history.draw(request), await history.load(request.model)
    wait = await _wait(jobs, history, ahead, waiting)
    parts = (draw.value, load.value, wait.value)
    return Estimate(
        draw=draw,
        load=load,
        wait=wait,
        total=None if None in parts else round(sum(part or 0.0 for part in parts), 3),
        memory=await _memory(jobs, request, plan),
        plan=plan,
        loaded=jobs.pool.is_loaded(request.model),
        jobs_ahead=waiting + (jobs.dispatcher.running is not None),
    )


async def _ahead(jobs: JobService, priority: int) -> tuple[list[Job], int]:
    """The first queued jobs that would be run before, and how many there are in all."""
    queued = [job for job in await jobs.store.queued(limit=_LOOKED_AT) if job.priority >= priority]
    if len(queued) < _LOOKED_AT:
        return queued, len(queued)
    return queued, (await jobs.store.counts())[JobState.QUEUED]


async def _wait(jobs: JobService, history: _History, ahead: list[Job], waiting: int) -> Amount:
    if jobs.dispatcher.paused:
        return Amount(basis="The queue is paused.")
    running = jobs.dispatcher.running
    if not ahead and running is None:
        return Amount(value=0, basis="Nothing waits.")
    seconds = [(await history.draw(job.drawing)).value for job in ahead]
    if running:
        seconds.append(await _rest(jobs, history, running.job))
    known = [one for one in seconds if one is not None]
    if len(known) < len(seconds):
        return Amount(basis=f"Of {len(seconds) - len(known)} jobs before it nothing is known.")
    scale = waiting / len(ahead) if ahead else 1.0
    return Amount(
        value=round(sum(known) * scale, 3), basis=f"{len(known)} jobs before it, without loading their models."
    )


async def _rest(jobs: JobService, history: _History, job: Job) -> float | None:
    """Seconds until a running job is done: by its own pace, else by what such jobs took."""
    progress = jobs.hub.progress(job.id)
    if progress and progress.eta_seconds is not None:
        return progress.eta_seconds
    usual = (await history.draw(job.drawing)).value
    if usual is None:
        return None
    passed = (now() - job.started).total_seconds() if job.started and job.state is JobState.RUNNING else 0.0
    return max(0.0, usual - passed)


async def _memory(jobs: JobService, request: GenerationRequest, plan: Plan | None) -> Amount:
    """Of the worker that draws it: measured where that says enough, else what `fit` says of the plan, and why."""
    loaded = next((one for one in jobs.pool.loaded() if one.model.id == request.model), None)
    model, work = await jobs.models.resolve(request.model), Work.of(request)
    if plan is None:
        ladder = jobs.pool.outlook(model, request)
        try:
            ladder = ladder or await _probed(jobs, model, work)
        except SafelightError as error:
            return Amount(basis=f"Its engine could not be asked for the devices here. {error.message.splitlines()[0]}")
        best = next((one for one in ladder if one.fits is not False), next(iter(ladder), None))
        if best is None:
            return Amount(basis="The number type it is computed in is chosen when it is first loaded.")
        plan = best.plan
    taken = footprint(model, plan, work)
    if loaded and uses_main_memory(loaded.plan) and (taken is None or loaded.memory >= taken.main):
        return Amount(value=loaded.memory, basis="Main memory of its worker, measured now.")
    if taken is None:
        return Amount(
            value=estimated_bytes(model, plan),
            basis=f"Its weights in {plan.dtype.value}, a quarter more to work with, and what a process takes.",
        )
    value = taken.main if uses_main_memory(plan) else taken.device
    return Amount(value=value, basis=f"{taken.sentence(work.by(plan.engine))}, by {plan}.")


class _Probe:
    """Devices of engines that were not started yet, each asked of a short-lived worker once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Device, ...]] = {}
        self._asking = asyncio.Lock()

    async def devices(self, engine: str, pool: WorkerPool) -> tuple[Device, ...]:
        async with self._asking:
            if engine not in self._known:
                self._known[engine] = (await pool.devices(engine))[1]
            return self._known[engine]


_PROBES: WeakKeyDictionary[WorkerPool, _Probe] = WeakKeyDictionary()


async def _probed(jobs: JobService, model: ModelInfo, work: Work) -> list[PlanEstimate]:
    """What the plans of the preferred engine are expected to take; raises what starting its worker raises."""
    engine = engines_for(model, jobs.settings.engine)[0].name
    devices = await _PROBES.setdefault(jobs.pool, _Probe()).devices(engine, jobs.pool)
    return estimates(model, plans(engine, devices, jobs.settings), devices, work)
