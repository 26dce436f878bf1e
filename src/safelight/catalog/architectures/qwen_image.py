"""Qwen-Image and Qwen-Image-Edit: 60 joint blocks, Qwen2.5-VL 7B for text, the VAE of Wan 2.1.

Both have the same tensors: a header can't tell them apart.
Source: transformer/config.json of Qwen/Qwen-Image and Qwen/Qwen-Image-Edit.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Modules, Need, Signature
from safelight.catalog.architectures.modules import feed_forward, joint_attention, merged
from safelight.catalog.architectures.signature import DIFFUSION_ROOTS, Layout
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

_WIDTH, _TEXT = 3072, 3584
_BLOCK = "transformer_blocks_N_"
_MODULATIONS: Modules = {f"{_BLOCK}{side}_mod_N": ((6 * _WIDTH, _WIDTH),) for side in ("img", "txt")}

ARCHITECTURES = (
    Architecture(
        name="qwen_image",
        label="Qwen-Image or Qwen-Image-Edit",
        signature=Signature(
            pipelines=("QwenImage", "QwenImageEdit", "QwenImageEditPlus"),
            metadata=("qwen-image", "qwen_image"),
            layouts=(
                Layout(
                    "original",
                    {
                        "transformer_blocks.0.img_mod.1.bias": (6 * _WIDTH,),
                        "txt_norm.weight": (_TEXT,),
                        "img_in.weight": (_WIDTH, 64),
                    },
                    ("controlnet_x_embedder.weight", "controlnet_blocks.0.weight"),
                    DIFFUSION_ROOTS,
                ),
            ),
            modules=merged(
                joint_attention(_BLOCK, _WIDTH),
                feed_forward(_BLOCK + "img_mlp_", _WIDTH, 4 * _WIDTH),
                feed_forward(_BLOCK + "txt_mlp_", _WIDTH, 4 * _WIDTH),
                _MODULATIONS,
            ),
            blocks={"transformer_blocks": 60},
        ),
        defaults=Defaults(
            size=Size(width=1024, height=1024), steps=20, cfg_scale=2.5, sampler="euler", scheduler="discrete"
        ),
        prediction="flow",
        needs=(Need(Role.VAE, ("wan_16",)), Need(Role.LLM, ("qwen25_vl_7b",))),
    ),
)
