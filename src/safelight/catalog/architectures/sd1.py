"""Stable Diffusion 1.x: CLIP ViT-L/14, 512x512, predicts the noise.

Source: https://github.com/CompVis/stable-diffusion, configs/stable-diffusion/v1-inference.yaml.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Need, Signature
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

ARCHITECTURES = (
    Architecture(
        name="sd1",
        label="Stable Diffusion 1.x",
        signature=Signature(
            text_encoders=("cond_stage_model.transformer.",),
            without=("conditioner.embedders.", "cond_stage_model.1."),
            context_width=768,
            pipelines=("StableDiffusion",),
            metadata=("sd_v1", "stable-diffusion-v1"),
        ),
        defaults=Defaults(size=Size(width=512, height=512)),
        prediction="epsilon",
        needs=(Need(Role.VAE, ("kl_4",)), Need(Role.CLIP_L, ("clip_l",))),
    ),
)
