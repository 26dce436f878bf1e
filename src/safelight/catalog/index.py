"""The catalog as a server reads it: off the event loop, and from memory as long as nothing changes on the disk."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from safelight.catalog.catalog import Catalog
from safelight.catalog.components import Missing
from safelight.catalog.watch import Watch
from safelight.domain.errors import NotFound
from safelight.domain.models import ModelInfo, ModelKind

_UNWATCHED_SECONDS = 5.0
"""How long an answer is believed where changes are not noticed."""

_WATCHED_SECONDS = 300.0
"""… and where they are: notifications can be lost."""

_REST = 2.0
"""Looking at folders that keep changing takes at most one part in so many and one of the time."""


@dataclass(frozen=True)
class _Stamp:
    """When something was looked at, how long that took, and what had changed until then."""

    begun: float
    seconds: float
    changes: int


class ModelIndex:
    """Remembers what the catalog answered until a models folder changes.

    Only names are resolved, never paths: a client can't reach a file outside the models folders.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._watch = Watch([root.path for root in catalog.roots])
        weakref.finalize(self, self._watch.stop)
        self._resolved: dict[str, tuple[_Stamp, ModelInfo]] = {}
        self._listed: tuple[_Stamp, list[ModelInfo]] | None = None
        self._looking = asyncio.Lock()

    async def resolve(self, name: str) -> ModelInfo:
        """The model called `name`; raises what `Catalog.resolve` raises."""
        self._watch.start()
        known = self._resolved.get(name)
        if known and self._is_fresh(known[0]) and _is_there(known[1]):
            return known[1]
        begun, changes = time.monotonic(), self._watch.changes
        model = await asyncio.to_thread(self.catalog.resolve, name, paths=False)
        self._resolved[name] = (_Stamp(begun, time.monotonic() - begun, changes), model)
        return model

    async def list(self) -> list[ModelInfo]:
        """Every model, those that can't be run with `problem` set."""
        self._watch.start()
        async with self._looking:
            if self._listed is None or not self._is_fresh(self._listed[0]):
                begun, changes = time.monotonic(), self._watch.changes
                models = await asyncio.to_thread(self.catalog.list)
                self._listed = (_Stamp(begun, time.monotonic() - begun, changes), models)
            return self._listed[1]

    async def listing(self) -> Listing:
        """To resolve many names by one look at the folders."""
        return Listing(await self.list(), self)

    async def missing(self, model: ModelInfo) -> tuple[Missing, ...]:
        """Companions that a model lacks, and where to get them; none of a model that went."""
        try:
            return await asyncio.to_thread(self.catalog.missing, model)
        except NotFound:
            return ()

    def refresh(self) -> None:
        """Look at the folders again when something is asked next."""
        self._resolved.clear()
        self._listed = None

    def _is_fresh(self, stamp: _Stamp) -> bool:
        age = time.monotonic() - stamp.begun - stamp.seconds
        if age < _REST * stamp.seconds:
            return True
        if self._watch.covers_all:
            return stamp.changes == self._watch.changes and age < _WATCHED_SECONDS
        return age < _UNWATCHED_SECONDS


class Listing:
    """The models as one look at the folders found them: to resolve each of many names alone takes a look of its own."""

    def __init__(self, models: Sequence[ModelInfo], index: ModelIndex) -> None:
        self._index = index
        self._by_id = {model.id: model for model in models}
        self._by_name: dict[str, list[ModelInfo]] = defaultdict(list)
        for model in models:
            for name in index.catalog.place_of(model).names():
                self._by_name[name].append(model)

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all models."""
        return tuple(self._by_id)

    async def resolve(self, name: str) -> ModelInfo:
        """The model called `name`; raises what `ModelIndex.resolve` raises."""
        named = [self._by_id[name]] if name in self._by_id else self._by_name.get(name, [])
        if len(named) != 1 or not named[0].path.exists():
            return await self._index.resolve(name)
        (model,) = named
        if model.kind is ModelKind.UNKNOWN:  # where it can't be read, say why
            await asyncio.to_thread(self._index.catalog.read_again, model)
        return model


def _is_there(model: ModelInfo) -> bool:
    """Whether a model's file and the companions that were found for it exist."""
    return model.path.exists() and all(one.path is None or one.path.exists() for one in model.components)
