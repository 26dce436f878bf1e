"""The scripted engine's spec: registered through the same entry points as the built-in engines."""

from safelight.domain.models import ModelFormat
from safelight.engines.spec import EngineSpec

SPEC = EngineSpec(
    name="scripted",
    factory="scripted_engine:ScriptedEngine",
    formats=frozenset({ModelFormat.SAFETENSORS}),
    architectures=frozenset({"scripted"}),
    samplers={"euler": ("discrete", "karras"), "dpmpp_2m": ("karras",)},
)
