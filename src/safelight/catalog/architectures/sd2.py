"""Stable Diffusion 2.x: OpenCLIP ViT-H/14, 768x768 with v-prediction or 512x512 with epsilon.

Both kinds have the same tensors; the header tells them apart only when its metadata does.
Source: https://github.com/Stability-AI/stablediffusion, configs/stable-diffusion/v2-inference{,-v}.yaml.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Need, Signature
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

ARCHITECTURES = (
    Architecture(
        name="sd2",
        label="Stable Diffusion 2.x",
        signature=Signature(
            text_encoders=("cond_stage_model.model.",),
            without=("conditioner.embedders.", "cond_stage_model.1."),
            context_width=1024,
            pipelines=("StableDiffusion",),
            metadata=("sd_v2", "stable-diffusion-v2"),
        ),
        defaults=Defaults(size=Size(width=768, height=768)),
        prediction=None,
        epsilon_defaults=Defaults(size=Size(width=512, height=512)),
        needs=(Need(Role.VAE, ("kl_4",)), Need(Role.CLIP_L, ("openclip_h",))),
    ),
)
