"""Chroma: FLUX.1 schnell without modulations, with T5 XXL alone; and Radiance, which draws pixels without a VAE.

Sources: https://github.com/lodestone-rock/flow; transformer/config.json of lodestones/Chroma1-HD; Radiance:
stable-diffusion.cpp, src/flux.hpp (`nerf_blocks`, `img_in_patch`).
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Modules, Need, Signature
from safelight.catalog.architectures.flux import BLOCKS, PLAIN_MODULES
from safelight.catalog.architectures.modules import merged
from safelight.catalog.architectures.signature import DIFFUSION_ROOTS, Layout
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

_WIDTH, _INNER = 3072, 5120
_DEFAULTS = Defaults(size=Size(width=1024, height=1024), steps=26, cfg_scale=4.0, sampler="euler", scheduler="discrete")
_APPROXIMATOR: Modules = {
    **{f"distilled_guidance_layer_layers_N_{name}": ((_INNER, _INNER),) for name in ("in_layer", "out_layer")},
    **{f"distilled_guidance_layer_layers_N_linear_{number}": ((_INNER, _INNER),) for number in (1, 2)},
    "distilled_guidance_layer_in_proj": ((_INNER, 64),),
    "distilled_guidance_layer_out_proj": ((_WIDTH, _INNER),),
}

ARCHITECTURES = (
    Architecture(
        name="chroma",
        label="Chroma",
        signature=Signature(
            pipelines=("Chroma",),
            metadata=("chroma",),
            layouts=(
                Layout(
                    "original",
                    {
                        "distilled_guidance_layer.in_proj.bias": (_INNER,),
                        "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
                        "img_in.weight": (_WIDTH, 64),
                    },
                    ("img_in_patch.weight", "nerf_final_layer_conv.norm.scale"),
                    DIFFUSION_ROOTS,
                ),
                Layout(
                    "diffusers",
                    {
                        "distilled_guidance_layer.in_proj.bias": (_INNER,),
                        "transformer_blocks.0.attn.norm_added_k.weight": (128,),
                        "x_embedder.weight": (_WIDTH, 64),
                    },
                    (),
                    DIFFUSION_ROOTS,
                ),
            ),
            modules=merged(PLAIN_MODULES, _APPROXIMATOR),
            blocks=BLOCKS,
        ),
        defaults=_DEFAULTS,
        prediction="flow",
        needs=(Need(Role.VAE, ("kl_16",)), Need(Role.T5XXL, ("t5xxl",))),
    ),
    Architecture(
        name="chroma_radiance",
        label="Chroma Radiance",
        signature=Signature(
            layouts=(
                Layout(
                    "original",
                    {
                        "distilled_guidance_layer.in_proj.bias": (_INNER,),
                        "img_in_patch.weight": (_WIDTH, 3, 16, 16),
                        "nerf_final_layer_conv.norm.scale": (None,),
                    },
                    (),
                    DIFFUSION_ROOTS,
                ),
            ),
        ),
        defaults=_DEFAULTS,
        prediction="flow",
        needs=(Need(Role.T5XXL, ("t5xxl",)),),
    ),
)
