"""VAEs, full ones and the tiny ones that approximate them (TAESD), by their latents.

The VAEs of Stable Diffusion 1, 2 and XL have the same tensors, and so have those of Stable Diffusion 3, FLUX.1 and
Z-Image, and those of Wan 2.1 and Qwen-Image: a header can't tell them apart.

Sources: configs of stabilityai/sd-vae-ft-mse, sdxl-vae, stable-diffusion-3-medium (vae), black-forest-labs/FLUX.1-dev
and FLUX.2-dev (vae), Wan-AI/Wan2.1-T2V-14B-Diffusers and Wan2.2-TI2V-5B-Diffusers (vae), madebyollin/taesd, taef1.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Companion
from safelight.catalog.architectures.signature import Layout, Shape
from safelight.domain.models import ModelKind, Role

_ROOTS = ("", "first_stage_model.", "vae.", "autoencoder.")
_LDM_MID, _MID = "decoder.mid.block_1.norm1.weight", "decoder.mid_block.resnets.0.norm1.weight"


def _kl(channels: int, *, quantised: bool, absent: tuple[str, ...] = ()) -> tuple[Layout, ...]:
    """Both layouts of diffusers' `AutoencoderKL`, of any width."""
    tensors: dict[str, Shape] = {"decoder.conv_in.weight": (None, channels, 3, 3)}
    if quantised:
        tensors["post_quant_conv.weight"] = (channels, channels, 1, 1)
    else:
        absent += ("post_quant_conv.weight",)
    return tuple(
        Layout(style, {**tensors, middle: (None,)}, absent, _ROOTS)
        for style, middle in (("LDM", _LDM_MID), ("diffusers", _MID))
    )


def _wan(channels: int, width: int) -> tuple[Layout, ...]:
    """Wan's causal video VAE under its own names and under those of diffusers."""
    start: Shape = (width, channels, 3, 3, 3)
    return (
        Layout(
            "original", {"decoder.conv1.weight": start, "decoder.middle.0.residual.0.gamma": (None,) * 4}, (), _ROOTS
        ),
        Layout("diffusers", {"decoder.conv_in.weight": start, "decoder.mid_block.resnets.0.norm1.gamma": (None,) * 4}),
    )


def _tiny(channels: int) -> tuple[Layout, ...]:
    """TAESD whole (diffusers), its halves together as in stable-diffusion.cpp's files, and its decoder alone."""
    start: Shape = (64, channels, 3, 3)
    return (
        Layout("diffusers", {"decoder.layers.0.weight": start, "encoder.layers.0.weight": (64, 3, 3, 3)}),
        Layout("original", {"decoder.1.weight": start, "decoder.3.conv.0.weight": (64, 64, 3, 3)}, (), ("", "tae.")),
        Layout("original", {"1.weight": start, "3.conv.0.weight": (64, 64, 3, 3)}),
    )


COMPANIONS = (
    Companion(
        name="kl_4",
        label="a VAE with 4 latent channels (Stable Diffusion 1, 2, XL)",
        role=Role.VAE,
        kind=ModelKind.VAE,
        layouts=_kl(4, quantised=True),
        latent_channels=4,
    ),
    Companion(
        name="kl_16",
        label="a VAE with 16 latent channels (Stable Diffusion 3, FLUX.1, Z-Image)",
        role=Role.VAE,
        kind=ModelKind.VAE,
        layouts=_kl(16, quantised=False),
        latent_channels=16,
    ),
    Companion(
        name="kl_32",
        label="a VAE with 32 latent channels (FLUX.2)",
        role=Role.VAE,
        kind=ModelKind.VAE,
        layouts=_kl(32, quantised=True),
        latent_channels=32,
    ),
    Companion(
        name="wan_16",
        label="a video VAE with 16 latent channels (Wan 2.1, Qwen-Image)",
        role=Role.VAE,
        kind=ModelKind.VAE,
        layouts=_wan(16, 384),
        latent_channels=16,
    ),
    Companion(
        name="wan_48",
        label="a video VAE with 48 latent channels (Wan 2.2 TI2V)",
        role=Role.VAE,
        kind=ModelKind.VAE,
        layouts=_wan(48, 1024),
        latent_channels=48,
    ),
    Companion(
        name="taesd_4",
        label="a tiny VAE with 4 latent channels (TAESD, TAESDXL)",
        role=Role.VAE,
        kind=ModelKind.TAESD,
        layouts=_tiny(4),
        latent_channels=4,
    ),
    Companion(
        name="taesd_16",
        label="a tiny VAE with 16 latent channels (TAESD3, TAEF1)",
        role=Role.VAE,
        kind=ModelKind.TAESD,
        layouts=_tiny(16),
        latent_channels=16,
    ),
    Companion(
        name="taesd_32",
        label="a tiny VAE with 32 latent channels (TAEF2)",
        role=Role.VAE,
        kind=ModelKind.TAESD,
        layouts=_tiny(32),
        latent_channels=32,
    ),
)
