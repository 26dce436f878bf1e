"""The scripted engine's spec: registered through the same entry points as the built-in engines."""

from safelight.catalog.architectures import Architecture, Signature
from safelight.domain.models import Defaults, ModelFormat
from safelight.domain.request import Size
from safelight.engines.memory import Bytes, MemoryUse
from safelight.engines.spec import EngineSpec

SPEC = EngineSpec(
    name="scripted",
    factory="scripted_engine:ScriptedEngine",
    formats=frozenset({ModelFormat.SAFETENSORS}),
    architectures=frozenset({"scripted"}),
    samplers={"euler": ("discrete", "karras"), "dpmpp_2m": ("karras",)},
    memory=MemoryUse(
        process=0,
        overhead=1,
        denoising=Bytes(half=1000, single=1000),
        decoding=Bytes(half=1, single=1),
        tile=128,
    ),
)

ARCHITECTURES = (
    Architecture(
        name="scripted",
        label="Script",
        signature=Signature(
            text_encoders=("cond_stage_model.scripted.",), context_width=1, pipelines=("ScriptedPipeline",)
        ),
        defaults=Defaults(size=Size(width=64, height=64), steps=4, cfg_scale=1, sampler="euler", scheduler="discrete"),
        prediction="epsilon",
    ),
)
