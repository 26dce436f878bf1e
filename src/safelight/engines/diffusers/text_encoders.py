"""CLIP text encoders from a file, in the names of transformers or of OpenCLIP."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.loaders import single_file_utils as ldm
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from safelight.engines.diffusers.checkpoint import Section
from safelight.engines.diffusers.configurations import text_config
from safelight.engines.diffusers.filling import Tensors, filled

_LAYERS_OF_H = 24
"""Of OpenCLIP ViT-H; Stable Diffusion 2 listens to the one before the last, and diffusers leaves the last out."""


_TURNED = ("text_model.text_projection", "text_projection")
"""OpenCLIP's projection as stable-diffusion.cpp's `convert_name` calls it; transformers has it transposed."""


def clip_l(encoder: Section, dtype: torch.dtype, *, hollow: bool = False) -> Any:
    """OpenAI's CLIP ViT-L, of Stable Diffusion 1 and XL."""
    options = {"hidden_act": "quick_gelu", "projection_dim": 768}
    return _transformers(encoder, dtype, CLIPTextModel, options, hollow)


def open_clip(encoder: Section, dtype: torch.dtype, kind: type[Any], *, hollow: bool = False) -> Any:
    """OpenCLIP's ViT-H of Stable Diffusion 2 (`kind` is CLIPTextModel), or ViT-bigG of XL (with projection)."""
    options: dict[str, Any] = {"hidden_act": "gelu", "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    if not encoder.has("transformer.resblocks."):
        return _transformers(encoder, dtype, kind, options, hollow)
    config = text_config(encoder, "", "transformer.resblocks.", "mlp.c_fc.weight") | options
    if kind is CLIPTextModel:
        config["num_hidden_layers"] -= 1
    else:
        config["projection_dim"] = encoder.shape("text_projection")[1]

    def convert(part: Tensors, empty: Any) -> Tensors:
        # Named as in no checkpoint: under the names that Stable Diffusion 2 has, it leaves layer 24 out of bigG, too.
        converted = ldm.convert_open_clip_checkpoint(empty, {f"clip.{n}": t for n, t in part.items()}, prefix="clip.")
        return flat_or_nested({name.removeprefix("text_model."): t for name, t in converted.items()}, empty)

    return filled(encoder, dtype, lambda: kind(CLIPTextConfig(**config)), convert, hollow=hollow)


def _transformers(encoder: Section, dtype: torch.dtype, kind: type[Any], options: dict[str, Any], hollow: bool) -> Any:
    body = "text_model." if encoder.has("text_model.") else ""
    config = text_config(encoder, body + "embeddings.", f"{body}encoder.layers.", "mlp.fc1.weight") | options
    if kind is CLIPTextModelWithProjection:
        name = next((n for n in ("text_projection.weight", *_TURNED) if n in encoder.names), "")
        if not name:
            raise KeyError(encoder.prefix + "text_projection.weight")
        config["projection_dim"] = encoder.shape(name)[1 if name in _TURNED else 0]
    elif options["hidden_act"] == "gelu" and config["num_hidden_layers"] == _LAYERS_OF_H:
        config["num_hidden_layers"] -= 1

    def convert(part: Tensors, empty: Any) -> Tensors:
        for turned in _TURNED:
            if turned in part:
                part["text_projection.weight"] = part.pop(turned).T.contiguous()
        for joined in [name for name in part if ".self_attn.in_proj." in name]:
            for letter, third in zip("qkv", part.pop(joined).chunk(3), strict=True):
                part[joined.replace(".in_proj.", f".{letter}_proj.")] = third
        return flat_or_nested({name.removeprefix(body): tensor for name, tensor in part.items()}, empty)

    return filled(encoder, dtype, lambda: kind(CLIPTextConfig(**config)), convert, hollow=hollow)


def flat_or_nested(tensors: Tensors, empty: torch.nn.Module) -> Tensors:
    """Name tensors as transformers does: under `text_model.` with a projection, and since 5.6 not without one."""
    expected = empty.state_dict().keys()
    named = {name if name in expected else f"text_model.{name}": tensor for name, tensor in tensors.items()}
    return {name: tensor for name, tensor in named.items() if name in expected}
