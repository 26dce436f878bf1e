"""The catalog as a server reads it: off the event loop, and from memory for a few seconds."""

from __future__ import annotations

import asyncio
import time

from safelight.catalog.catalog import Catalog
from safelight.domain.models import ModelInfo

_FRESH_SECONDS = 5.0


class ModelIndex:
    """Remembers what the catalog answered for a few seconds, so that a burst of requests reads no headers.

    Only names are resolved, never paths: a client can't reach a file outside the models folders.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._resolved: dict[str, tuple[float, ModelInfo]] = {}
        self._listed: tuple[float, list[ModelInfo]] | None = None

    async def resolve(self, name: str) -> ModelInfo:
        """The model called `name`; raises what `Catalog.resolve` raises."""
        now = time.monotonic()
        known = self._resolved.get(name)
        if known and now - known[0] < _FRESH_SECONDS and known[1].path.exists():
            return known[1]
        model = await asyncio.to_thread(self.catalog.resolve, name, paths=False)
        self._resolved[name] = (now, model)
        return model

    async def list(self) -> list[ModelInfo]:
        """Every model, broken ones with `problem` set."""
        now = time.monotonic()
        if self._listed is None or now - self._listed[0] > _FRESH_SECONDS:
            self._listed = (now, await asyncio.to_thread(self.catalog.list))
        return self._listed[1]

    def refresh(self) -> None:
        """Forget everything: the next question looks at the files."""
        self._resolved.clear()
        self._listed = None
