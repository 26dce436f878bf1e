"""Text encoders: CLIP, OpenCLIP, T5 and language models, under the names of transformers, OpenCLIP and llama.cpp.

Sources: config.json of openai/clip-vit-large-patch14, laion/CLIP-ViT-H-14-laion2B-s32B-b79K, laion/CLIP-ViT-bigG-14-
laion2B-39B-b160k, google/t5-v1_1-xxl, google/umt5-xxl, Qwen/Qwen2.5-VL-7B-Instruct, Qwen/Qwen3-4B, Qwen/Qwen3-8B,
mistralai/Mistral-Small-3.2-24B-Instruct-2506; names in GGUF files from llama.cpp, gguf-py/gguf/tensor_mapping.py.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Companion
from safelight.catalog.architectures.signature import Layout, Shape
from safelight.domain.models import ModelKind, Role

_CLIP_WORDS = 49_408
_WITH_VISION = 768
"""Width of CLIP ViT-L/14, whose files with both halves are used for the text: nothing needs its image encoder."""
_TEXT_ROOTS = ("", "te.", "transformer.", "text_encoder.", "text_encoders.")


def _clip(width: int, *roots: str) -> tuple[Layout, ...]:
    """A CLIP text model under transformers' names (with and, since 5.6, without `text_model.`) and OpenCLIP's."""
    every = (*_TEXT_ROOTS, *roots)
    words: Shape = (_CLIP_WORDS, width)
    no_vision = () if width == _WITH_VISION else ("vision_model.post_layernorm.weight",)
    return (
        Layout(
            "transformers",
            {"text_model.embeddings.token_embedding.weight": words, "text_model.final_layer_norm.weight": (width,)},
            no_vision,
            every,
        ),
        Layout(
            "transformers",
            {"embeddings.token_embedding.weight": words, "final_layer_norm.weight": (width,)},
            no_vision,
            every,
        ),
        Layout(
            "OpenCLIP",
            {"token_embedding.weight": words, "ln_final.weight": (width,), "positional_embedding": (77, width)},
            ("visual.conv1.weight",),
            (*every, "model."),
        ),
    )


def _t5(words: int, *, bias_everywhere: bool) -> tuple[Layout, ...]:
    """The encoder of T5 v1.1 XXL, or of UMT5 XXL, which has a position bias in every block."""
    second = "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight"
    tensors: dict[str, Shape] = {
        "shared.weight": (words, 4096),
        "encoder.block.23.layer.1.layer_norm.weight": (4096,),
    }
    mapped: dict[str, Shape] = {"token_embd.weight": (words, 4096), "enc.blk.23.ffn_norm.weight": (4096,)}
    mapped_second = "enc.blk.1.attn_rel_b.weight"
    if bias_everywhere:
        tensors[second] = (32, 64)
        mapped[mapped_second] = (None, None)
    tied = {
        "encoder.embed_tokens.weight" if name == "shared.weight" else name: shape for name, shape in tensors.items()
    }
    absent = () if bias_everywhere else (second,)
    return (
        Layout("transformers", tensors, absent, _TEXT_ROOTS),
        Layout("transformers", tied, (*absent, "shared.weight"), _TEXT_ROOTS),
        Layout("llama.cpp", mapped, () if bias_everywhere else (mapped_second,)),
    )


def _llm(words: int, width: int, layers: int, *, absent: tuple[str, ...] = (), **extra: Shape) -> tuple[Layout, ...]:
    """A language model under transformers' and llama.cpp's names; `extra`: tensors of its first block's attention."""
    hf = {"q_norm": "self_attn.q_norm.weight", "q_bias": "self_attn.q_proj.bias"}
    llama = {"q_norm": "attn_q_norm.weight", "q_bias": "attn_q.bias"}
    after = layers
    return (
        Layout(
            "transformers",
            {
                "embed_tokens.weight": (words, width),
                f"layers.{layers - 1}.input_layernorm.weight": (width,),
                **{f"layers.0.{hf[name]}": shape for name, shape in extra.items()},
            },
            (f"layers.{after}.input_layernorm.weight", *(f"layers.0.{hf[name]}" for name in absent)),
            ("", "model.", "language_model.", "model.language_model.", "language_model.model.", "text_encoder.model."),
        ),
        Layout(
            "llama.cpp",
            {
                "token_embd.weight": (words, width),
                f"blk.{layers - 1}.attn_norm.weight": (width,),
                **{f"blk.0.{llama[name]}": shape for name, shape in extra.items()},
            },
            (f"blk.{after}.attn_norm.weight", *(f"blk.0.{llama[name]}" for name in absent)),
        ),
    )


COMPANIONS = (
    Companion(
        name="clip_l",
        label="CLIP ViT-L/14's text encoder",
        role=Role.CLIP_L,
        kind=ModelKind.TEXT_ENCODER,
        layouts=_clip(768),
        width=768,
    ),
    Companion(
        name="openclip_h",
        label="OpenCLIP ViT-H/14's text encoder",
        role=Role.CLIP_L,
        kind=ModelKind.TEXT_ENCODER,
        layouts=_clip(1024),
        width=1024,
    ),
    Companion(
        name="clip_g",
        label="OpenCLIP ViT-bigG/14's text encoder",
        role=Role.CLIP_G,
        kind=ModelKind.TEXT_ENCODER,
        layouts=_clip(1280),
        width=1280,
    ),
    Companion(
        name="t5xxl",
        label="T5 v1.1 XXL's encoder",
        role=Role.T5XXL,
        kind=ModelKind.TEXT_ENCODER,
        layouts=_t5(32_128, bias_everywhere=False),
        width=4096,
    ),
    Companion(
        name="umt5xxl",
        label="UMT5 XXL's encoder",
        role=Role.T5XXL,
        kind=ModelKind.TEXT_ENCODER,
        layouts=(
            *_t5(256_384, bias_everywhere=True),
            Layout(
                "original",
                {"token_embedding.weight": (256_384, 4096), "blocks.1.pos_embedding.embedding.weight": (32, 64)},
            ),
        ),
        width=4096,
    ),
    Companion(
        name="qwen25_vl_7b",
        label="the language model Qwen2.5-VL 7B",
        role=Role.LLM,
        kind=ModelKind.TEXT_ENCODER,
        layouts=_llm(152_064, 3584, 28, q_bias=(3584,)),
        width=3584,
    ),
    Companion(
        name="qwen3_4b",
        label="the language model Qwen3 4B",
        role=Role.LLM,
        kind=ModelKind.TEXT_ENCODER,
        layouts=_llm(151_936, 2560, 36, q_norm=(128,)),
        width=2560,
    ),
    Companion(
        name="qwen3_8b",
        label="the language model Qwen3 8B",
        role=Role.LLM,
        kind=ModelKind.TEXT_ENCODER,
        layouts=_llm(151_936, 4096, 36, q_norm=(128,)),
        width=4096,
    ),
    Companion(
        name="mistral_small_24b",
        label="the language model Mistral Small 3 24B",
        role=Role.LLM,
        kind=ModelKind.TEXT_ENCODER,
        layouts=_llm(131_072, 5120, 40, absent=("q_norm", "q_bias")),
        width=5120,
    ),
)
