"""Stable Diffusion 1.5, 2.1 and XL at their real size, and 3 with a quarter of its blocks, with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from accelerate.big_modeling import init_empty_weights
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from safelight.engines.diffusers.tokenizer import clip_tokenizer
from tests.ldm import to_ldm, write_safetensors

UNETS: dict[str, dict[str, Any]] = {
    "sd1": {"sample_size": 64, "cross_attention_dim": 768, "attention_head_dim": 8},
    "sd2": {
        "sample_size": 96,
        "cross_attention_dim": 1024,
        "attention_head_dim": [5, 10, 20, 20],
        "use_linear_projection": True,
    },
    "sdxl": {
        "sample_size": 128,
        "cross_attention_dim": 2048,
        "attention_head_dim": [5, 10, 20],
        "use_linear_projection": True,
        "block_out_channels": [320, 640, 1280],
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        "transformer_layers_per_block": [1, 2, 10],
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    },
}
"""The UNets' published configurations (`unet/config.json` of stable-diffusion-v1-5, -2-1 and -xl-base-1.0)."""

_CLIPS = {"L": (768, 12, 12), "H": (1024, 23, 16), "G": (1280, 32, 20)}


def clip(kind: str, **options: Any) -> CLIPTextConfig:
    """The published configuration of CLIP L, H (as Stable Diffusion 2 cuts it) or G."""
    width, layers, heads = _CLIPS[kind]
    quick = kind == "L"
    return CLIPTextConfig(
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        hidden_act="quick_gelu" if quick else "gelu",
        bos_token_id=49406 if quick else 0,
        eos_token_id=49407 if quick else 2,
        **options,
    )


def filled(module: Any) -> Any:
    """Small random fp16 weights for a module that has none of its own yet."""
    module.load_state_dict(
        {name: torch.randn(t.shape, dtype=torch.float16) * 0.02 for name, t in module.state_dict().items()}, assign=True
    )
    return module.eval()


def build(architecture: str) -> Any:
    """The family's pipeline at its real size, in fp16."""
    torch.manual_seed(0)
    if architecture == "sd3":
        return _sd3()
    with init_empty_weights():
        unet = UNet2DConditionModel(**UNETS[architecture])
    common = {
        "unet": filled(unet),
        "vae": _vae(scaling_factor=0.13025 if architecture == "sdxl" else 0.18215),
        "scheduler": EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
        ),
    }
    if architecture == "sdxl":
        return StableDiffusionXLPipeline(
            text_encoder=filled(CLIPTextModel(clip("L"))),
            tokenizer=clip_tokenizer("<|endoftext|>"),
            text_encoder_2=filled(CLIPTextModelWithProjection(clip("G", projection_dim=1280))),
            tokenizer_2=clip_tokenizer("!"),
            **common,
        )
    return StableDiffusionPipeline(
        text_encoder=filled(CLIPTextModel(clip("H" if architecture == "sd2" else "L"))),
        tokenizer=clip_tokenizer("!" if architecture == "sd2" else "<|endoftext|>"),
        safety_checker=None,
        requires_safety_checker=False,
        feature_extractor=None,
        **common,
    )


def _vae(**options: Any) -> Any:
    with init_empty_weights():
        vae = AutoencoderKL(
            block_out_channels=[128, 256, 512, 512],
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            layers_per_block=2,
            **options,
        )
    return filled(vae)


def _sd3() -> StableDiffusion3Pipeline:
    """Stable Diffusion 3 medium as published, but for 6 of its 24 blocks, and without T5."""
    with init_empty_weights():
        transformer = SD3Transformer2DModel(
            sample_size=128,
            num_layers=6,
            num_attention_heads=24,
            caption_projection_dim=1536,
            pos_embed_max_size=192,
        )
    return StableDiffusion3Pipeline(
        transformer=filled(transformer),
        vae=_vae(
            latent_channels=16,
            use_quant_conv=False,
            use_post_quant_conv=False,
            scaling_factor=1.5305,
            shift_factor=0.0609,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        text_encoder=filled(CLIPTextModelWithProjection(clip("L", projection_dim=768))),
        tokenizer=clip_tokenizer("<|endoftext|>"),
        text_encoder_2=filled(CLIPTextModelWithProjection(clip("G", projection_dim=1280))),
        tokenizer_2=clip_tokenizer("!"),
        text_encoder_3=None,
        tokenizer_3=None,
    )


def checkpoint(root: Path, architecture: str) -> Path:
    """Write it as one fp16 file in the published layout, unless it is there; return the file."""
    file = root / f"{architecture}-random.safetensors"
    if not file.exists():
        write_safetensors(file, to_ldm(build(architecture), architecture))
    return file


def folder(root: Path, architecture: str) -> Path:
    """Write it in diffusers layout, fp16, unless it is there; return the folder."""
    target = root / f"{architecture}-random"
    if not target.exists():
        build(architecture).save_pretrained(target)
    return target
