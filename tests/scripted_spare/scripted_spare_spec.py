"""A second engine for scripted models, taken when the first one fails; only the tests that want it see it."""

from safelight.domain.models import ModelFormat
from safelight.engines.spec import EngineSpec

SPEC = EngineSpec(
    name="spare",
    factory="scripted_engine:ScriptedEngine",
    formats=frozenset({ModelFormat.SAFETENSORS}),
    architectures=frozenset({"scripted"}),
    samplers={"euler": ("discrete",)},
)
