"""Keeps a model loaded in a worker and runs requests on it, replacing a worker that dies."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from safelight.catalog.hashing import HashCache, hashed_files
from safelight.domain.errors import Cancelled, WorkerDied, WorkerHung
from safelight.domain.events import Artifact, Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, Plan
from safelight.domain.request import GenerationRequest
from safelight.engines.spec import engine_for
from safelight.settings import Settings
from safelight.workers.placement import choose_plan
from safelight.workers.process import Listener, WorkerProcess

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""A worker killed from outside is replaced once; a second death under the same job is the job's failure."""


@dataclass
class _Loaded:
    worker: WorkerProcess
    model: ModelInfo
    plan: Plan


class WorkerPool:
    """One loaded model at a time. A request for another model replaces it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loaded: _Loaded | None = None
        self._busy = asyncio.Lock()

    async def load(self, model: ModelInfo, listener: Listener | None = None) -> Plan:
        """Make sure `model` is loaded; return the plan it runs by."""
        async with self._busy:
            return (await self._ensure(model, listener or Listener())).plan

    async def run(
        self, request: GenerationRequest, model: ModelInfo, images: Mapping[str, bytes], listener: Listener
    ) -> None:
        """Draw `request`; each finished picture goes to `listener.picture` once, whatever dies meanwhile.

        Args:
            request: What to draw.
            model: The model it names.
            images: SHA-256 → file, for every `ImageRef` in the request.
            listener: Told of progress and pictures.

        Raises:
            WorkerDied: Two workers died under this job.
            SafelightError: Whatever the engine reports.
        """
        async with self._busy:
            once = _once(listener)
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    loaded = await self._ensure(model, once)
                    await loaded.worker.run(secrets.token_hex(8), request, loaded.model, images, once)
                    return
                except (WorkerDied, WorkerHung) as error:
                    await self._drop()
                    if attempt == ATTEMPTS:
                        raise type(error)(
                            f"{ATTEMPTS} worker processes died drawing this. {error.message}",
                            hint="If memory ran out, try a smaller size or --memory-mode tiled.",
                        ) from error
                    log.warning("%s Starting another.", error.message)

    async def devices(self, engine: str) -> tuple[str, tuple[Device, ...]]:
        """The engine's version and its devices, asked of a worker that is started for it and ended again."""
        worker = await WorkerProcess.start(engine, self._settings)
        await worker.close()
        return worker.hello.engine_version, worker.hello.devices

    async def close(self) -> None:
        """End the worker."""
        await self._drop()

    async def _ensure(self, model: ModelInfo, listener: Listener) -> _Loaded:
        if self._loaded and self._loaded.model.path == model.path and self._loaded.worker.alive:
            return self._loaded
        await self._drop()
        listener.progress(Progress(phase=Phase.STARTING))
        spec = engine_for(model)
        worker = await WorkerProcess.start(spec.name, self._settings)
        abandoned = threading.Event()
        try:
            plan = choose_plan(spec.name, worker.hello.devices, self._settings)
            hashing = asyncio.to_thread(self._sha256, model, abandoned)
            _, sha256 = await asyncio.gather(worker.load(model, plan, listener), hashing)
        except BaseException:
            abandoned.set()
            await worker.close()
            raise
        self._loaded = _Loaded(worker, model.model_copy(update={"sha256": sha256}), plan)
        return self._loaded

    def _sha256(self, model: ModelInfo, abandoned: threading.Event) -> str:
        """The model's checksum, known or computed; ends early when nobody waits for it any more."""

        def check(done: int, total: int) -> None:
            if abandoned.is_set():
                raise Cancelled("The checksum is not wanted any more.")

        return HashCache(self._settings.cache_dir).sha256(*hashed_files(model), progress=check)

    async def _drop(self) -> None:
        loaded, self._loaded = self._loaded, None
        if loaded:
            await loaded.worker.close()


def _once(listener: Listener) -> Listener:
    """The same listener, hearing of each picture only the first time: a repeated attempt draws the same bits."""
    seen: set[int] = set()

    def picture(artifact: Artifact, data: bytes) -> None:
        if artifact.index not in seen:
            seen.add(artifact.index)
            listener.picture(artifact, data)

    return Listener(progress=listener.progress, preview=listener.preview, picture=picture)
