"""What the rest of the program knows of an engine without importing its libraries, and the registry of engines."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from safelight.domain.errors import UnsupportedModel
from safelight.domain.models import ModelFormat, ModelInfo, ModelKind
from safelight.domain.samplers import SamplerFacts
from safelight.domain.values import Value

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
    """

    name: str
    factory: str
    libraries: tuple[str, ...] = ()
    formats: frozenset[ModelFormat]
    architectures: frozenset[str]
    samplers: Mapping[str, tuple[str, ...]]
    flow_samplers: Mapping[str, tuple[str, ...]] = {}
    missing_samplers: Mapping[str, str] = {}

    def runs(self, model: ModelInfo) -> bool:
        """Whether this engine can load `model`."""
        if model.problem or model.kind is not ModelKind.CHECKPOINT or model.format not in self.formats:
            return False
        return model.format is ModelFormat.DIFFUSERS or model.architecture in self.architectures

    def samplers_for(self, model: ModelInfo) -> SamplerFacts:
        """What it has of samplers for `model`."""
        pairs = self.flow_samplers if model.prediction == "flow" else self.samplers
        return SamplerFacts(engine=self.name, pairs=pairs, missing=self.missing_samplers)


@cache
def engine_specs() -> tuple[EngineSpec, ...]:
    """Every registered engine, by name. One that can't be imported is logged and left out."""
    specs = {}
    for entry in entry_points(group=GROUP):
        try:
            spec = entry.load()
        except ImportError:
            log.warning("engine %r could not be imported from %s", entry.name, entry.value, exc_info=True)
            continue
        specs[spec.name] = spec
    return tuple(spec for _, spec in sorted(specs.items()))


def engine_for(model: ModelInfo) -> EngineSpec:
    """The engine that runs `model`; where several do, the first of `engines_for`.

    Raises:
        UnsupportedModel: None does; the message says what the file holds.
    """
    return engines_for(model)[0]


def engines_for(model: ModelInfo) -> tuple[EngineSpec, ...]:
    """Every engine that runs `model`, the preferred one first.

    Raises:
        UnsupportedModel: None does; the message says what the file holds.
    """
    found = tuple(spec for spec in engine_specs() if spec.runs(model))
    if found:
        return found
    seen = " ".join(model.evidence) or f"It is a {model.kind.value} in {model.format.value} format."
    raise UnsupportedModel(model.problem or f"No engine here can run {model.id}. {seen}")
