"""Stable Diffusion XL: CLIP ViT-L/14 and OpenCLIP ViT-bigG/14, 1024x1024, predicts the noise; and its refiner.

Source: https://github.com/Stability-AI/generative-models, configs/inference/sd_xl_{base,refiner}.yaml.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Need, Signature
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

_DEFAULTS = Defaults(size=Size(width=1024, height=1024))

ARCHITECTURES = (
    Architecture(
        name="sdxl",
        label="Stable Diffusion XL",
        signature=Signature(
            text_encoders=("conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."),
            renamed=("cond_stage_model.transformer.", "cond_stage_model.1.transformer."),
            context_width=2048,
            pipelines=("StableDiffusionXL",),
            metadata=("sdxl_base", "stable-diffusion-xl-v1-base"),
            width_decides=False,
        ),
        defaults=_DEFAULTS,
        prediction="epsilon",
        needs=(Need(Role.VAE, ("kl_4",)), Need(Role.CLIP_L, ("clip_l",)), Need(Role.CLIP_G, ("clip_g",))),
    ),
    Architecture(
        name="sdxl_refiner",
        label="Stable Diffusion XL refiner",
        signature=Signature(
            text_encoders=("conditioner.embedders.0.model.",),
            without=("conditioner.embedders.1.model.",),
            context_width=1280,
            pipelines=("StableDiffusionXLImg2Img",),
        ),
        defaults=_DEFAULTS,
        prediction="epsilon",
        problem="This is the SDXL refiner; it finishes pictures of the SDXL base model, which is not supported yet.",
        needs=(Need(Role.VAE, ("kl_4",)), Need(Role.CLIP_G, ("clip_g",))),
    ),
)
