"""The diffusers engine, described without importing it."""

from __future__ import annotations

from safelight.domain.models import ModelFormat, ModelKind
from safelight.domain.plans import DType
from safelight.engines.memory import Bytes, MemoryUse
from safelight.engines.spec import EngineSpec

_SPACED = ("discrete", "sgm_uniform", "simple", "ddim_uniform")
_UNIFORM = ("ddim_uniform", "sgm_uniform", "simple")
"""DDIM, DDPM and PNDM step by a fixed stride in diffusers, which `discrete` spacing does not match."""

_SIGMAS = ("karras", "exponential", "beta")

SPEC = EngineSpec(
    name="diffusers",
    factory="safelight.engines.diffusers.engine:DiffusersEngine",
    libraries=("diffusers", "torch", "transformers", "openvino"),
    formats=frozenset({ModelFormat.SAFETENSORS, ModelFormat.CKPT, ModelFormat.GGUF, ModelFormat.DIFFUSERS}),
    architectures=frozenset({"sd1", "sd2", "sdxl"}),
    kinds=frozenset({ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL}),
    samplers={
        "euler": (*_SPACED, *_SIGMAS),
        "euler_a": _SPACED,
        "heun": (*_SPACED, *_SIGMAS),
        "dpm2": (*_SPACED, *_SIGMAS),
        "dpm2_a": (*_SPACED, *_SIGMAS),
        "dpmpp_2m": (*_SPACED, *_SIGMAS),
        "dpmpp_2m_sde": (*_SPACED, *_SIGMAS),
        "dpmpp_3m_sde": (*_SPACED, *_SIGMAS),
        "dpmpp_2s": ("discrete", *_SIGMAS),
        "lms": (*_SPACED, *_SIGMAS),
        "ddim": _UNIFORM,
        "ddpm": _UNIFORM,
        "pndm": _UNIFORM,
        "unipc": (*_SPACED, *_SIGMAS),
        "deis": (*_SPACED, *_SIGMAS),
        "lcm": ("discrete",),
        "tcd": ("discrete",),
    },
    flow_samplers={
        "euler": ("discrete", *_SIGMAS),
        "heun": ("discrete", *_SIGMAS),
    },
    load_options="safelight.engines.diffusers.options:LoadOptions",
    draw_options="safelight.engines.diffusers.options:DrawOptions",
    keeps_files=True,
    memory=MemoryUse(
        process=460_000_000,
        device=600_000_000,
        overhead=1.085,
        denoising=Bytes(half=116, single=148),
        denoising_of={"sdxl": Bytes(half=70, single=90)},
        denoising_tokens=Bytes(half=62, single=87),
        decoding=Bytes(half=18.4, single=28),
    ),
    cpu_share={DType.BFLOAT16: 0.45, DType.FLOAT32: 0.8},
    missing_samplers={
        "dpmpp_2s_a": "diffusers has no exact DPM++ 2S ancestral.",
        "dpmpp_sde": "diffusers' DPM++ SDE draws its noise from torchsde, which takes no seeded generator.",
        "dpmpp_2m_v2": "diffusers does not have it.",
        "ipndm": "diffusers' iPNDM does not take the noise schedule of Stable Diffusion.",
        "ipndm_v": "diffusers does not have it.",
        "res_multistep": "diffusers does not have it.",
        "res_2s": "diffusers does not have it.",
        "er_sde": "diffusers does not have it.",
    },
)
