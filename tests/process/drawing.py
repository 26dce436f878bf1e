"""Draws with a pool and keeps what is told meanwhile."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.events import Artifact, Fallback, Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Plan
from safelight.domain.samplers import SamplerFacts
from safelight.workers.pool import Ran, WorkerPool
from safelight.workers.process import Listener


class Watch:
    """Keeps what a job reports, and lets a test wait for its progress."""

    def __init__(self) -> None:
        self.pictures: list[tuple[Artifact, bytes]] = []
        self.previews: list[bytes] = []
        self.plans: list[Plan] = []
        self.fallbacks: list[Fallback] = []
        self.ran: Ran | None = None
        self.stepped = asyncio.Event()
        self.phases = {phase: asyncio.Event() for phase in Phase}
        self.listener = Listener(
            progress=self.progress,
            preview=lambda picture, jpeg: self.previews.append(jpeg),
            picture=lambda artifact, data: self.pictures.append((artifact, data)),
            loaded=self.plans.append,
            fallback=self.fallbacks.append,
        )

    def progress(self, progress: Progress) -> None:
        """Set the events that tests wait for."""
        self.phases[progress.phase].set()
        if progress.step:
            self.stepped.set()


async def draw(pool: WorkerPool, model: ModelInfo, watch: Watch | None = None, /, **script: Any) -> Watch:
    """Draw with a script (see the scripted engine); `count`, `steps`, … go into the request."""
    watch = watch or Watch()
    shrink = script.pop("shrink", False)
    given = {
        key: script.pop(key) for key in ("count", "steps", "seed", "width", "height", "preview_every") if key in script
    }
    draft = GenerationDraft(prompt=json.dumps(script) if script else "a cat", **{"seed": 3, **given})
    request = resolve(draft, model, SamplerFacts(engine="scripted", pairs={"euler": ("discrete",)}))
    watch.ran = await pool.run(request, model, {}, watch.listener, shrink=shrink)
    return watch
