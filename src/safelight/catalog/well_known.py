"""Companions that many models need, and where their makers or well-known packagers publish them.

Only places are written down here. Sizes and checksums come from the host at download time, and what a downloaded file
is, is told by its tensors like every other's. Each entry's `source` is where repository, file and licence were read.
"""

from __future__ import annotations

from safelight.catalog.architectures import Need
from safelight.domain.models import Role
from safelight.domain.values import Value

_SDCPP = "https://github.com/leejet/stable-diffusion.cpp/blob/master/docs"
_HUB = "https://huggingface.co"


class WellKnown(Value):
    """A companion's published file.

    Attributes:
        role: What it is to a model.
        companion: Which `Companion` it is.
        families: Beginnings of the architectures that it belongs to; empty for all that accept the companion. Some
            families have VAEs with the same tensors and other numbers, so a fingerprint alone would fetch a wrong one.
        repository: On Hugging Face.
        file: In it.
        licence: Under which it is published there, as the host names it, else as its makers do.
        source: Where that was read.
        gated: Whether the host wants a login and a consent.
    """

    role: Role
    companion: str
    families: tuple[str, ...] = ()
    repository: str
    file: str
    licence: str
    source: str
    gated: bool = False

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.file.rpartition("/")[2]

    @property
    def address(self) -> str:
        """As `safelight models pull` takes it."""
        return f"hf:{self.repository}/{self.file}"

    def is_for(self, architecture: str | None) -> bool:
        """Whether it belongs to models of this architecture."""
        return not self.families or bool(architecture and architecture.startswith(self.families))


_WAN = "Comfy-Org/Wan_2.1_ComfyUI_repackaged"
_QWEN = "Comfy-Org/Qwen-Image_ComfyUI"
_T5 = "comfyanonymous/flux_text_encoders"

_UNTOLD = "see the repository"
"""Where no licence could be read: the repackager's repository names none, and whose weights they were is not told."""

_WAN_LICENCE = (
    f"licence: the makers' model card (license: apache-2.0), read in its copy at {_HUB}/Runware/Wan2.1-I2V-14B-720P, "
    "commit a96450b; the repackager's repository names none"
)

WELL_KNOWN: tuple[WellKnown, ...] = (
    WellKnown(
        role=Role.VAE,
        companion="kl_4",
        families=("sdxl", "ssd", "vega"),
        repository="stabilityai/sdxl-vae",
        file="sdxl_vae.safetensors",
        licence="mit",
        source=f"{_HUB}/stabilityai/sdxl-vae (license: mit in its README, read at commit 4c4ba20)",
    ),
    WellKnown(
        role=Role.VAE,
        companion="kl_4",
        families=("sd1", "sd2"),
        repository="stabilityai/sd-vae-ft-mse-original",
        file="vae-ft-mse-840000-ema-pruned.safetensors",
        licence="mit",
        source=f"{_HUB}/stabilityai/sd-vae-ft-mse-original",
    ),
    WellKnown(
        role=Role.VAE,
        companion="kl_16",
        families=("flux", "chroma", "z_image", "zimage"),
        repository="Comfy-Org/z_image_turbo",
        file="split_files/vae/ae.safetensors",
        licence="apache-2.0",
        source=f"{_SDCPP}/z_image.md (the VAE of FLUX.1-schnell) and {_HUB}/Comfy-Org/z_image_turbo/tree/main",
    ),
    WellKnown(
        role=Role.VAE,
        companion="kl_16",
        families=("sd3",),
        repository="stabilityai/stable-diffusion-3.5-large",
        file="vae/diffusion_pytorch_model.safetensors",
        licence="stabilityai-ai-community",
        source=f"{_HUB}/stabilityai/stable-diffusion-3.5-large (as its page names it; read at discussions/4)",
        gated=True,
    ),
    WellKnown(
        role=Role.VAE,
        companion="kl_32",
        repository="Comfy-Org/flux2-dev",
        file="split_files/vae/flux2-vae.safetensors",
        licence="apache-2.0",
        source=f"{_HUB}/Comfy-Org/flux2-dev/tree/main/split_files/vae; licence: github.com/black-forest-labs/flux2",
    ),
    WellKnown(
        role=Role.VAE,
        companion="wan_16",
        families=("wan",),
        repository=_WAN,
        file="split_files/vae/wan_2.1_vae.safetensors",
        licence="apache-2.0",
        source=f"{_SDCPP}/wan.md; {_WAN_LICENCE}",
    ),
    WellKnown(
        role=Role.VAE,
        companion="wan_16",
        families=("qwen",),
        repository=_QWEN,
        file="split_files/vae/qwen_image_vae.safetensors",
        licence="apache-2.0",
        source=f"{_HUB}/{_QWEN}/tree/main/split_files/vae",
    ),
    WellKnown(
        role=Role.VAE,
        companion="wan_48",
        repository="Comfy-Org/Wan_2.2_ComfyUI_Repackaged",
        file="split_files/vae/wan2.2_vae.safetensors",
        licence=_UNTOLD,
        source=f"{_SDCPP}/wan.md",
    ),
    WellKnown(
        role=Role.VAE,
        companion="taesd_4",
        families=("sdxs",),
        repository="madebyollin/taesd",
        file="diffusion_pytorch_model.safetensors",
        licence="mit",
        source=f"{_SDCPP}/taesd.md and {_HUB}/madebyollin/taesd",
    ),
    WellKnown(
        role=Role.CLIP_L,
        companion="clip_l",
        repository=_T5,
        file="clip_l.safetensors",
        licence="apache-2.0",
        source=f"{_SDCPP}/flux.md and {_HUB}/{_T5}",
    ),
    WellKnown(
        role=Role.CLIP_G,
        companion="clip_g",
        repository="Comfy-Org/stable-diffusion-3.5-fp8",
        file="text_encoders/clip_g.safetensors",
        licence="stabilityai-ai-community",
        source=f"{_SDCPP}/sd3.md and {_HUB}/Comfy-Org/stable-diffusion-3.5-fp8/tree/main/text_encoders",
    ),
    WellKnown(
        role=Role.T5XXL,
        companion="t5xxl",
        repository=_T5,
        file="t5xxl_fp16.safetensors",
        licence="apache-2.0",
        source=f"{_SDCPP}/flux.md and {_HUB}/{_T5}",
    ),
    WellKnown(
        role=Role.T5XXL,
        companion="umt5xxl",
        repository=_WAN,
        file="split_files/text_encoders/umt5_xxl_fp16.safetensors",
        licence="apache-2.0",
        source=f"{_SDCPP}/wan.md; {_WAN_LICENCE}",
    ),
    WellKnown(
        role=Role.LLM,
        companion="qwen25_vl_7b",
        repository=_QWEN,
        file="split_files/text_encoders/qwen_2.5_vl_7b.safetensors",
        licence="apache-2.0",
        source=f"{_SDCPP}/qwen_image.md and {_HUB}/{_QWEN}/tree/main/split_files/text_encoders",
    ),
    WellKnown(
        role=Role.LLM,
        companion="qwen3_4b",
        repository="Comfy-Org/z_image_turbo",
        file="split_files/text_encoders/qwen_3_4b.safetensors",
        licence="apache-2.0",
        source=f"{_SDCPP}/z_image.md and {_HUB}/Comfy-Org/z_image_turbo/tree/main/split_files/text_encoders",
    ),
    WellKnown(
        role=Role.LLM,
        companion="qwen3_8b",
        repository="Comfy-Org/flux2-klein-9B",
        file="split_files/text_encoders/qwen_3_8b.safetensors",
        licence="apache-2.0",
        source=f"{_SDCPP}/flux2.md; licence: {_HUB}/Qwen/Qwen3-8B/blob/main/LICENSE, as models made from it name it "
        f"({_HUB}/Compumacy/QWEN3-8b-Dense)",
    ),
    WellKnown(
        role=Role.LLM,
        companion="mistral_small_24b",
        repository="Comfy-Org/flux2-dev",
        file="split_files/text_encoders/mistral_3_small_flux2_bf16.safetensors",
        licence="flux-1-dev-non-commercial-license",
        source=f"{_HUB}/Comfy-Org/flux2-dev (the repository's licence)",
    ),
    WellKnown(
        role=Role.CLIP_VISION,
        companion="clip_vision_h",
        repository=_WAN,
        file="split_files/clip_vision/clip_vision_h.safetensors",
        licence=_UNTOLD,
        source=f"{_SDCPP}/wan.md",
    ),
)
"""Every known place, by role; the first that fits is offered."""


def well_known(need: Need, architecture: str | None) -> WellKnown | None:
    """The file to offer to a model of this architecture that lacks `need`, or None when no place is known."""
    for companion in need.accepts:
        for entry in WELL_KNOWN:
            if (entry.role, entry.companion) == (need.role, companion) and entry.is_for(architecture):
                return entry
    return None
