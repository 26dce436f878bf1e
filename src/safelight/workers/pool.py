"""Runs requests on models that it keeps loaded in workers, whatever happens to the workers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from safelight.catalog.hashing import HashCache, hashed_files, stamp_of
from safelight.domain.errors import Cancelled, DeviceLost, EngineFailure, Unavailable, WorkerDied, WorkerHung
from safelight.domain.events import Artifact, Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, Plan
from safelight.domain.request import GenerationRequest
from safelight.engines.options import located
from safelight.settings import Settings
from safelight.workers.budget import resident_bytes
from safelight.workers.descent import Descent, Exhausted
from safelight.workers.fit import PlanEstimate, Work
from safelight.workers.placement import Cause, class_of, size_class
from safelight.workers.process import Listener, WorkerProcess
from safelight.workers.remembered import PlacementMemory
from safelight.workers.residents import Resident, Residents
from safelight.workers.shrinking import note_for, smaller
from safelight.workers.spent import Spent
from safelight.workers.starting import Starter
from safelight.workers.supervision import Counters, KernelKills, cause_of, reason_for

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ran:
    """What became of a request that was drawn.

    Attributes:
        plan: How it was drawn in the end.
        seconds: The engine's own time for the drawing that succeeded.
        denoising: Of these, the denoising steps'; 0 where the engine does not say.
        crashes: Workers that died under it.
        request: What was really drawn: the request, unless it had to be made smaller.
    """

    plan: Plan
    seconds: float
    denoising: float
    crashes: int
    request: GenerationRequest


@dataclass(frozen=True)
class LoadedModel:
    """A model that is loaded now.

    Attributes:
        memory: Main memory of its worker, in bytes, measured now.
        busy: Whether a job runs on it or waits for its turn.
        last_used: When that was last so, by `time.monotonic`.
    """

    model: ModelInfo
    plan: Plan
    pid: int
    memory: int
    busy: bool
    load_seconds: float
    last_used: float


class WorkerPool:
    """Several loaded models, each in a worker; one running job per device; models are loaded one after another.

    What a worker's end means is said in `descent.Descent`, when a worker hangs in `supervision.Pace`, how fast workers
    are replaced in `supervision.Respawns`, which models make room for others in `residents.Residents`.
    """

    def __init__(self, settings: Settings, *, kernel: KernelKills | None = None) -> None:
        self.counters = Counters()
        self._settings = settings
        self._kernel = kernel or KernelKills()
        self.remembered = PlacementMemory(settings.cache_dir)
        self._starter = Starter(settings, self.remembered, self.counters)
        self._residents = Residents(settings, self.counters)
        self._loading = asyncio.Lock()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._newcomer: WorkerProcess | None = None
        self._closed = False

    async def load(self, model: ModelInfo, listener: Listener | None = None) -> Plan:
        """Make sure `model` is loaded; return the plan it runs by.

        Raises:
            SafelightError: As for `run`.
        """
        descent = Descent(size_class(model.defaults.size))
        while True:
            try:
                async with self._leased(model, descent, listener or Listener()) as resident:
                    self._starter.worked(resident.plan, model, descent.lessons())
                    return resident.plan
            except EngineFailure as error:
                await self._judge(error, model, descent)
            except Exhausted as end:
                raise end.error from None

    async def run(
        self,
        request: GenerationRequest,
        model: ModelInfo,
        images: Mapping[str, bytes],
        listener: Listener,
        *,
        shrink: bool = False,
    ) -> Ran:
        """Draw `request`; each finished picture goes to `listener.picture` once, whatever dies meanwhile.

        A plan that fails is followed by the next one, with the same request and so the same seed. When the call is
        cancelled its worker is free again, or ended, before the call ends, within 2 s.

        Args:
            request: What to draw.
            model: The model it names.
            images: SHA-256 → file, for every `ImageRef` in the request.
            listener: Told of progress, pictures, loading and fallbacks.
            shrink: When memory runs out by the safest plan, draw smaller, then with fewer steps; the pictures' notes
                say so.

        Raises:
            WorkerDied, WorkerHung: Every plan that could be tried ended so; the message says what was seen.
            OutOfMemory: Memory ran out by every plan.
            Unavailable: The pool was closed.
            SafelightError: Whatever else the engine reports.
        """
        asked, lesser, once = request, smaller(request), _Once(listener)
        descent = Descent(class_of(request), (request.sampling.sampler, request.sampling.scheduler), Work.of(request))
        while True:
            try:
                async with self._leased(model, descent, once) as resident:
                    spent = await self._draw(request, resident, images, descent, once)
                if spent is not None:
                    self._starter.worked(resident.plan, model, descent.lessons())
                    self._starter.drew(resident.plan, model, request, spent.seconds)
                    return Ran(resident.plan, spent.seconds, spent.denoising, descent.crashes, request)
            except EngineFailure as error:
                await self._judge(error, model, descent)
            except Exhausted as end:
                less = next(lesser, None) if shrink and descent.ran_out() else None
                if less is None:
                    raise end.error from None
                once.note = note_for(asked, less)
                request, descent = less, descent.lesser(class_of(less), Work.of(less))

    async def unload(self, model_id: str) -> bool:
        """Unload a model, or when it is busy mark it to be unloaded after its jobs; False when it is not loaded."""
        found = self._residents.leave(model_id)
        await self._residents.settle()
        return found

    def loaded(self) -> tuple[LoadedModel, ...]:
        """The models that are loaded now."""
        return tuple(
            LoadedModel(
                model=resident.model,
                plan=resident.plan,
                pid=resident.worker.pid,
                memory=resident_bytes(resident.worker.pid),
                busy=resident.users > 0,
                load_seconds=resident.load_seconds,
                last_used=resident.last_used,
            )
            for resident in self._residents
        )

    def is_loaded(self, model_id: str) -> bool:
        """Whether a model of that name is loaded."""
        return any(resident.model.id == model_id for resident in self._residents)

    def outlook(self, model: ModelInfo, request: GenerationRequest) -> list[PlanEstimate]:
        """What `request` is expected to take by each plan; empty until an engine that runs `model` was started.

        Raises:
            SafelightError: No engine runs it, or the settings ask for a device that is not there.
        """
        return self._starter.outlook(model, Work.of(request))

    async def devices(self, engine: str) -> tuple[str, tuple[Device, ...]]:
        """The engine's version and its devices, asked of a worker that is started for it and ended again."""
        worker = await WorkerProcess.start(engine, self._settings)
        await worker.close()
        return worker.hello.engine_version, worker.hello.devices

    async def close(self) -> None:
        """End every worker, busy or not; what still runs fails with `Unavailable`. Idempotent."""
        self._closed = True
        if self._newcomer:
            await self._newcomer.close(kill=True)
        await self._residents.close()

    async def _draw(
        self, request: GenerationRequest, resident: Resident, images: Mapping[str, bytes], descent: Descent, once: _Once
    ) -> Spent | None:
        """Draw when it is the job's turn on the device; None when the worker is gone by then, by nobody's fault."""
        async with self._turns[resident.plan.device]:
            if not resident.worker.alive:
                return None
            descent.tries(resident.plan, began=True, kills=self._kernel.count())
            once.loaded(resident.plan)
            try:
                order = located(request, self._settings)
                return await resident.worker.run(secrets.token_hex(8), order, resident.model, images, once)
            except BaseException as error:  # a cancel may have ended the worker, too
                if isinstance(error, DeviceLost) or not resident.worker.alive:
                    await self._residents.drop(resident)
                raise

    @contextlib.asynccontextmanager
    async def _leased(self, model: ModelInfo, descent: Descent, listener: Listener) -> AsyncIterator[Resident]:
        """`model`, loaded by a plan that suits the job, and not unloaded while the block runs."""
        resident = await self._take(model, descent, listener)
        try:
            yield resident
        finally:
            self._residents.release(resident)

    async def _take(self, model: ModelInfo, descent: Descent, listener: Listener) -> Resident:
        if self._closed:
            raise Unavailable("The worker pool was closed.")
        if not self._residents.crowded and (resident := self._suitable(model, descent)):
            self._residents.take(resident)
            self._announce(resident.plan, descent, listener)
            return resident
        async with self._loading:
            resident = self._suitable(model, descent) or await self._load(model, descent, listener)
            self._residents.take(resident)
            return resident

    def _suitable(self, model: ModelInfo, descent: Descent) -> Resident | None:
        """The loaded model, if its files are the same, its plan is not ruled out and its device would be chosen now."""
        resident = self._residents.find(model.path)
        if resident is None or stamp_of(model) not in (resident.stamp, None):
            return None
        left = self._starter.known(model, descent)
        fits = resident.plan in left and (resident.plan.engine, resident.plan.device) == (
            left[0].engine,
            left[0].device,
        )
        return resident if fits else None

    async def _load(self, model: ModelInfo, descent: Descent, listener: Listener) -> Resident:
        listener.progress(Progress(phase=Phase.STARTING))
        choice = await self._starter.choose(model, descent)
        plan, worker = choice.plans[0], choice.worker
        abandoned = threading.Event()
        try:
            self._announce(plan, descent, listener)
            if old := self._residents.find(model.path):
                await self._residents.vacate(old)
            worker = self._newcomer = worker or await self._starter.start(plan.engine, descent)
            await self._residents.make_room(model, plan, self._starter.device(plan))
            if self._closed:
                raise Unavailable("The worker pool was closed.")
            descent.tries(plan, began=False, kills=self._kernel.count())
            stamp = stamp_of(model)
            hashing = asyncio.to_thread(self._sha256, model, abandoned)
            seconds, sha256 = await asyncio.gather(worker.load(model, plan, listener), hashing)
        except BaseException:
            abandoned.set()
            if worker:
                await worker.close(kill=True)
            raise
        finally:
            self._newcomer = None
        resident = Resident(worker, model.model_copy(update={"sha256": sha256}), plan, seconds, stamp)
        self.counters.loads += 1
        self.counters.load_seconds_total += seconds
        await self._residents.add(resident)
        return resident

    async def _judge(self, error: EngineFailure, model: ModelInfo, descent: Descent) -> None:
        """Draw the consequences of a failure; returns when something is left to try, and raises it otherwise."""
        if self._closed:
            raise Unavailable("The worker pool was closed.") from error
        if descent.plan is None:
            raise error
        cause = cause_of(error, killed_by_kernel=self._kernel.count() > descent.kills)
        if isinstance(error, WorkerDied | WorkerHung):
            descent.died()
            self._starter.died(descent.plan.engine, error)
        if cause is None:
            raise error
        log.warning("%s failed by %s: %s", model.id, descent.plan, reason_for(error, cause))
        if cause is Cause.MEMORY and not descent.made_room:
            descent.made_room = True
            if await self._residents.drop_idle(besides=model.path):
                return
        alone = all(resident.model.path == model.path for resident in self._residents)
        descent.failed(error, cause, alone=alone)

    def _announce(self, plan: Plan, descent: Descent, listener: Listener) -> None:
        if fallback := descent.fallback_to(plan):
            self.counters.fallbacks += 1
            log.warning("falling back to %s", plan)
            listener.fallback(fallback)

    def _sha256(self, model: ModelInfo, abandoned: threading.Event) -> str:
        """The model's checksum, known or computed; ends early when nobody waits for it any more."""

        def check(done: int, total: int) -> None:
            if abandoned.is_set():
                raise Cancelled("The checksum is not wanted any more.")

        return HashCache(self._settings.cache_dir).sha256(*hashed_files(model), progress=check)


class _Once(Listener):
    """A job's listener, hearing of each picture only the first time: a repeated attempt draws the same bits.

    `note`, once there is one, is added to the pictures' notes.
    """

    def __init__(self, listener: Listener) -> None:
        super().__init__(listener.progress, listener.preview, self._pass_on, listener.loaded, listener.fallback)
        self.note: str | None = None
        self._picture = listener.picture
        self._seen: set[int] = set()

    def _pass_on(self, artifact: Artifact, data: bytes) -> None:
        if artifact.index not in self._seen:
            self._seen.add(artifact.index)
            if self.note:
                artifact = artifact.model_copy(update={"notes": (*artifact.notes, self.note)})
            self._picture(artifact, data)
