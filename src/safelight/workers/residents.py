"""The loaded models: who uses them, which is let go of to make room, and when an idle one is unloaded."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, Plan
from safelight.settings import Settings
from safelight.workers.budget import device_budget, estimate, machine_budget, resident_bytes, uses_main_memory
from safelight.workers.process import WorkerProcess
from safelight.workers.supervision import Counters, ended_by

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Resident:
    """A loaded model in its worker.

    `users` are the jobs that run on it or wait for their turn to; `stamp` tells its files from others of their names.
    """

    worker: WorkerProcess
    model: ModelInfo
    plan: Plan
    load_seconds: float
    stamp: str | None = None
    users: int = 0
    last_used: float = field(default_factory=time.monotonic)
    leaving: bool = False
    timer: asyncio.TimerHandle | None = None
    watch: asyncio.Task[None] | None = None

    @property
    def usable(self) -> bool:
        """Whether a job may be sent to it."""
        return self.worker.alive and not self.leaving


class Residents:
    """Loaded models by the path of their file.

    One in use is never unloaded. When there is no room for another, the idle one that was used least recently goes;
    when all are in use, the newcomer waits. A model for which there is no room even alone is tried all the same.
    """

    def __init__(self, settings: Settings, counters: Counters) -> None:
        self._settings, self._counters = settings, counters
        self._all: dict[Path, Resident] = {}
        self._changed = asyncio.Event()
        self._endings: set[asyncio.Task[None]] = set()
        self.crowded = False
        """Whether somebody waits for room: newcomers then queue behind, so that the wait ends."""

    def __iter__(self) -> Iterator[Resident]:
        return iter(tuple(resident for resident in self._all.values() if resident.worker.alive))

    def find(self, path: Path) -> Resident | None:
        """The model at `path`, if it is loaded and stays so."""
        resident = self._all.get(path)
        return resident if resident and resident.usable else None

    async def add(self, resident: Resident) -> None:
        """Keep a newly loaded model; one that was there under the same path goes."""
        if old := self._all.get(resident.model.path):
            await self.drop(old)
        self._all[resident.model.path] = resident
        resident.watch = asyncio.create_task(self._bury(resident))

    def take(self, resident: Resident) -> None:
        """Count a user; `release` must follow."""
        resident.users += 1
        if resident.timer:
            resident.timer.cancel()

    def release(self, resident: Resident) -> None:
        """A user has done; the last one leaves it idle."""
        resident.users -= 1
        resident.last_used = time.monotonic()
        if not resident.users and self._all.get(resident.model.path) is resident:
            self._fell_idle(resident)

    async def make_room(self, model: ModelInfo, plan: Plan, device: Device) -> None:
        """Unload what is needed for `model` to fit by `plan`, waiting for jobs to end where that is needed."""
        needed = estimate(model, plan)
        while crowd := self._in_the_way(needed, plan, device):
            idle = [resident for resident in crowd if not resident.users]
            if idle:
                victim = min(idle, key=lambda resident: resident.last_used)
                log.info("unloading %s to make room for %s", victim.model.id, model.id)
                self._counters.evictions += 1
                await self.drop(victim)
            else:
                await self._change()

    async def vacate(self, resident: Resident) -> None:
        """Unload one as soon as nobody uses it."""
        while resident.users and resident.worker.alive:
            await self._change()
        await self.drop(resident)

    async def drop_idle(self, besides: Path) -> bool:
        """Unload every idle model but the one at `besides`; return whether there was any."""
        idle = [resident for resident in self if not resident.users and resident.model.path != besides]
        self._counters.evictions += len(idle)
        await asyncio.gather(*(self.drop(resident) for resident in idle))
        return bool(idle)

    async def drop(self, resident: Resident) -> None:
        """End a model's worker, now."""
        if self._all.get(resident.model.path) is resident:
            del self._all[resident.model.path]
        for ending in (resident.timer, resident.watch):
            if ending:
                ending.cancel()
        self._changed.set()
        await resident.worker.close()

    def leave(self, model_id: str) -> bool:
        """Unload a model, at once or when the jobs on it have ended; False when it is not loaded."""
        found = [resident for resident in self if resident.model.id == model_id and not resident.leaving]
        for resident in found:
            resident.leaving = True
            if not resident.users:
                self._end(resident)
        return bool(found)

    async def settle(self) -> None:
        """Wait until what is being unloaded has gone."""
        await asyncio.gather(*self._endings)

    async def close(self) -> None:
        """End every worker."""
        await asyncio.gather(*(self.drop(resident) for resident in tuple(self._all.values())))
        await self.settle()

    def _in_the_way(self, needed: int, plan: Plan, device: Device) -> list[Resident]:
        """Loaded models whose leaving would help, empty when there is room already (or nothing could be gained)."""
        everyone = list(self)
        in_machine = sum(resident_bytes(resident.worker.pid) for resident in everyone)
        if uses_main_memory(plan) and in_machine + needed > machine_budget(self._settings):
            return everyone
        if plan.device != "cpu":
            there = [resident for resident in everyone if resident.plan.device == plan.device]
            on_device = sum(estimate(resident.model, resident.plan) for resident in there)
            if on_device + needed > device_budget(device):
                return there
        return []

    async def _change(self) -> None:
        """Wait until a model falls idle or goes."""
        self.crowded = True
        self._changed.clear()
        try:
            await self._changed.wait()
        finally:
            self.crowded = False

    def _fell_idle(self, resident: Resident) -> None:
        self._changed.set()
        if not resident.worker.alive:
            return
        if resident.leaving:
            self._end(resident)
        elif self._settings.idle_unload_seconds:
            loop = asyncio.get_running_loop()
            resident.timer = loop.call_later(self._settings.idle_unload_seconds, self._end, resident)

    def _end(self, resident: Resident) -> None:
        resident.leaving = True
        ending = asyncio.create_task(self.drop(resident))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _bury(self, resident: Resident) -> None:
        """Notice the death of an idle worker; a job notices that of its own."""
        exit_code = await resident.worker.ended()
        if not resident.users and self._all.get(resident.model.path) is resident:
            del self._all[resident.model.path]
            self._counters.crashes[ended_by(exit_code)] += 1
            log.warning("The idle worker of %s ended (%s).", resident.model.id, ended_by(exit_code))
            await resident.worker.close()
