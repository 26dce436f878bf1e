"""Stable Diffusion 3 and 3.5: MMDiT with CLIP ViT-L/14, OpenCLIP ViT-bigG/14 and T5 XXL, a rectified flow.

Sources: https://github.com/Stability-AI/sd3-ref (mmdit.py) and sd3.5; transformer/config.json of
stabilityai/stable-diffusion-3-medium-diffusers, -3.5-medium and -3.5-large.
"""

from __future__ import annotations

from collections.abc import Mapping

from safelight.catalog.architectures.base import Architecture, Modules, Need, Signature, Variant
from safelight.catalog.architectures.modules import feed_forward, joint_attention, merged
from safelight.catalog.architectures.signature import DIFFUSION_ROOTS, Layout, Shape
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

_MEDIUM, _LARGE = 1536, 2432
_ANY = (_MEDIUM, _LARGE)
_STEMS = (
    ("original", "x_embedder.proj.weight", "joint_blocks.0.context_block.adaLN_modulation.1.bias"),
    ("diffusers", "pos_embed.proj.weight", "transformer_blocks.0.norm1_context.linear.bias"),
)
_SECOND_ATTENTION = {
    "original": "joint_blocks.0.x_block.attn2.qkv.bias",
    "diffusers": "transformer_blocks.0.attn2.to_q.bias",
}


def _layouts(width: tuple[int, ...], **more: Mapping[str, Shape | None]) -> tuple[Layout, ...]:
    return tuple(
        Layout(
            style,
            {first: (width, 16, 2, 2), second: (tuple(6 * side for side in width),), **more.get(style, {})},
            ("controlnet_blocks.0.weight",),
            DIFFUSION_ROOTS,
        )
        for style, first, second in _STEMS
    )


def _modules(width: int) -> Modules:
    table: dict[str, tuple[tuple[int, int], ...]] = {}
    for side in ("x", "context"):
        block = f"joint_blocks_N_{side}_block_"
        table[f"{block}adaLN_modulation_N"] = ((6 * width, width), (9 * width, width), (2 * width, width))
        for attention in ("attn", "attn2"):
            table[f"{block}{attention}_qkv"] = ((3 * width, width),)
            table[f"{block}{attention}_proj"] = ((width, width),)
        table[f"{block}mlp_fc1"] = ((4 * width, width),)
        table[f"{block}mlp_fc2"] = ((width, 4 * width),)
    for name in ("norm1_linear", "norm1_context_linear"):
        table[f"transformer_blocks_N_{name}"] = ((6 * width, width), (9 * width, width), (2 * width, width))
    for name in ("to_q", "to_k", "to_v", "to_out_N"):
        table[f"transformer_blocks_N_attn2_{name}"] = ((width, width),)
    return merged(
        table,
        joint_attention("transformer_blocks_N_", width),
        feed_forward("transformer_blocks_N_ff_", width, 4 * width),
        feed_forward("transformer_blocks_N_ff_context_", width, 4 * width),
    )


ARCHITECTURES = (
    Architecture(
        name="sd3",
        label="Stable Diffusion 3",
        signature=Signature(
            pipelines=("StableDiffusion3",),
            metadata=("sd3", "stable-diffusion-3"),
            layouts=_layouts(_ANY),
            modules=merged(_modules(_MEDIUM), _modules(_LARGE)),
            blocks={"joint_blocks": 38, "transformer_blocks": 38},
        ),
        defaults=Defaults(
            size=Size(width=1024, height=1024), steps=28, cfg_scale=4.5, sampler="euler", scheduler="discrete"
        ),
        prediction="flow",
        needs=(
            Need(Role.VAE, ("kl_16",)),
            Need(Role.CLIP_L, ("clip_l",)),
            Need(Role.CLIP_G, ("clip_g",)),
            Need(Role.T5XXL, ("t5xxl",), optional=True),
        ),
        variants=(
            Variant("Stable Diffusion 3.5 large", _layouts((_LARGE,))),
            Variant(
                "Stable Diffusion 3.5 medium",
                _layouts((_MEDIUM,), **{style: {name: None} for style, name in _SECOND_ATTENTION.items()}),
            ),
            Variant("Stable Diffusion 3 medium", _layouts((_MEDIUM,))),
        ),
    ),
)
