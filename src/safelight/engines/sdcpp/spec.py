"""The sdcpp engine (stable-diffusion.cpp), described without importing it."""

from __future__ import annotations

from safelight.domain.models import ModelFormat, ModelKind
from safelight.domain.plans import DType
from safelight.engines.memory import Bytes, MemoryUse
from safelight.engines.spec import EngineSpec

_SIGMAS = (
    "discrete",
    "karras",
    "exponential",
    "ays",
    "gits",
    "sgm_uniform",
    "simple",
    "smoothstep",
    "kl_optimal",
    "lcm",
    "bong_tangent",
)
_FLOW_SIGMAS = tuple(name for name in _SIGMAS if name not in {"ays", "gits"})
"""Align Your Steps and GITS are tables of noise levels that were fitted to Stable Diffusion."""

_SAMPLERS = (
    "euler",
    "euler_a",
    "heun",
    "dpm2",
    "dpmpp_2s_a",
    "dpmpp_2m",
    "dpmpp_2m_v2",
    "ipndm",
    "ipndm_v",
    "lcm",
    "ddim",
    "tcd",
    "res_multistep",
    "res_2s",
    "er_sde",
)
_FEW_STEPS = ("lcm", "simple", "sgm_uniform", "discrete")

_OTHER_SAMPLERS = (
    "dpm2_a",
    "dpmpp_2m_sde",
    "dpmpp_3m_sde",
    "dpmpp_2s",
    "dpmpp_sde",
    "lms",
    "ddpm",
    "pndm",
    "unipc",
    "deis",
)

_FLAGS = {
    "CPU": "-DGGML_LLAMAFILE=ON",
    "CUDA": "-DSD_CUDA=ON",
    "ROCm": "-DSD_HIPBLAS=ON",
    "Vulkan": "-DSD_VULKAN=ON",
    "Metal": "-DSD_METAL=ON",
    "SYCL": "-DSD_SYCL=ON -DCMAKE_C_COMPILER=icx -DCMAKE_CXX_COMPILER=icpx",
}
"""From the package's README; the CPU's flag makes the matrix products of plain floats a quarter faster."""

SPEC = EngineSpec(
    name="sdcpp",
    factory="safelight.engines.sdcpp.engine:SdcppEngine",
    libraries=("stable-diffusion-cpp-python",),
    extra="sdcpp",
    memory=MemoryUse(
        process=100_000_000,
        device=200_000_000,
        holds_as_stored=True,
        overhead=1.05,
        denoising=Bytes(half=60, single=60),
        attending_of={"sd1": 32, "sd2": 20, "sdxl": 2.5},
        denoising_tokens=Bytes(half=60, single=60),
        passes_apart=True,
        decoding=Bytes(half=55, single=55),
        tile=256,
    ),
    cpu_share={DType.FLOAT16: 0.25, DType.FLOAT32: 0.25},
    builds=_FLAGS,
    build='CMAKE_ARGS="FLAGS" pip install --force-reinstall --no-cache-dir --no-deps stable-diffusion-cpp-python',
    rank=10,
    formats=frozenset({ModelFormat.SAFETENSORS, ModelFormat.CKPT, ModelFormat.GGUF}),
    kinds=frozenset({ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL}),
    architectures=frozenset(
        {"sd1", "sd1_tiny", "sd2", "sd2_tiny", "sdxs", "sdxl", "ssd1b", "vega", "sd3", "flux", "flux2"}
        | {"chroma", "chroma_radiance", "qwen_image", "z_image"}
    ),
    samplers={name: _FEW_STEPS if name in {"lcm", "tcd"} else _SIGMAS for name in _SAMPLERS},
    flow_samplers={name: _FLOW_SIGMAS for name in _SAMPLERS if name not in {"tcd", "ddim"}},
    missing_samplers={name: "stable-diffusion.cpp does not have it." for name in _OTHER_SAMPLERS},
    cancels=False,
    load_options="safelight.engines.sdcpp.options:LoadOptions",
    draw_options="safelight.engines.sdcpp.options:DrawOptions",
)
