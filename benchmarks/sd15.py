"""A Stable Diffusion 1.5 of full size with random weights: timing does not depend on the values."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from accelerate.big_modeling import init_empty_weights
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.ldm import to_ldm, write_safetensors

from safelight.engines.diffusers.single_file import clip_tokenizer


def _filled(module: Any, dtype: torch.dtype) -> Any:
    """Give an empty module small random weights without ever holding it in fp32."""
    weights = {n: torch.randn(t.shape, dtype=dtype) * 0.02 for n, t in module.state_dict().items()}
    module.load_state_dict(weights, assign=True)
    return module.eval()


def build(dtype: torch.dtype) -> Any:
    """The pipeline, about 1.07 billion parameters; configuration of runwayml/stable-diffusion-v1-5."""
    torch.manual_seed(0)
    with init_empty_weights():
        unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8)
        vae = AutoencoderKL(
            block_out_channels=[128, 256, 512, 512],
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            layers_per_block=2,
            sample_size=512,
        )
    text = CLIPTextModel(
        CLIPTextConfig(
            hidden_size=768, intermediate_size=3072, num_attention_heads=12, num_hidden_layers=12, eos_token_id=49407
        )
    )
    return StableDiffusionPipeline(
        unet=_filled(unet, dtype),
        vae=_filled(vae, dtype),
        text_encoder=_filled(text, dtype),
        tokenizer=clip_tokenizer("<|endoftext|>"),
        scheduler=EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"),
        safety_checker=None,
        requires_safety_checker=False,
        feature_extractor=None,
    )


def folder(root: Path) -> Path:
    """Write it in diffusers layout, bf16, unless it is there; return the folder."""
    target = root / "sd15-random"
    if not target.exists():
        build(torch.bfloat16).save_pretrained(target)
    return target


def checkpoint(root: Path) -> Path:
    """Write it as one LDM-layout fp16 file, unless it is there; return the file."""
    target = root / "sd15-random.safetensors"
    if not target.exists():
        write_safetensors(target, to_ldm(build(torch.float16), "sd1"))
    return target
