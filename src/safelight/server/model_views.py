"""How the native dialect shows models: by name and by place in the models folder, never by a machine's path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from safelight.catalog.catalog import Catalog
from safelight.catalog.components import Missing
from safelight.catalog.hashing import HashCache, hashed_files
from safelight.catalog.scan import Source
from safelight.catalog.selection import modified
from safelight.domain.errors import SafelightError, UnsupportedModel
from safelight.domain.models import Component, Defaults, ModelFormat, ModelInfo, ModelKind, Prediction, Role
from safelight.domain.plans import Plan
from safelight.domain.request import Mode
from safelight.domain.values import Value
from safelight.engines.spec import engines_for
from safelight.workers.pool import LoadedModel


class LoadedView(Value):
    """A model in memory: by which plan, how much main memory its worker takes, whether a job is on it."""

    plan: Plan
    memory: int
    busy: bool
    load_seconds: float


class ComponentView(Value):
    """A companion that was found; `path` is below the folder that it lies in."""

    role: Role
    path: str
    size: int


class ModelView(Value):
    """A model as clients see it.

    Attributes:
        id: The name to send as `model`.
        type: What part of a pipeline it is.
        source: Whether it came with Safelight, lies in a models folder, or in the Hugging Face cache.
        path: Below that folder.
        dtype: Number type or quantisation of most weights.
        size: Bytes of its weights.
        modified: When its file last changed.
        sha256: Once it was computed and as long as the file stays as it is.
        engines: Engines here that run it, the preferred one first; empty when none does.
        ready: Whether it can be drawn with now.
        components: Companions that it needs and that were found.
        missing: Companions that it lacks, and where they are published.
        problem: Why it can't be run.
        evidence: The facts in its header that decided.
    """

    id: str
    type: ModelKind
    source: Source
    path: str
    format: ModelFormat
    architecture: str | None
    dtype: str | None
    prediction: Prediction | None
    size: int
    modified: datetime | None
    sha256: str | None
    engines: tuple[str, ...]
    ready: bool
    modes: tuple[Mode, ...]
    defaults: Defaults
    components: tuple[ComponentView, ...]
    missing: tuple[Missing, ...]
    problem: str | None
    evidence: tuple[str, ...]
    loaded: LoadedView | None


def engines_of(model: ModelInfo) -> tuple[str, ...]:
    """Names of the engines that run a model, the preferred one first."""
    try:
        return tuple(spec.name for spec in engines_for(model))
    except UnsupportedModel:
        return ()


def model_views(
    models: Sequence[ModelInfo], catalog: Catalog, hashes: HashCache, loaded: Sequence[LoadedModel]
) -> list[ModelView]:
    """Models as clients see them; reads times and known checksums from the disk, so call it in a thread."""
    in_memory = {one.model.path: one for one in loaded}
    return [_view(model, catalog, hashes, in_memory.get(model.path)) for model in models]


def _view(model: ModelInfo, catalog: Catalog, hashes: HashCache, loaded: LoadedModel | None) -> ModelView:
    found = catalog.place_of(model)
    engines = engines_of(model)
    changed = modified(model)
    return ModelView(
        id=model.id,
        type=model.kind,
        source=found.root.source,
        path=found.place,
        format=model.format,
        architecture=model.architecture,
        dtype=model.dtype,
        prediction=model.prediction,
        size=model.bytes,
        modified=datetime.fromtimestamp(changed, UTC) if changed else None,
        sha256=_known_hash(model, hashes),
        engines=engines,
        ready=bool(engines),
        modes=tuple(sorted(model.modes)),
        defaults=model.defaults,
        components=tuple(view for one in model.components if (view := _component(one, catalog))),
        missing=catalog.missing(model),
        problem=model.problem,
        evidence=model.evidence,
        loaded=None
        if loaded is None
        else LoadedView(
            plan=loaded.plan, memory=loaded.memory, busy=loaded.busy, load_seconds=round(loaded.load_seconds, 3)
        ),
    )


def _component(component: Component, catalog: Catalog) -> ComponentView | None:
    if component.path is None:
        return None
    return ComponentView(role=component.role, path=catalog.name_of(component.path), size=component.bytes)


def _known_hash(model: ModelInfo, hashes: HashCache) -> str | None:
    try:
        return hashes.known(*hashed_files(model))
    except SafelightError:  # a folder that lacks its weights
        return None
