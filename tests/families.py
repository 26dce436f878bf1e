"""Tiny pipelines of the text-to-image classes that diffusers runs from folders, with random weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from tokenizers import Tokenizer, pre_tokenizers, processors
from tokenizers.models import WordLevel

from safelight.engines.diffusers.tokenizer import clip_tokenizer
from tests.models import clip_config, vae

_WORDS = ("a", "cat", "in", "hat", "dog", "blurry", "system", "user", "assistant")


def build(name: str) -> Any:
    """The pipeline `name`, the same weights each time."""
    torch.manual_seed(0)
    return BUILDERS[name]()


def save(folder: Path, name: str) -> Path:
    """Write it in diffusers layout; return its folder."""
    build(name).save_pretrained(folder)
    return folder


def words(length: int = 64, *, chat: bool = False) -> Any:
    """A tokenizer of a few words that ends every text."""
    vocabulary = {word: number for number, word in enumerate(("<pad>", "</s>", "<unk>", *_WORDS))}
    made = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106 - no password
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    kind: Any = transformers.PreTrainedTokenizerFast
    return kind(
        tokenizer_object=made,
        eos_token="</s>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        model_max_length=length,
        chat_template="{% for m in messages %}{{ m['content'] }} {% endfor %}" if chat else None,
    )


def _flow(shift: float = 3.0, **options: Any) -> Any:
    return diffusers.FlowMatchEulerDiscreteScheduler(shift=shift, **options)


def t5(width: int = 32) -> Any:
    """A small T5 encoder."""
    config = transformers.T5Config(vocab_size=32, d_model=width, d_kv=8, d_ff=64, num_layers=1, num_heads=4)
    return transformers.T5EncoderModel(config)


def _sizes(width: int) -> dict[str, Any]:
    """Of a small language model."""
    return {
        "vocab_size": 64,
        "hidden_size": width,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 1,
    }


def _flux() -> Any:
    return diffusers.FluxPipeline(
        scheduler=_flow(use_dynamic_shifting=True),
        vae=vae("sd3"),
        text_encoder=transformers.CLIPTextModel(clip_config(layers=2, act="quick_gelu", eos=2)),
        tokenizer=clip_tokenizer("<|endoftext|>"),
        text_encoder_2=t5(),
        tokenizer_2=words(),
        transformer=diffusers.FluxTransformer2DModel(
            patch_size=1,
            in_channels=64,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
    )


def _chroma() -> Any:
    return diffusers.ChromaPipeline(
        scheduler=_flow(),
        vae=vae("sd3"),
        text_encoder=t5(),
        tokenizer=words(),
        transformer=diffusers.ChromaTransformer2DModel(
            patch_size=1,
            in_channels=64,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            axes_dims_rope=(4, 4, 8),
            approximator_hidden_dim=32,
            approximator_layers=1,
            approximator_num_channels=64,
        ),
    )


def _pixart_sigma() -> Any:
    return diffusers.PixArtSigmaPipeline(
        scheduler=diffusers.DPMSolverMultistepScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="linear"),
        vae=vae("sd1"),
        text_encoder=t5(),
        tokenizer=words(),
        transformer=diffusers.PixArtTransformer2DModel(
            sample_size=32,
            num_layers=1,
            patch_size=2,
            attention_head_dim=8,
            num_attention_heads=4,
            caption_channels=32,
            in_channels=4,
            cross_attention_dim=32,
            out_channels=8,
            norm_type="ada_norm_single",
        ),
    )


def _auraflow() -> Any:
    return diffusers.AuraFlowPipeline(
        scheduler=_flow(1.73),
        vae=vae("sd1"),
        text_encoder=t5(),
        tokenizer=words(),
        transformer=diffusers.AuraFlowTransformer2DModel(
            sample_size=32,
            patch_size=2,
            in_channels=4,
            num_mmdit_layers=1,
            num_single_dit_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            caption_projection_dim=32,
            joint_attention_dim=32,
            out_channels=4,
            pos_embed_max_size=256,
        ),
    )


def _lumina2() -> Any:
    return diffusers.Lumina2Pipeline(
        scheduler=_flow(6.0),
        vae=vae("sd3"),
        text_encoder=transformers.Gemma2Model(transformers.Gemma2Config(**_sizes(32))),
        tokenizer=words(256),
        transformer=diffusers.Lumina2Transformer2DModel(
            sample_size=8,
            patch_size=2,
            in_channels=16,
            hidden_size=24,
            num_layers=1,
            num_refiner_layers=1,
            num_attention_heads=3,
            num_kv_heads=1,
            multiple_of=16,
            axes_dim_rope=(4, 2, 2),
            axes_lens=(300, 64, 64),
            cap_feat_dim=32,
        ),
    )


def _z_image() -> Any:
    return diffusers.ZImagePipeline(
        scheduler=_flow(),
        vae=vae("sd3"),
        text_encoder=transformers.Qwen3Model(transformers.Qwen3Config(**_sizes(32))),
        tokenizer=words(512, chat=True),
        transformer=diffusers.ZImageTransformer2DModel(
            all_patch_size=(2,),
            all_f_patch_size=(1,),
            in_channels=16,
            dim=32,
            n_layers=1,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=32,
            axes_dims=[8, 4, 4],
            axes_lens=[256, 32, 32],
        ),
    )


def _qwen_image() -> Any:
    sizes = _sizes(16) | {"num_key_value_heads": 2, "head_dim": 8}
    rope = {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"}
    config = transformers.Qwen2_5_VLConfig(
        text_config={**sizes, "rope_scaling": rope, "rope_theta": 1e6},
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16},
        vision_end_token_id=60,
        vision_start_token_id=61,
        image_token_id=63,
    )
    return diffusers.QwenImagePipeline(
        scheduler=_flow(use_dynamic_shifting=True),
        vae=diffusers.AutoencoderKLQwenImage(
            base_dim=24, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=1, temperal_downsample=[False, True, True]
        ),
        text_encoder=transformers.Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=words(1024),
        transformer=diffusers.QwenImageTransformer2DModel(
            patch_size=2,
            in_channels=64,
            out_channels=16,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=3,
            joint_attention_dim=16,
            guidance_embeds=False,
            axes_dims_rope=(8, 4, 4),
        ),
    )


def _cogview4() -> Any:
    return diffusers.CogView4Pipeline(
        scheduler=_flow(
            base_shift=0.25,
            max_shift=0.75,
            base_image_seq_len=256,
            use_dynamic_shifting=True,
            time_shift_type="linear",
        ),
        vae=vae("sd1"),
        text_encoder=transformers.GlmModel(transformers.GlmConfig(**_sizes(32))),
        tokenizer=words(1024),
        transformer=diffusers.CogView4Transformer2DModel(
            patch_size=2,
            in_channels=4,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            out_channels=4,
            text_embed_dim=32,
            time_embed_dim=8,
            condition_dim=4,
        ),
    )


def _sana() -> Any:
    kinds, channels, multiscales = ("ResBlock", "EfficientViTBlock"), (8, 8), ((), (5,))
    return diffusers.SanaPipeline(
        scheduler=_flow(),
        vae=diffusers.AutoencoderDC(
            in_channels=3,
            latent_channels=4,
            attention_head_dim=2,
            encoder_block_types=kinds,
            decoder_block_types=kinds,
            encoder_block_out_channels=channels,
            decoder_block_out_channels=channels,
            encoder_qkv_multiscales=multiscales,
            decoder_qkv_multiscales=multiscales,
            encoder_layers_per_block=(1, 1),
            decoder_layers_per_block=(1, 1),
            downsample_block_type="conv",
            upsample_block_type="interpolate",
            decoder_norm_types="rms_norm",
            decoder_act_fns="silu",
            scaling_factor=0.41407,
        ),
        text_encoder=transformers.Gemma2Model(transformers.Gemma2Config(**_sizes(8))),
        tokenizer=words(600),
        transformer=diffusers.SanaTransformer2DModel(
            patch_size=1,
            in_channels=4,
            out_channels=4,
            num_layers=1,
            num_attention_heads=2,
            attention_head_dim=4,
            num_cross_attention_heads=2,
            cross_attention_head_dim=4,
            cross_attention_dim=8,
            caption_channels=8,
            sample_size=16,
        ),
    )


BUILDERS: dict[str, Callable[[], Any]] = {
    "flux": _flux,
    "chroma": _chroma,
    "pixart_sigma": _pixart_sigma,
    "auraflow": _auraflow,
    "lumina2": _lumina2,
    "z_image": _z_image,
    "qwen_image": _qwen_image,
    "cogview4": _cogview4,
    "sana": _sana,
}
"""Family → the maker of its pipeline."""
