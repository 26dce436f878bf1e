"""What the name of a folder says of the files in it. The files' headers decide; a name only supports or doubts them.

Names are those of ComfyUI (folder_paths.py), of AUTOMATIC1111's web UI and Forge (the defaults of their `--*-dir`
flags) and of stable-diffusion.cpp-rest, whose numbers for types are kept (its `enum ModelType`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from safelight.domain.models import ModelFormat, ModelKind
from safelight.domain.values import Value

FORMATS: Mapping[str, ModelFormat] = {
    ".safetensors": ModelFormat.SAFETENSORS,
    ".sft": ModelFormat.SAFETENSORS,
    ".gguf": ModelFormat.GGUF,
    ".ckpt": ModelFormat.CKPT,
    ".pt": ModelFormat.CKPT,
    ".pth": ModelFormat.CKPT,
    ".bin": ModelFormat.CKPT,
}
"""Suffixes of files that hold tensors, and what they are likely stored as; the content decides."""

_TENSORS = tuple(FORMATS)


class FolderType(Value):
    """A type of models, and the folders that people keep them in.

    Attributes:
        name: As users and the API say it.
        kind: What its files are.
        number: In the enumeration of stable-diffusion.cpp-rest, where it has one.
        about: One sentence on what such a file does.
        folders: Names of folders, in lower case, the usual one first.
        suffixes: Of its files.
    """

    name: str
    kind: ModelKind
    about: str
    folders: tuple[str, ...]
    suffixes: tuple[str, ...] = _TENSORS
    number: int | None = None


TYPES: tuple[FolderType, ...] = (
    FolderType(
        name="checkpoint",
        kind=ModelKind.CHECKPOINT,
        number=2,
        about="A whole model: diffusion model, text encoder and VAE.",
        folders=("checkpoints", "checkpoint", "stable-diffusion", "diffusers"),
    ),
    FolderType(
        name="diffusion_model",
        kind=ModelKind.DIFFUSION_MODEL,
        about="A UNet or transformer alone, which needs companions.",
        folders=("diffusion_models", "unet"),
    ),
    FolderType(
        name="vae",
        kind=ModelKind.VAE,
        number=4,
        about="Turns latents into pictures and back.",
        folders=("vae", "vaes"),
    ),
    FolderType(
        name="taesd",
        kind=ModelKind.TAESD,
        number=64,
        about="A tiny VAE: faster, rougher.",
        folders=("taesd", "vae_approx", "vae-approx"),
    ),
    FolderType(
        name="text_encoder",
        kind=ModelKind.TEXT_ENCODER,
        about="Turns words into what a diffusion model reads.",
        folders=("text_encoders", "text_encoder", "clip", "t5", "llm"),
    ),
    FolderType(
        name="clip_vision",
        kind=ModelKind.CLIP_VISION,
        about="Turns a picture into what a diffusion model reads.",
        folders=("clip_vision",),
    ),
    FolderType(
        name="lora",
        kind=ModelKind.LORA,
        number=1,
        about="A small change to a checkpoint's weights.",
        folders=("lora", "loras", "lycoris"),
    ),
    FolderType(
        name="embedding",
        kind=ModelKind.EMBEDDING,
        number=1024,
        about="A textual inversion: a word of its own.",
        folders=("embeddings", "embedding"),
    ),
    FolderType(
        name="controlnet",
        kind=ModelKind.CONTROLNET,
        number=256,
        about="Lets a picture steer the drawing.",
        folders=("controlnet", "controlnets", "t2i_adapter"),
    ),
    FolderType(
        name="upscaler",
        kind=ModelKind.UPSCALER,
        number=512,
        about="Enlarges pictures.",
        folders=("upscaler", "upscalers", "upscale_models", "latent_upscale_models", "swinir", "scunet", "dat"),
    ),
    FolderType(
        name="esrgan",
        kind=ModelKind.UPSCALER,
        number=128,
        about="Enlarges pictures (ESRGAN).",
        folders=("esrgan", "realesrgan", "bsrgan"),
    ),
    FolderType(
        name="photomaker",
        kind=ModelKind.PHOTOMAKER,
        about="Draws a person from photographs of them.",
        folders=("photomaker",),
    ),
    FolderType(
        name="presets",
        kind=ModelKind.PRESETS,
        number=8,
        about="Settings to draw with.",
        folders=("presets",),
        suffixes=(".json", ".yaml", ".yml"),
    ),
    FolderType(
        name="prompts",
        kind=ModelKind.PROMPTS,
        number=16,
        about="Words to draw.",
        folders=("prompts",),
        suffixes=(".txt", ".json"),
    ),
    FolderType(
        name="neg_prompts",
        kind=ModelKind.NEG_PROMPTS,
        number=32,
        about="Words not to draw.",
        folders=("neg_prompts", "negative_prompts"),
        suffixes=(".txt", ".json"),
    ),
)
"""Every type that a folder can be for; one kind of file may have several."""

TEXTS = frozenset({ModelKind.PRESETS, ModelKind.PROMPTS, ModelKind.NEG_PROMPTS})
"""Kinds without tensors, which only their folder tells."""

_BY_FOLDER = {folder: one for one in TYPES for folder in one.folders}


def folder_type(place: PurePath) -> FolderType | None:
    """What the nearest folder with a known name says of the file at `place`, a path below a models folder."""
    for folder in reversed(place.parts[:-1]):
        known = _BY_FOLDER.get(folder.lower())
        if known:
            return known
    return None


def type_named(folder: str) -> FolderType | None:
    """What a folder of this name is for, if its name is known."""
    return _BY_FOLDER.get(folder.lower())
