"""FLUX.1: double and single stream blocks, CLIP ViT-L/14 and T5 XXL, a rectified flow with distilled guidance.

schnell is told by having no guidance embedding, Fill and the Canny and Depth models by their input channels. dev and
Kontext have the same tensors: a header can't tell them apart.
Sources: https://github.com/black-forest-labs/flux (model.py, util.py); transformer/config.json of FLUX.1-dev, -schnell,
-Fill-dev, -Canny-dev, -Kontext-dev.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Modules, Need, Signature, Variant
from safelight.catalog.architectures.modules import double_blocks, feed_forward, joint_attention, merged, modules
from safelight.catalog.architectures.signature import DIFFUSION_ROOTS, Layout, Shape
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Mode, Size

_WIDTH, _TEXT = 3072, 4096
_GUIDANCE = {
    "original": "guidance_in.in_layer.bias",
    "diffusers": "time_text_embed.guidance_embedder.linear_1.bias",
}


def _layouts(channels: int | None = None, *, guided: bool | None = None) -> tuple[Layout, ...]:
    """Both layouts of members with these input channels, with or without guidance embedding."""
    tables: tuple[tuple[str, dict[str, Shape | None], str], ...] = (
        (
            "original",
            {
                "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
                "single_blocks.0.modulation.lin.bias": (3 * _WIDTH,),
                "img_in.weight": (_WIDTH, channels),
                "txt_in.weight": (_WIDTH, _TEXT),
            },
            "vector_in.in_layer.bias",
        ),
        (
            "diffusers",
            {
                "single_transformer_blocks.0.norm.linear.bias": (3 * _WIDTH,),
                "transformer_blocks.0.norm1_context.linear.bias": (6 * _WIDTH,),
                "x_embedder.weight": (_WIDTH, channels),
                "context_embedder.weight": (_WIDTH, _TEXT),
            },
            "time_text_embed.text_embedder.linear_1.bias",
        ),
    )
    found = []
    for style, tensors, pooled in tables:
        guidance = {_GUIDANCE[style]: (_WIDTH,)} if guided else {}
        absent: tuple[str, ...] = ("controlnet_x_embedder.weight", "controlnet_blocks.0.weight")
        if guided is False:
            absent += (_GUIDANCE[style],)
        found.append(Layout(style, {**tensors, pooled: (_WIDTH,), **guidance}, absent, DIFFUSION_ROOTS))
    return tuple(found)


_BLOCK, _SINGLE = "transformer_blocks_N_", "single_transformer_blocks_N_"

BLOCKS = {
    "double_blocks": 19,
    "single_blocks": 38,
    "transformer_blocks": 19,
    "single_transformer_blocks": 38,
}
PLAIN_MODULES: Modules = merged(
    double_blocks(_WIDTH, inner=4 * _WIDTH, joined=7 * _WIDTH, out=5 * _WIDTH),
    joint_attention(_BLOCK, _WIDTH),
    feed_forward(_BLOCK + "ff_", _WIDTH, 4 * _WIDTH),
    feed_forward(_BLOCK + "ff_context_", _WIDTH, 4 * _WIDTH),
    modules(
        _SINGLE,
        attn_to_q=(_WIDTH, _WIDTH),
        attn_to_k=(_WIDTH, _WIDTH),
        attn_to_v=(_WIDTH, _WIDTH),
        proj_mlp=(4 * _WIDTH, _WIDTH),
        proj_out=(_WIDTH, 5 * _WIDTH),
    ),
    modules(
        "",
        img_in=(_WIDTH, 64),
        x_embedder=(_WIDTH, 64),
        txt_in=(_WIDTH, _TEXT),
        context_embedder=(_WIDTH, _TEXT),
        final_layer_linear=(64, _WIDTH),
        proj_out=(64, _WIDTH),
    ),
)
"""Layers that FLUX.1 and Chroma both have."""

_MODULATIONS: Modules = {
    **{f"double_blocks_N_{side}_mod_lin": ((6 * _WIDTH, _WIDTH),) for side in ("img", "txt")},
    **{f"{_BLOCK}{name}_linear": ((6 * _WIDTH, _WIDTH),) for name in ("norm1", "norm1_context")},
    "single_blocks_N_modulation_lin": ((3 * _WIDTH, _WIDTH),),
    f"{_SINGLE}norm_linear": ((3 * _WIDTH, _WIDTH),),
    "final_layer_adaLN_modulation_N": ((2 * _WIDTH, _WIDTH),),
    "norm_out_linear": ((2 * _WIDTH, _WIDTH),),
    **{f"{name}_in_out_layer": ((_WIDTH, _WIDTH),) for name in ("time", "vector", "guidance")},
    "time_in_in_layer": ((_WIDTH, 256),),
    "guidance_in_in_layer": ((_WIDTH, 256),),
    "vector_in_in_layer": ((_WIDTH, 768),),
    **{name: ((_WIDTH, 128), (_WIDTH, 384)) for name in ("img_in", "x_embedder")},
}
"""Layers that Chroma lacks, and the wider inputs of Fill, Canny and Depth."""
_DEFAULTS = Defaults(size=Size(width=1024, height=1024), steps=28, cfg_scale=1.0, sampler="euler", scheduler="discrete")

ARCHITECTURES = (
    Architecture(
        name="flux",
        label="FLUX.1",
        signature=Signature(
            pipelines=("Flux", "FluxFill", "FluxControl", "FluxKontext"),
            metadata=("flux1", "flux-1"),
            layouts=_layouts(),
            modules=merged(PLAIN_MODULES, _MODULATIONS),
            blocks=BLOCKS,
        ),
        defaults=_DEFAULTS,
        prediction="flow",
        needs=(Need(Role.VAE, ("kl_16",)), Need(Role.CLIP_L, ("clip_l",)), Need(Role.T5XXL, ("t5xxl",))),
        variants=(
            Variant("FLUX.1 Fill", _layouts(384), frozenset({Mode.INPAINT})),
            Variant("FLUX.1 Canny or Depth", _layouts(128), frozenset({Mode.IMAGE_TO_IMAGE})),
            Variant("FLUX.1 schnell", _layouts(64, guided=False), None, _DEFAULTS.model_copy(update={"steps": 4})),
            Variant("FLUX.1 dev or Kontext", _layouts(64, guided=True)),
        ),
    ),
)
