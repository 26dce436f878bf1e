"""A model, a plan and load options → the library's context parameters."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from safelight.catalog.weights import holds_blocks
from safelight.domain.conversion import TypeRule, WeightType
from safelight.domain.errors import SafelightError
from safelight.domain.models import ModelInfo, ModelKind, Role
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.engines.sdcpp.families import UNETS
from safelight.engines.sdcpp.library import Keeper, Library
from safelight.engines.sdcpp.options import LoadOptions

_PREDICTIONS = {
    "eps": "EPS_PRED",
    "v": "V_PRED",
    "edm_v": "EDM_V_PRED",
    "sd3_flow": "FLOW_PRED",
    "flux_flow": "FLUX_FLOW_PRED",
    "flux2_flow": "FLUX2_FLOW_PRED",
}
_KNOWN_PREDICTIONS = {"epsilon": "eps", "v_prediction": "v"}
_FLOATS = {"f32": DType.FLOAT32, "f16": DType.FLOAT16, "bf16": DType.BFLOAT16}
_COMPANIONS = (
    "vae",
    "taesd",
    "clip_l",
    "clip_g",
    "clip_vision",
    "t5xxl",
    "llm",
    "llm_vision",
    "high_noise_diffusion_model",
    "control_net",
    "photo_maker",
)
_PLAIN = (
    "keep_clip_on_cpu",
    "keep_control_net_on_cpu",
    "keep_vae_on_cpu",
    "tae_preview_only",
    "diffusion_conv_direct",
    "vae_conv_direct",
    "circular_x",
    "circular_y",
    "force_sdxl_vae_conv_scale",
    "qwen_image_zero_cond_t",
    "max_vram",
    "free_params_immediately",
    "vae_decode_only",
)


def context_params(library: Library, keep: Keeper, model: ModelInfo, plan: Plan, options: LoadOptions) -> Any:
    """`sd_ctx_params_t` for loading `model`; `keep` must live as long as it."""
    api, params = library.api, library.defaults("sd_ctx_params")
    alone = model.kind is ModelKind.DIFFUSION_MODEL
    setattr(params, "diffusion_model_path" if alone else "model_path", keep.text(model.path))
    found = {component.role: component.path for component in model.components}
    companions = {
        name: getattr(options.companions, name) or (found.get(Role(name)) if name in set(Role) else None)
        for name in _COMPANIONS
    }
    for name, path in companions.items():
        setattr(params, f"{name}_path", keep.text(path))
    if alone and model.architecture in UNETS:
        # The library knows a UNet's family by the text encoder only, and must know it to name that encoder's tensors:
        # so it reads the encoder first as if it were the model, and then in its place.
        params.model_path = params.clip_l_path
    params.embeddings = keep.array(
        api.sd_embedding_t,
        [api.sd_embedding_t(keep.text(e.name), keep.text(e.path)) for e in options.companions.embeddings],
    )
    params.embedding_count = len(options.companions.embeddings)
    params.n_threads = threads(library)
    params.wtype = _weight_type(api, model, plan, options, filter(None, companions.values()))
    params.tensor_type_rules = keep.text(rules_text(options.tensor_type_rules))
    params.rng_type = getattr(api.RNGType, _random(options.rng))
    if options.sampler_rng:
        params.sampler_rng_type = getattr(api.RNGType, _random(options.sampler_rng))
    prediction = options.prediction or _KNOWN_PREDICTIONS.get(model.prediction or "")
    if prediction:
        params.prediction = getattr(api.Prediction, _PREDICTIONS[prediction])
    params.lora_apply_mode = getattr(api.LoraApplyMode, f"LORA_APPLY_{options.lora_apply_mode.upper()}")
    params.enable_mmap = options.mmap
    offloaded = plan.memory_mode is MemoryMode.OFFLOADED and plan.device != "cpu"
    asked = options.offload_params_to_cpu
    params.offload_params_to_cpu = offloaded if asked is None else asked
    params.flash_attn, params.diffusion_flash_attn = options.flash_attention, options.diffusion_flash_attention
    params.chroma_use_dit_mask = options.chroma.use_dit_mask
    params.chroma_use_t5_mask = options.chroma.use_t5_mask
    params.chroma_t5_mask_pad = options.chroma.t5_mask_pad
    for name in _PLAIN:
        setattr(params, name, getattr(options, name))
    return params


def threads(library: Library) -> int:
    """As OpenMP was told (the worker's host passes the setting on), or every physical core."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() and int(given) else int(library.api.sd_get_num_physical_cores())


def ggml_type(api: Any, kind: WeightType) -> int:
    """The library's number for a type."""
    return int(getattr(api.GGMLType, f"SD_TYPE_{kind.value.upper()}"))


def rules_text(rules: tuple[TypeRule, ...]) -> str | None:
    """Rules as the library reads them; it spells `q4_k` as `q4_K`."""
    return ",".join(f"{rule.pattern}={rule.type.value.replace('_k', '_K')}" for rule in rules) or None


def _weight_type(api: Any, model: ModelInfo, plan: Plan, options: LoadOptions, companions: Iterable[Path]) -> int:
    """The type asked for; else the plan's for files of plain floats in another type; else each tensor's own.

    It is one for all files: where one of them is quantised, none is converted.
    """
    if options.weight_type:
        return ggml_type(api, options.weight_type)
    stored = _FLOATS.get((model.dtype or "").lower())
    if stored is None or stored is plan.dtype or any(map(_holds_blocks, companions)):
        return int(api.GGMLType.SD_TYPE_COUNT)
    return ggml_type(api, WeightType(plan.dtype.value))


def _holds_blocks(path: Path) -> bool:
    try:
        return holds_blocks(path)
    except (SafelightError, OSError):  # gone or damaged: the library says so when it loads it
        return False


def _random(name: str) -> str:
    return {"std_default": "STD_DEFAULT_RNG", "cuda": "CUDA_RNG", "cpu": "CPU_RNG"}[name]
