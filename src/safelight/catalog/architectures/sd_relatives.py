"""Models with the tensors of Stable Diffusion that must be run in another way, which no engine here does.

Sources: diffusers, `single_file_utils.py` (`edm_mean`); stable-diffusion.cpp, src/model.cpp (`edm_vpred.sigma_max`,
`time_mixer`); Stability-AI/generative-models, configs/inference/svd.yaml; unet/config.json of
stabilityai/stable-diffusion-2-1-unclip and Kwai-Kolors/Kolors-diffusers.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Signature
from safelight.catalog.architectures.signature import UNET_ROOTS, Layout
from safelight.domain.models import Defaults
from safelight.domain.request import Size

_1024 = Defaults(size=Size(width=1024, height=1024))

ARCHITECTURES = (
    Architecture(
        name="playground25",
        label="Playground v2.5",
        signature=Signature(layouts=(Layout("LDM", {"edm_mean": None, "edm_std": None}),)),
        defaults=_1024,
        prediction="epsilon",
        problem="This is Playground v2.5; its EDM noise schedule is not supported yet.",
        refines="sdxl",
    ),
    Architecture(
        name="cosxl",
        label="CosXL",
        signature=Signature(layouts=(Layout("LDM", {"edm_vpred.sigma_max": None}),)),
        defaults=_1024,
        prediction="v_prediction",
        problem="This is CosXL; its EDM noise schedule is not supported yet.",
        refines="sdxl",
    ),
    Architecture(
        name="sd2_unclip",
        label="Stable unCLIP 2.1",
        signature=Signature(
            layouts=(
                Layout(
                    "LDM",
                    {
                        "label_emb.0.0.weight": (1280, (1536, 2048)),
                        "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 1024),
                    },
                    (),
                    UNET_ROOTS,
                ),
                Layout(
                    "diffusers",
                    {
                        "class_embedding.linear_1.weight": (1280, (1536, 2048)),
                        "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 1024),
                    },
                    (),
                    UNET_ROOTS,
                ),
            )
        ),
        defaults=Defaults(size=Size(width=768, height=768)),
        prediction="v_prediction",
        problem="This is Stable unCLIP, which starts from an image embedding and is not supported yet.",
        refines="sd2",
    ),
    Architecture(
        name="kolors",
        label="Kolors",
        signature=Signature(layouts=(Layout("diffusers", {"encoder_hid_proj.weight": (2048, 4096)}, (), UNET_ROOTS),)),
        defaults=_1024,
        prediction="epsilon",
        problem="This is Kolors, whose text encoder ChatGLM is not supported yet.",
        refines="sdxl",
    ),
    Architecture(
        name="svd",
        label="Stable Video Diffusion",
        signature=Signature(
            layouts=(
                Layout("LDM", {"input_blocks.1.0.time_mixer.mix_factor": None}, (), UNET_ROOTS),
                Layout("diffusers", {"down_blocks.0.resnets.0.time_mixer.mix_factor": None}, (), UNET_ROOTS),
            )
        ),
        defaults=Defaults(size=Size(width=1024, height=576)),
        prediction="v_prediction",
        problem="This is Stable Video Diffusion, which is not supported yet.",
        refines="sd2",
    ),
)
