"""Distilled relatives of Stable Diffusion whose UNets lack blocks: BK-SDM and Segmind's tiny ones, SDXS, SSD-1B, Vega.

Sources: unet/config.json of nota-ai/bk-sdm-tiny, bk-sdm-v2-tiny, IDKiro/sdxs-512-dreamshaper, segmind/SSD-1B and
Segmind-Vega; stable-diffusion.cpp, docs/distilled_sd.md and src/unet.hpp.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Need, Signature
from safelight.catalog.architectures.signature import UNET_ROOTS, Layout, Shape
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

_512 = Defaults(size=Size(width=512, height=512))
_ONE_STEP = Defaults(size=Size(width=512, height=512), steps=1, cfg_scale=1.0, sampler="euler", scheduler="discrete")
_1024 = Defaults(size=Size(width=1024, height=1024))
_VAE = Need(Role.VAE, ("kl_4",))
_TINY_VAE = Need(Role.VAE, ("taesd_4",))
_ONE_CLIP = (_VAE, Need(Role.CLIP_L, ("clip_l",)))
_TWO_CLIPS = (_VAE, Need(Role.CLIP_L, ("clip_l",)), Need(Role.CLIP_G, ("clip_g",)))


def _tiny(context: int, *, top: int | None) -> tuple[Layout, ...]:
    """One block a level and no middle block; `top`: what the first level attends to first, None when it does not."""
    tables: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
        (
            "LDM",
            "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight",
            "output_blocks.7.1.transformer_blocks.0.attn1.to_k.weight",
            ("middle_block.0.in_layers.0.weight", "input_blocks.2.0.in_layers.0.weight"),
        ),
        (
            "diffusers",
            "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight",
            "up_blocks.2.attentions.1.transformer_blocks.0.attn1.to_k.weight",
            ("mid_block.resnets.0.norm1.weight", "down_blocks.0.resnets.1.norm1.weight"),
        ),
    )
    found = []
    for style, text, first, absent in tables:
        tensors: dict[str, Shape | None] = {text: (640, context)}
        if top is not None:
            tensors[first] = (320, top)
        found.append(Layout(style, tensors, (*absent, first) if top is None else absent, UNET_ROOTS))
    return tuple(found)


def _without_middle(depth: int) -> tuple[Layout, ...]:
    """SDXL without attention in the middle and with `depth` transformer blocks at its lowest level."""
    return tuple(
        Layout(
            style,
            {f"{block}.{depth - 1}.norm1.weight": (1280,), f"{block}.0.attn2.to_k.weight": (1280, 2048)},
            (f"{block}.{depth}.norm1.weight", middle),
            UNET_ROOTS,
        )
        for style, block, middle in (
            ("LDM", "input_blocks.8.1.transformer_blocks", "middle_block.1.norm.weight"),
            ("diffusers", "down_blocks.2.attentions.1.transformer_blocks", "mid_block.attentions.0.norm.weight"),
        )
    )


ARCHITECTURES = (
    Architecture(
        name="sd1_tiny",
        label="Stable Diffusion 1 with a tiny UNet",
        signature=Signature(layouts=_tiny(768, top=320)),
        defaults=_512,
        prediction="epsilon",
        needs=_ONE_CLIP,
        refines="sd1",
    ),
    Architecture(
        name="sdxs",
        label="SDXS",
        signature=Signature(layouts=_tiny(768, top=None)),
        defaults=_ONE_STEP,
        prediction="epsilon",
        needs=(_TINY_VAE, Need(Role.CLIP_L, ("clip_l",))),
        refines="sd1",
    ),
    Architecture(
        name="sd2_tiny",
        label="Stable Diffusion 2 with a tiny UNet",
        signature=Signature(layouts=_tiny(1024, top=320)),
        defaults=_512,
        prediction="epsilon",
        needs=(_VAE, Need(Role.CLIP_L, ("openclip_h",))),
        refines="sd2",
    ),
    Architecture(
        name="sdxs_09",
        label="SDXS 0.9",
        signature=Signature(layouts=_tiny(1024, top=1024)),
        defaults=_ONE_STEP,
        prediction="epsilon",
        needs=(_TINY_VAE, Need(Role.CLIP_L, ("openclip_h",))),
        refines="sd2",
    ),
    Architecture(
        name="ssd1b",
        label="SSD-1B",
        signature=Signature(layouts=_without_middle(4)),
        defaults=_1024,
        prediction="epsilon",
        needs=_TWO_CLIPS,
        refines="sdxl",
    ),
    Architecture(
        name="vega",
        label="Segmind Vega",
        signature=Signature(layouts=_without_middle(2)),
        defaults=_1024,
        prediction="epsilon",
        needs=_TWO_CLIPS,
        refines="sdxl",
    ),
)
