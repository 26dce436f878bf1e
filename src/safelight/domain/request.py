"""What to draw: a complete, validated order, composed of small value objects.

A `GenerationRequest` has no holes: defaults come from the model and the seed is a number (see `domain.draft`).
Pictures that go in travel beside it as bytes, named by their SHA-256.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from safelight.domain.values import Value

MAX_SEED = 2**53 - 1
"""Largest seed: the largest integer that every JSON client keeps exact."""

MIN_SIDE, MAX_SIDE = 64, 4096
"""Bounds of width and height, in pixels."""

MAX_PROMPT = 20_000
"""Most characters of a prompt."""

Side = Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE, multiple_of=8)]
Text = Annotated[str, Field(max_length=MAX_PROMPT)]
Steps = Annotated[int, Field(ge=1, le=500)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
CfgScale = Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)]
ClipSkip = Annotated[int, Field(ge=1, le=12)]
Strength = Annotated[float, Field(gt=0, le=1)]
Blur = Annotated[int, Field(ge=0, le=64)]
Count = Annotated[int, Field(ge=1, le=1000)]
BatchSize = Annotated[int, Field(ge=1, le=64)]
Quality = Annotated[int, Field(ge=1, le=100)]


class Mode(StrEnum):
    """What a request starts from."""

    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    INPAINT = "inpaint"


class OutputFormat(StrEnum):
    """File formats that pictures are written in."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"


class Size(Value):
    """Width and height in pixels, multiples of 8."""

    width: Side
    height: Side

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Prompts(Value):
    """What should and what should not be in the picture, in A1111 prompt syntax."""

    positive: Text
    negative: Text = ""


class Sampling(Value):
    """How noise becomes a picture. `sampler` and `scheduler` are names from `domain.samplers`."""

    sampler: str
    scheduler: str
    steps: Steps
    seed: Seed


class Guidance(Value):
    """How strictly the prompt is followed.

    `cfg_scale` up to 1 means no classifier-free guidance (and one network pass a step). `clip_skip` counts as A1111
    does: 1 uses the text encoder's last layer, 2 the one before it.
    """

    cfg_scale: CfgScale
    clip_skip: ClipSkip = 1


class ImageRef(Value):
    """A picture given with the request, named by the SHA-256 of its file's bytes (lower-case hex)."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class InitImage(Value):
    """A picture to start from.

    `strength` is the share of denoising that is done: near 0 keeps the picture, 1 replaces it. White in `mask` is
    repainted, black is kept to the last bit; `mask_blur` softens the border between them, in pixels.
    """

    image: ImageRef
    strength: Strength = 0.75
    mask: ImageRef | None = None
    mask_blur: Blur = 0


class Batch(Value):
    """How many pictures. Picture i has seed + i; `batch_size` of them are denoised at once."""

    count: Count = 1
    batch_size: BatchSize = 1


class Output(Value):
    """How finished pictures are encoded. `quality` (1-100) is for JPEG and WebP."""

    format: OutputFormat = OutputFormat.PNG
    quality: Quality = 92
    metadata: bool = True


class Previews(Value):
    """Send a rough picture every `every` steps; 0 sends none."""

    every: int = Field(default=0, ge=0, le=500)


EngineOptions = dict[str, dict[str, JsonValue]]
"""Engine → what is set on it beyond what every engine knows, as its spec's `draw_options` say."""


class GenerationRequest(Value):
    """A complete order for one or more pictures."""

    kind: Literal["generate"] = "generate"
    model: str
    prompts: Prompts
    size: Size
    sampling: Sampling
    guidance: Guidance
    init: InitImage | None = None
    batch: Batch = Batch()
    output: Output = Output()
    previews: Previews = Previews()
    engine_options: EngineOptions = Field(default_factory=dict)

    @property
    def inputs(self) -> frozenset[str]:
        """SHA-256 of every picture that it starts from or looks at."""
        refs = (self.init.image, self.init.mask) if self.init else ()
        return frozenset(ref.sha256 for ref in refs if ref) | pictures_in(self.engine_options)

    @property
    def mode(self) -> Mode:
        """What this request starts from."""
        if self.init is None:
            return Mode.TEXT_TO_IMAGE
        return Mode.INPAINT if self.init.mask else Mode.IMAGE_TO_IMAGE


def pictures_in(options: EngineOptions) -> frozenset[str]:
    """SHA-256 of every picture that engines' options name."""
    return frozenset(_pictures(dict(options)))


def _pictures(options: JsonValue) -> Iterator[str]:
    """Every `ImageRef` in an engine's options, which are not typed here."""
    if isinstance(options, list):
        for item in options:
            yield from _pictures(item)
    elif isinstance(options, dict):
        sha256 = options.get("sha256")
        if isinstance(sha256, str) and len(options) == 1:
            yield sha256
        for item in options.values():
            yield from _pictures(item)
