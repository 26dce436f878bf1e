"""Builds a diffusers pipeline from single files in the published layouts, without any download.

A checkpoint holds all parts; a diffusion model alone takes its VAE and text encoders from its companions, which come
first for a checkpoint, too. Shapes come from the files, so pruned and widened relatives of a family load as well. Names
are translated by diffusers' own conversion tables. Weights outside the model (training state, EMA twins) are not read.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.loaders import single_file_utils as ldm
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from safelight.domain.errors import UnsupportedModel
from safelight.domain.models import ModelInfo, Prediction, Role
from safelight.engines.diffusers.checkpoint import CheckpointFile, Section
from safelight.engines.diffusers.configurations import unet_config, vae_config
from safelight.engines.diffusers.filling import Tensors, filled
from safelight.engines.diffusers.text_encoders import clip_l, open_clip
from safelight.engines.diffusers.tokenizer import clip_tokenizer

UNET, VAE = "model.diffusion_model.", "first_stage_model."
_UNET_WITNESSES = ("input_blocks.0.0.weight",)
_VAE_WITNESSES = ("decoder.conv_in.weight",)
_TEXT_WITNESSES = tuple(f"{body}token_embedding.weight" for body in ("text_model.embeddings.", "embeddings.", ""))
_ENCODERS: dict[str, dict[Role, tuple[str, ...]]] = {
    "sd1": {Role.CLIP_L: ("cond_stage_model.transformer.",)},
    "sd2": {Role.CLIP_L: ("cond_stage_model.model.", "cond_stage_model.transformer.")},
    "sdxl": {
        Role.CLIP_L: ("conditioner.embedders.0.transformer.", "cond_stage_model.transformer."),
        Role.CLIP_G: ("conditioner.embedders.1.model.", "cond_stage_model.1.transformer."),
    },
}
"""Where a checkpoint has its text encoders: as published, then as stable-diffusion.cpp's `convert_name` has them."""

_V_PREDICTION_SPREAD = 0.09


def load_single_file(model: ModelInfo, dtype: torch.dtype, hollow: Container[str] = ()) -> Any:
    """Return the diffusers pipeline in `dtype` on the CPU; of the components in `hollow` no weights are read.

    At any moment this holds what is loaded so far in `dtype`, one tensor as stored and, for OpenCLIP encoders, their
    attention projections twice. What the whole load takes is measured by `benchmarks/memory.py`.

    Raises:
        UnsupportedModel: Parts are missing or have shapes that the family does not have.
    """
    try:
        return _assembled(_Parts(model), model, dtype, hollow)
    except KeyError as error:
        raise UnsupportedModel(
            f"{model.path.name} lacks {error}, which every {model.architecture} checkpoint has."
        ) from error
    except ValueError as error:
        raise UnsupportedModel(
            f"{model.path.name} is not laid out as {model.architecture} checkpoints are: {error}."
        ) from error


class _Parts:
    """Where each part of a model is: in a companion, or in the model's own file."""

    def __init__(self, model: ModelInfo) -> None:
        self._model = model
        self._file = CheckpointFile(model.path)
        self._found: dict[Role, Path] = {part.role: part.path for part in model.components if part.path}

    @cached_property
    def unet(self) -> Section:
        return _section(self._file, (UNET, ""), _UNET_WITNESSES, "a UNet in LDM names")

    def vae(self) -> Section:
        return self._part(Role.VAE, (VAE, "vae."), _VAE_WITNESSES, "a VAE")

    def encoder(self, role: Role) -> Section:
        prefixes = _ENCODERS[self._model.architecture or ""][role]
        return self._part(role, prefixes, _TEXT_WITNESSES, f"a text encoder ({role.value})")

    def _part(self, role: Role, prefixes: Iterable[str], witnesses: tuple[str, ...], label: str) -> Section:
        if role not in self._found:
            return _section(self._file, prefixes, witnesses, label)
        file = CheckpointFile(self._found[role])
        before = {name.removesuffix(witness) for witness in witnesses for name in file.names if name.endswith(witness)}
        return _section(file, (*prefixes, *sorted(before, key=len)), witnesses, label)


def _section(file: CheckpointFile, prefixes: Iterable[str], witnesses: tuple[str, ...], label: str) -> Section:
    for prefix in prefixes:
        if any(prefix + witness in file.header.tensors for witness in witnesses):
            return Section(file, prefix)
    raise UnsupportedModel(
        f"{file.path.name} lacks {label}.", hint="Put a file that has it into the models folder, beside the model."
    )


def _assembled(parts: _Parts, model: ModelInfo, dtype: torch.dtype, hollow: Container[str]) -> Any:
    sdxl = model.architecture == "sdxl"
    unet = filled(
        parts.unet,
        dtype,
        lambda: UNet2DConditionModel(**unet_config(parts.unet, model.architecture)),
        _unet_named,
        hollow="unet" in hollow,
    )
    section = parts.vae()
    vae = filled(
        section,
        dtype,
        lambda: AutoencoderKL(**vae_config(section, sdxl=sdxl)),
        _vae_named,
        hollow="vae" in hollow,
    )
    prediction = model.prediction or _measured_prediction(parts.unet)
    common = {"unet": unet, "vae": vae, "scheduler": _scheduler(prediction), "feature_extractor": None}
    if sdxl:
        return StableDiffusionXLPipeline(
            text_encoder=clip_l(parts.encoder(Role.CLIP_L), dtype, hollow="text_encoder" in hollow),
            tokenizer=clip_tokenizer("<|endoftext|>"),
            text_encoder_2=open_clip(
                parts.encoder(Role.CLIP_G), dtype, CLIPTextModelWithProjection, hollow="text_encoder_2" in hollow
            ),
            tokenizer_2=clip_tokenizer("!"),
            **common,
        )
    text, empty = parts.encoder(Role.CLIP_L), "text_encoder" in hollow
    if model.architecture == "sd2":
        encoder, padding = open_clip(text, dtype, CLIPTextModel, hollow=empty), "!"
    else:
        encoder, padding = clip_l(text, dtype, hollow=empty), "<|endoftext|>"
    return StableDiffusionPipeline(
        text_encoder=encoder,
        tokenizer=clip_tokenizer(padding),
        safety_checker=None,
        requires_safety_checker=False,
        **common,
    )


def _unet_named(tensors: Tensors, empty: Any) -> Tensors:
    named = {UNET + name: tensor for name, tensor in tensors.items()}
    return dict(ldm.convert_ldm_unet_checkpoint(named, dict(empty.config)))


def _vae_named(tensors: Tensors, empty: Any) -> Tensors:
    if any(name.startswith("decoder.mid_block.") for name in tensors):
        return tensors
    return dict(ldm.convert_ldm_vae_checkpoint(tensors, dict(empty.config)))


def _measured_prediction(unet: Section) -> Prediction:
    """Tell v-prediction from noise prediction in a Stable Diffusion 2 file, whose shapes are the same.

    The last block's first norm bias spreads more than 0.09 in velocity models: ComfyUI's rule (`supported_models.py`).
    """
    name = "output_blocks.11.1.transformer_blocks.0.norm1.bias"
    if name not in unet.names:
        return "epsilon"
    spread = float(unet.read(torch.float32, [name])[name].std(correction=0))
    return "v_prediction" if spread > _V_PREDICTION_SPREAD else "epsilon"


def _scheduler(prediction: Prediction) -> EulerDiscreteScheduler:
    """Stable Diffusion's noise schedule; the sampler is chosen per request."""
    return EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction, steps_offset=1
    )
