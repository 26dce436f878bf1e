"""What the rest of the program knows of an engine without importing its libraries, and the registry of engines."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, entry_points

from safelight.domain.errors import InvalidInput, UnsupportedModel
from safelight.domain.models import ModelFormat, ModelInfo, ModelKind
from safelight.domain.plans import DType
from safelight.domain.samplers import SamplerFacts
from safelight.domain.values import Value
from safelight.engines.memory import MemoryUse

log = logging.getLogger(__name__)

GROUP = "safelight.engines"
"""Entry point group; each entry is an `EngineSpec`. Built-in engines register the same way."""


class EngineSpec(Value):
    """An engine, described.

    Attributes:
        name: How plans and users call it.
        factory: `module:Class` of its `Engine`, imported in workers only.
        libraries: Distributions it runs on, for version reports.
        formats: Model formats it reads.
        architectures: Architectures it runs from single files; diffusers folders run by their pipeline class.
        samplers: Sampler → schedulers it can run it with, for models that predict noise or velocity.
        flow_samplers: The same for flow models.
        missing_samplers: Sampler → why this engine has not got it.
        kinds: Kinds of models that it runs, once the companions that they need are there.
        rank: Where several engines run a model, the lowest is preferred.
        extra: Extra of this package that installs its libraries; empty when they always are.
        builds: Kind of device → flags that build its libraries for that, where one build can't serve all.
        build: Command that builds them, in which FLAGS stands for those.
        cancels: Whether a drawing can be stopped between two steps; otherwise its worker is ended.
        load_options: `module:Class` of what can be set for loading, a `Value` that imports no ML library.
        keeps_files: Whether its load options have a `cache_dir`, which is a folder of its own in the cache by default.
        draw_options: The same for a request.
        memory: What it takes of memory; None when nobody knows.
        cpu_share: Number type → share of the operations of a matrix product in it that a CPU reaches while it draws.
    """

    name: str
    factory: str
    libraries: tuple[str, ...] = ()
    formats: frozenset[ModelFormat]
    architectures: frozenset[str]
    samplers: Mapping[str, tuple[str, ...]]
    flow_samplers: Mapping[str, tuple[str, ...]] = {}
    missing_samplers: Mapping[str, str] = {}
    kinds: frozenset[ModelKind] = frozenset({ModelKind.CHECKPOINT})
    rank: int = 0
    extra: str = ""
    builds: Mapping[str, str] = {}
    build: str = ""
    cancels: bool = True
    load_options: str = ""
    keeps_files: bool = False
    draw_options: str = ""
    memory: MemoryUse | None = None
    cpu_share: Mapping[DType, float] = {}

    def runs(self, model: ModelInfo) -> bool:
        """Whether this engine can load `model`."""
        if model.problem or model.kind not in self.kinds or model.format not in self.formats:
            return False
        return model.format is ModelFormat.DIFFUSERS or model.architecture in self.architectures

    @property
    def installed(self) -> bool:
        """Whether its libraries are there, as far as that can be told without importing them."""
        return not self.extra or all(_is_installed(library) for library in self.libraries)

    @property
    def how_to_install(self) -> str:
        """The command that installs its libraries."""
        return f"pip install 'safelight[{self.extra}]'"

    def samplers_for(self, model: ModelInfo) -> SamplerFacts:
        """What it has of samplers for `model`."""
        pairs = self.flow_samplers if model.prediction == "flow" else self.samplers
        return SamplerFacts(engine=self.name, pairs=pairs, missing=self.missing_samplers)


@cache
def registered_specs() -> tuple[EngineSpec, ...]:
    """Every registered engine, installed or not, the preferred ones first.

    One that can't be imported is logged and left out.
    """
    specs = {}
    for entry in entry_points(group=GROUP):
        try:
            spec = entry.load()
        except ImportError:
            log.warning("engine %r could not be imported from %s", entry.name, entry.value, exc_info=True)
            continue
        specs[spec.name] = spec
    return tuple(sorted(specs.values(), key=lambda spec: (spec.rank, spec.name)))


@cache
def engine_specs() -> tuple[EngineSpec, ...]:
    """Every registered engine whose libraries are installed, the preferred ones first."""
    return tuple(spec for spec in registered_specs() if spec.installed)


def _named(name: str, able: tuple[EngineSpec, ...], model: ModelInfo) -> EngineSpec:
    for spec in registered_specs():
        if spec.name == name and spec in able:
            return spec
        if spec.name == name and not spec.installed:
            raise InvalidInput(f"The {name} engine is not installed.", hint=f"Run: {spec.how_to_install}")
    there = ", ".join(spec.name for spec in able)
    raise InvalidInput(f"{model.id} can't be run by an engine {name!r}.", hint=f"It can be run by: {there}.")


@cache
def _is_installed(library: str) -> bool:
    try:
        distribution(library)
    except PackageNotFoundError:
        return False
    return True


def engine_for(model: ModelInfo, only: str | None = None) -> EngineSpec:
    """The engine that runs `model`; where several do, the first of `engines_for`.

    Raises:
        UnsupportedModel: None does; the message says what the file holds.
    """
    return engines_for(model, only)[0]


def engines_for(model: ModelInfo, only: str | None = None) -> tuple[EngineSpec, ...]:
    """Every engine that runs `model`, the preferred one first; if `only` names one, no other.

    Raises:
        InvalidInput: There is no engine called `only`, or it does not run `model`.
        UnsupportedModel: None does; the message says what the file holds.
    """
    found = tuple(spec for spec in engine_specs() if spec.runs(model))
    if only and found:
        return (_named(only, found, model),)
    if found:
        return found
    seen = " ".join(model.evidence) or f"It is a {model.kind.value} in {model.format.value} format."
    missing = next((spec for spec in registered_specs() if spec.runs(model)), None)
    raise UnsupportedModel(
        model.problem or f"No engine here can run {model.id}. {seen}",
        hint=f"The {missing.name} engine could: {missing.how_to_install}" if missing else None,
    )
