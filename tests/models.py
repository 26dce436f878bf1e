"""Small but structurally true models, made on the fly, in diffusers layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    FlowMatchEulerDiscreteScheduler,
    PNDMScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from safelight.engines.diffusers.tokenizer import clip_tokenizer

WIDTH = 32
LEVELS = {"sd1": 4, "sd2": 4, "sdxl": 3}


def build_pipeline(architecture: str, *, prediction: str = "epsilon") -> Any:
    """A tiny pipeline with random but reproducible weights and the family's true structure."""
    torch.manual_seed(0)
    common = {"vae": vae(architecture), "scheduler": _scheduler(prediction), "feature_extractor": None}
    if architecture == "sd3":
        return _sd3()
    if architecture == "sdxl":
        return StableDiffusionXLPipeline(
            unet=_unet(architecture, 3 * WIDTH),
            text_encoder=CLIPTextModel(clip_config(layers=2, act="quick_gelu", eos=49407)),
            tokenizer=clip_tokenizer("<|endoftext|>"),
            text_encoder_2=CLIPTextModelWithProjection(clip_config(layers=2, act="gelu", eos=2, width=2 * WIDTH)),
            tokenizer_2=clip_tokenizer("!"),
            **common,
        )
    open_clip = architecture == "sd2"
    text = clip_config(layers=2, act="gelu" if open_clip else "quick_gelu", eos=2 if open_clip else 49407)
    return StableDiffusionPipeline(
        unet=_unet(architecture, WIDTH),
        text_encoder=CLIPTextModel(text),
        tokenizer=clip_tokenizer("!" if open_clip else "<|endoftext|>"),
        safety_checker=None,
        requires_safety_checker=False,
        **common,
    )


def save_folder(folder: Path, architecture: str = "sd1", *, prediction: str = "epsilon") -> Path:
    """Write a tiny model in diffusers layout; return its folder."""
    build_pipeline(architecture, prediction=prediction).save_pretrained(folder)
    return folder


def _sd3() -> StableDiffusion3Pipeline:
    """A flow transformer with two CLIP encoders and, as many people run it, without T5."""
    text = [clip_config(layers=2, act="gelu", eos=2, width=width) for width in (WIDTH, 2 * WIDTH)]
    return StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=8,
            patch_size=1,
            in_channels=16,
            out_channels=16,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            caption_projection_dim=WIDTH,
            joint_attention_dim=3 * WIDTH,
            pooled_projection_dim=3 * WIDTH,
        ),
        vae=vae("sd3"),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        text_encoder=CLIPTextModelWithProjection(text[0]),
        tokenizer=clip_tokenizer("<|endoftext|>"),
        text_encoder_2=CLIPTextModelWithProjection(text[1]),
        tokenizer_2=clip_tokenizer("!"),
        text_encoder_3=None,
        tokenizer_3=None,
    )


def _unet(architecture: str, context: int) -> UNet2DConditionModel:
    levels = LEVELS[architecture]
    widths = [WIDTH, WIDTH, 2 * WIDTH, 2 * WIDTH][:levels]
    crossed, plain = "CrossAttnDownBlock2D", "DownBlock2D"
    down = [plain, crossed, crossed] if architecture == "sdxl" else [crossed, crossed, crossed, plain]
    options: dict[str, Any] = {
        "sample_size": 8,
        "block_out_channels": widths,
        "down_block_types": down,
        "up_block_types": [name.replace("Down", "Up") for name in reversed(down)],
        "layers_per_block": 2,
        "cross_attention_dim": context,
    }
    if architecture != "sd1":
        options |= {"attention_head_dim": [max(width // 64, 1) for width in widths], "use_linear_projection": True}
    if architecture == "sdxl":
        options |= {
            "transformer_layers_per_block": [1, 1, 2],
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": 6 * 256 + 2 * WIDTH,
        }
    return UNet2DConditionModel(**options)


def vae(architecture: str) -> AutoencoderKL:
    """The family's autoencoder."""
    return AutoencoderKL(
        block_out_channels=[WIDTH] * 4,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=16 if architecture == "sd3" else 4,
        layers_per_block=2,
        sample_size=64,
        scaling_factor=0.13025 if architecture == "sdxl" else 0.18215,
        shift_factor=0.0609 if architecture == "sd3" else None,
    )


def clip_config(*, layers: int, act: str, eos: int, width: int = WIDTH) -> CLIPTextConfig:
    """A small CLIP text encoder's configuration."""
    return CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=1,
        max_position_embeddings=77,
        projection_dim=width,
        hidden_act=act,
        bos_token_id=49406 if eos != 2 else 0,
        eos_token_id=eos,
        pad_token_id=1,
    )


def _scheduler(prediction: str) -> PNDMScheduler:
    return PNDMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        skip_prk_steps=True,
        steps_offset=1,
        prediction_type=prediction,
    )
