"""ControlNets of transformers and SDXL; those of other UNets are told by the width of the text that they listen to.

Sources: config.json of InstantX/SD3-Controlnet-Canny, InstantX/FLUX.1-dev-Controlnet-Canny and
InstantX/Qwen-Image-ControlNet-Union; XLabs-AI/x-flux; alibaba-pai/Z-Image-Turbo-Fun-Controlnet-Union.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import AddOn
from safelight.catalog.architectures.signature import Layout
from safelight.domain.models import ModelKind

_CONTROL = ModelKind.CONTROLNET

ADD_ONS = (
    AddOn(
        "a ControlNet for Stable Diffusion XL",
        _CONTROL,
        (
            Layout(
                "diffusers",
                {"add_embedding.linear_1.weight": (1280, 2816), "controlnet_cond_embedding.conv_in.weight": None},
            ),
        ),
        "sdxl",
    ),
    AddOn(
        "a ControlNet for FLUX.1",
        _CONTROL,
        (
            Layout(
                "diffusers",
                {
                    "controlnet_x_embedder.weight": (3072, None),
                    "transformer_blocks.0.norm1_context.linear.bias": (18_432,),
                },
            ),
            Layout("XLabs", {"controlnet_blocks.0.weight": (3072, 3072), "double_blocks.0.img_attn.qkv.bias": (9216,)}),
        ),
        "flux",
    ),
    AddOn(
        "a ControlNet for Qwen-Image",
        _CONTROL,
        (
            Layout(
                "diffusers",
                {"controlnet_x_embedder.weight": (3072, None), "transformer_blocks.0.img_mod.1.bias": (18_432,)},
            ),
        ),
        "qwen_image",
    ),
    AddOn(
        "a ControlNet for Stable Diffusion 3",
        _CONTROL,
        (
            Layout(
                "diffusers",
                {"controlnet_blocks.0.weight": ((1536, 2432), (1536, 2432)), "pos_embed_input.proj.weight": None},
            ),
        ),
        "sd3",
    ),
    AddOn(
        "a ControlNet for Z-Image",
        _CONTROL,
        (Layout("original", {"control_all_x_embedder.2-1.weight": (3840, None)}),),
        "z_image",
    ),
)
