"""What is known of a model before it is loaded."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from safelight.domain.request import Mode, Size
from safelight.domain.samplers import find_sampler, find_scheduler
from safelight.domain.values import Value

Prediction = Literal["epsilon", "v_prediction", "flow"]
"""What the network predicts: the noise, the velocity between noise and picture, or a flow's velocity."""


class ModelKind(StrEnum):
    """What part of a pipeline a file holds."""

    CHECKPOINT = "checkpoint"
    DIFFUSION_MODEL = "diffusion_model"
    VAE = "vae"
    TAESD = "taesd"
    TEXT_ENCODER = "text_encoder"
    CLIP_VISION = "clip_vision"
    LORA = "lora"
    EMBEDDING = "embedding"
    CONTROLNET = "controlnet"
    UPSCALER = "upscaler"
    PHOTOMAKER = "photomaker"
    PRESETS = "presets"
    PROMPTS = "prompts"
    NEG_PROMPTS = "neg_prompts"
    UNKNOWN = "unknown"


class ModelFormat(StrEnum):
    """How a model is stored."""

    SAFETENSORS = "safetensors"
    CKPT = "ckpt"
    GGUF = "gguf"
    DIFFUSERS = "diffusers"
    TEXT = "text"


class Role(StrEnum):
    """What a companion file is to a diffusion model that does not hold it itself."""

    VAE = "vae"
    CLIP_L = "clip_l"
    CLIP_G = "clip_g"
    T5XXL = "t5xxl"
    LLM = "llm"
    CLIP_VISION = "clip_vision"
    HIGH_NOISE = "high_noise_diffusion_model"


class Component(Value):
    """A companion that a model needs beside its own file: where it was found, or None when it is missing."""

    role: Role
    path: Path | None
    bytes: int = Field(default=0, ge=0)


class ModelPart(StrEnum):
    """A part of a model that is loaded as a module of its own."""

    DIFFUSION_MODEL = "diffusion_model"
    TEXT_ENCODER = "text_encoder"
    VAE = "vae"


class PartWeight(Value):
    """What a part of a model weighs.

    Attributes:
        parameters: Numbers in its tensors.
        bytes: As they are stored.
        largest: Numbers in its largest tensor.
        width: Channels at full resolution, or of a transformer's tokens; 0 when that could not be told.
    """

    part: ModelPart
    parameters: int = Field(ge=0)
    bytes: int = Field(ge=0)
    largest: int = Field(default=0, ge=0)
    width: int = Field(default=0, ge=0)


class Defaults(Value):
    """What a model is run with when the user says nothing else.

    Raises:
        InvalidInput: A sampler or scheduler that does not exist.
    """

    size: Size = Size(width=512, height=512)
    steps: int = Field(default=20, ge=1, le=500)
    cfg_scale: float = Field(default=7.0, ge=0, le=50, allow_inf_nan=False)
    sampler: Annotated[str, AfterValidator(lambda name: find_sampler(name)[0])] = "dpmpp_2m"
    scheduler: Annotated[str, AfterValidator(find_scheduler)] = "karras"


class ModelInfo(Value):
    """A model on disk.

    Attributes:
        id: The name users say, unique in a catalog.
        path: File, or folder in diffusers layout.
        architecture: Family name (sd1, sd2, sdxl, …), or None when it could not be told.
        dtype: Stored type of most weights (f16, f32, bf16, q8_0, …), or None when there are none.
        bytes: Size of the weights on disk.
        sha256: Of the file, lower-case hex; None until it was computed.
        prediction: None when it can only be told when the weights are read.
        modes: What requests it can run.
        pipeline: diffusers class name, for models in diffusers layout.
        components: Companions that it needs beside its own file, found and missing ones.
        parts: What is in its own file, weighed.
        evidence: The header facts that decided, one sentence each.
        problem: Why it can't be run, in one sentence; None when it can.
    """

    id: str
    path: Path
    kind: ModelKind
    format: ModelFormat
    architecture: str | None
    bytes: int = Field(ge=0)
    dtype: str | None = None
    sha256: str | None = None
    prediction: Prediction | None = None
    modes: frozenset[Mode] = frozenset(Mode)
    defaults: Defaults = Defaults()
    pipeline: str | None = None
    components: tuple[Component, ...] = ()
    parts: tuple[PartWeight, ...] = ()
    evidence: tuple[str, ...] = ()
    problem: str | None = None
