"""The parts of a pipeline, and the tensor names that betray them in the layouts that files are published in."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from safelight.catalog.architectures.signature import PACKED
from safelight.catalog.headers import Header, TensorInfo
from safelight.domain.models import ModelKind, Role


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a pipeline.

    Attributes:
        kind: What a file is that holds this part alone.
        label: What people call it.
        layout: Whose tensor names these are.
        prefixes: Beginnings of tensor names; one tensor with one of them is enough.
        fragments: Pieces inside tensor names; one tensor with one of them is enough.
        also: Beginnings of which one more must be there, where the first are too common.
    """

    kind: ModelKind
    label: str
    layout: str
    prefixes: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def witness(self, names: str) -> str | None:
        """A tensor name that shows the part to be there, or None; `names` is an `index`."""
        if self.also and not any(f"\n{start}" in names for start in self.also):
            return None
        first = len(names)  # what stands behind the first that was found is not looked for
        for start in self.prefixes:
            at = names.find(f"\n{start}", 0, first + len(start))
            first = min(first, at + 1) if at >= 0 else first
        for piece in self.fragments:
            at = names.find(piece, 0, first)
            first = min(first, names.rfind("\n", 0, at) + 1) if at >= 0 else first
        return names[first : names.index("\n", first)] if first < len(names) else None


def index(header: Header) -> str:
    """The names of all tensors in one text, each between line ends: searched faster than one by one."""
    return "\n".join(("", *header.tensors, ""))


UNET = Part(ModelKind.DIFFUSION_MODEL, "a diffusion model", "LDM", prefixes=("model.diffusion_model.",))
VAE = Part(ModelKind.VAE, "a VAE", "LDM", prefixes=("first_stage_model.",))
TEXT_ENCODER = Part(
    ModelKind.TEXT_ENCODER, "a text encoder", "LDM", prefixes=("cond_stage_model.", "conditioner.embedders.")
)
INSIDE_CHECKPOINTS = (UNET, VAE, TEXT_ENCODER)
"""The three parts of a checkpoint in LDM layout (CompVis latent-diffusion), by the names that they have in one."""

ADD_ONS = (
    Part(
        ModelKind.LORA,
        "a LoRA",
        "kohya, diffusers or LyCORIS",
        prefixes=("lora_unet_", "lora_te", "lycoris_"),
        fragments=(
            ".lora_A.",
            ".lora_B.",
            ".lora_down.",
            ".lora_up.",
            ".lora.up.",
            ".lora.down.",
            "_lora.up.",
            "_lora.down.",
            "_lora1.down.",
            "_lora2.down.",
            ".hada_w1",
            ".lokr_w1",
        ),
    ),
    Part(
        ModelKind.EMBEDDING,
        "a textual inversion embedding",
        "A1111",
        prefixes=("emb_params", "string_to_param.", "clip_g\n", "<"),
    ),
    Part(
        ModelKind.CONTROLNET,
        "a ControlNet",
        "LDM or diffusers",
        prefixes=("control_model.", "input_hint_block.", "zero_convs.", "controlnet_"),
    ),
    Part(
        ModelKind.UPSCALER,
        "an upscaler",
        "ESRGAN",
        fragments=(".rdb1.conv1.", ".RDB1.conv1."),
    ),
)
"""Parts that are never inside a checkpoint, most telling first."""

ALONE = (
    Part(ModelKind.DIFFUSION_MODEL, "a diffusion model", "LDM", prefixes=("input_blocks.",), also=("middle_block.",)),
    Part(
        ModelKind.DIFFUSION_MODEL,
        "a diffusion model",
        "diffusers",
        prefixes=("down_blocks.",),
        also=("time_embedding.",),
    ),
    Part(ModelKind.VAE, "a VAE", "LDM or diffusers", prefixes=("decoder.conv_in.",), also=("decoder.mid",)),
    Part(
        ModelKind.TEXT_ENCODER,
        "a text encoder",
        "transformers or OpenCLIP",
        prefixes=("text_model.encoder.", "transformer.resblocks.", "encoder.block."),
        also=("text_model.embeddings.", "token_embedding.", "shared.", "text_model.encoder."),
    ),
)
"""Parts in files of their own, without the prefix that they have inside a checkpoint."""

FIRST_RENAMED = "cond_stage_model.transformer."
"""SD 1's text encoder; among stable-diffusion.cpp's own names (`convert_name`) the first one of SD 2 and SDXL, too."""

_INSIDE: dict[Role, tuple[str, ...]] = {
    Role.VAE: ("first_stage_model.", "vae."),
    Role.CLIP_L: (
        FIRST_RENAMED,
        "cond_stage_model.model.",
        "conditioner.embedders.0.transformer.",
        "text_encoders.clip_l.",
    ),
    Role.CLIP_G: (
        "conditioner.embedders.1.model.",
        "conditioner.embedders.0.model.",
        "cond_stage_model.1.",
        "text_encoders.clip_g.",
    ),
    Role.T5XXL: ("text_encoders.t5xxl.", "text_encoders.umt5xxl.", "text_encoders.umt5_xxl."),
    Role.LLM: ("text_encoders.llm.", "text_encoders.qwen"),
    Role.CLIP_VISION: ("clip_vision.",),
}
"""Where companions stand inside a checkpoint: LDM's, SD3's, stable-diffusion.cpp's and ComfyUI's prefixes."""


def holds(names: str, role: Role) -> bool:
    """Whether a file with this `index` brings its companion for `role` along."""
    return any(f"\n{prefix}" in names for prefix in _INSIDE.get(role, ()))


_CONTEXT = (
    "attn2.to_k.weight",
    "attn2_to_k.lora_down.weight",
    "attn2.to_k.lora_A.weight",
    "attn2.to_k.lora.down.weight",
)
_MATRIX = 2


def context_width(header: Header) -> int | None:
    """Width of the text that a UNet, or the UNet that an add-on is for, listens to; None when nothing says it."""
    for name, tensor in header.tensors.items():
        if name.endswith(_CONTEXT) and len(tensor.shape) >= _MATRIX:
            return _inputs(header, name, tensor) if tensor.dtype == PACKED else tensor.shape[1]
    if {"clip_l", "clip_g"} <= header.tensors.keys():  # an embedding for both text encoders of SDXL
        return sum(header.tensors[name].shape[-1] for name in ("clip_l", "clip_g") if header.tensors[name].shape)
    for name, tensor in header.tensors.items():
        if name.startswith(("emb_params", "string_to_param.", "<")) and 0 < len(tensor.shape) <= _MATRIX:
            return tensor.shape[-1]
    return None


def _inputs(header: Header, name: str, tensor: TensorInfo) -> int | None:
    """Inputs of a cross-attention's layer whose 4-bit numbers are packed in pairs, from the width of its output."""
    bias = header.tensors.get(f"{name.removesuffix('to_k.weight')}to_out.0.bias")
    return 2 * prod(tensor.shape) // bias.shape[0] if bias and bias.shape and bias.shape[0] else None


def input_channels(header: Header) -> int | None:
    """Channels that the UNet takes: 4, or 9 for inpainting; None when it has no first convolution."""
    for name in ("model.diffusion_model.input_blocks.0.0.weight", "input_blocks.0.0.weight", "conv_in.weight"):
        tensor = header.tensors.get(name)
        if tensor and len(tensor.shape) >= _MATRIX:
            return tensor.shape[1]
    return None
