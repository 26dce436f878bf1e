"""Models that stable-diffusion.cpp accepts, made on the fly: it hard-codes its families' widths, so they are not tiny.

The smallest is the layout of segmind/tiny-sd: Stable Diffusion 1 with three UNet levels of one block each and no middle
block (323 million numbers), its full CLIP-L and VAE (207 million).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.big_modeling import init_empty_weights
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from safelight.engines.diffusers.tokenizer import clip_tokenizer
from tests.ldm import Tensors, unet_to_ldm, vae_to_ldm, write_safetensors

INSTALLED = importlib.util.find_spec("stable_diffusion_cpp") is not None
needs_sdcpp = pytest.mark.skipif(not INSTALLED, reason="the sdcpp extra is not installed: make test-slow installs it")

LEVELS = [320, 640, 1280]


def tiny_sd(seed: int = 0) -> Any:
    """A pipeline with random but reproducible weights, in fp16, whose network neither fades nor explodes."""
    torch.manual_seed(seed)
    with init_empty_weights():
        unet = UNet2DConditionModel(
            sample_size=64,
            block_out_channels=LEVELS,
            layers_per_block=1,
            down_block_types=["CrossAttnDownBlock2D"] * 3,
            mid_block_type=None,
            up_block_types=["CrossAttnUpBlock2D"] * 3,
            cross_attention_dim=768,
            attention_head_dim=8,
        )
        vae = AutoencoderKL(
            block_out_channels=[128, 256, 512, 512],
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            layers_per_block=2,
        )
        text = CLIPTextModel(CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_attention_heads=12))
    return StableDiffusionPipeline(
        unet=_filled(unet),
        vae=_filled(vae),
        text_encoder=_filled(text),
        tokenizer=clip_tokenizer("<|endoftext|>"),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
        ),
        safety_checker=None,
        requires_safety_checker=False,
        feature_extractor=None,
    )


def write_tiny_sd(path: Path, pipe: Any) -> Path:
    """Write it as one fp16 file in the published layout."""
    tensors: Tensors = {f"model.diffusion_model.{n}": t for n, t in _numbered(pipe.unet).items()}
    tensors |= {f"first_stage_model.{n}": t for n, t in vae_to_ldm(pipe.vae).items()}
    text = {n.removeprefix("text_model."): t for n, t in pipe.text_encoder.state_dict().items()}
    tensors |= {f"cond_stage_model.transformer.text_model.{n}": t for n, t in text.items()}
    return write_safetensors(path, {name: tensor.contiguous() for name, tensor in tensors.items()})


def _numbered(unet: Any) -> Tensors:
    """LDM numbers as distillations keep them: each level counts as if it still had two blocks on its way down."""
    renamed = {}
    for name, tensor in unet_to_ldm(unet).items():
        side, _, rest = name.partition(".")
        number, _, rest = rest.partition(".")
        if side == "input_blocks" and number != "0":
            level, place = divmod(int(number) - 1, 2)
            number = str(3 * level + (3 if place else 1))
        elif side == "output_blocks":
            level, place = divmod(int(number), 2)
            number = str(3 * level + place)
            if rest.startswith("2.conv."):  # upsampling keeps the number it had after three blocks
                number, rest = str(3 * level + 2), rest if level else rest.replace("2.", "1.", 1)
        renamed[f"{side}.{number}.{rest}"] = tensor
    return renamed


def _filled(module: Any) -> Any:
    """Norms nearly as identities; other weights so that every layer keeps the size of what goes through.

    The text encoder's last norm shifts, as CLIP's does: prompt weights are balanced by the mean of what it puts out.
    """
    weights = {}
    for name, empty in module.state_dict().items():
        if empty.dim() == 1:
            fill = 1.0 if name.endswith("weight") else 0.1 * ("final_layer_norm" in name)
            weights[name] = torch.full(empty.shape, fill, dtype=torch.float16)
        else:
            fan_in = empty[0].numel()
            weights[name] = torch.randn(empty.shape, dtype=torch.float16) * fan_in**-0.5
    module.load_state_dict(weights, assign=True)
    return module.eval()
