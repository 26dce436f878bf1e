"""OpenAI dialect: what clients send, and how it becomes an order."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from safelight.domain.draft import GenerationDraft
from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.request import ImageRef, OutputFormat
from safelight.domain.values import Value
from safelight.images.decode import image_size
from safelight.jobs.orders import Order
from safelight.jobs.service import JobService
from safelight.server.orders import keep_bytes
from safelight.server.routes.openai_forms import Form
from safelight.server.routes.openai_masks import editing_size, repaint_mask, transparency
from safelight.server.routes.openai_models import model_named
from safelight.settings import Settings

Quality = Literal["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"]

_STEPS: Mapping[str, float] = {"low": 0.5, "high": 1.5, "hd": 1.5, "xhigh": 2, "max": 2}
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


class _Body(Value):
    """What the three calls have in common. Null and empty mean: not given; what is not listed is ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str | None = Field(
        default=None, description="A name from /v1/models; OpenAI's own names mean the server's default model."
    )
    n: int = Field(default=1, ge=1, description="How many pictures; they are one job.")
    size: str = Field(default="auto", description="auto or WxH, rounded down to multiples of 8.")
    response_format: Literal["b64_json", "url"] = "b64_json"
    user: Any = Field(default=None, description="Accepted, without effect.")
    negative_prompt: str = Field(default="", description="What should not be in the picture.")
    steps: int | None = Field(default=None, description="Denoising steps.")
    cfg_scale: float | None = Field(default=None, description="How strictly the prompt is followed.")
    seed: int | None = Field(default=None, description="Of the first picture; negative or none draws one.")
    sampler: str | None = None
    scheduler: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None and (value != "" or name == "prompt")}


class _Described(_Body):
    """What generations and edits have in common."""

    prompt: str
    quality: Quality = Field(
        default="auto", description="Steps, relative to the model's own: low half, high 1.5 times, max twice."
    )
    background: Literal["auto", "opaque", "transparent"] = Field(
        default="auto", description="Pictures are opaque; transparent is refused."
    )
    moderation: Any = Field(default=None, description="Accepted, without effect: nothing is moderated.")
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_compression: int | None = Field(
        default=None, ge=0, le=100, description="Quality of JPEG and WebP; 100 is the best."
    )
    stream: bool = Field(default=False, description="Answer with Server-Sent Events.")
    partial_images: int = Field(default=0, ge=0, le=3, description="With stream: previews of each picture.")


class GenerationsBody(_Described):
    """A picture from words."""

    style: Any = Field(default=None, description="Accepted, without effect: say it in the prompt.")


class EditsBody(_Described):
    """A change to a picture."""

    strength: float | None = Field(default=None, description="Share of the picture that is redone, up to 1.")


class VariationsBody(_Body):
    """A picture like another one."""

    strength: float = Field(default=0.6, description="How far from the original, up to 1.")


async def order_of(body: _Body, jobs: JobService, form: Form | None = None) -> Order:
    """The order that a body, and the pictures sent with it, mean.

    Raises:
        ModelNotFound: There is no such model.
        InvalidInput: Something is not possible; the message says what.
    """
    model = await model_named(body.model, jobs)
    width, height = _sides(body.size)
    shared = body.model_dump(include={"negative_prompt", "cfg_scale", "seed", "sampler", "scheduler", "steps"})
    given: dict[str, Any] = shared | {"prompt": "", "count": body.n, "width": width, "height": height}
    if isinstance(body, _Described):
        given |= _described(body, model)
    files: dict[str, bytes] = {}
    if form:
        given |= await _pictures(form, body, files, jobs.settings)
        if width is None:
            given |= await _fitted(files[given["init_image"].sha256], jobs.settings)
    if isinstance(body, EditsBody | VariationsBody):
        given["strength"] = body.strength
    return Order(draft=GenerationDraft(**given), model=model.id, files=files)


def _sides(size: str) -> tuple[int | None, int | None]:
    if size == "auto":
        return None, None
    found = _SIZE.fullmatch(size)
    if not found:
        raise InvalidInput(f"size: {size[:40]!r} is no size.", hint="Say it as 512x768, or auto.")
    return int(found[1]) // 8 * 8, int(found[2]) // 8 * 8


def _described(body: _Described, model: ModelInfo) -> dict[str, Any]:
    if body.background == "transparent":
        raise InvalidInput("background: pictures with transparency can't be drawn.", hint="Use auto or opaque.")
    steps = body.steps
    if steps is None and body.quality in _STEPS:
        steps = math.ceil(model.defaults.steps * _STEPS[body.quality])
    described: dict[str, Any] = {"prompt": body.prompt, "steps": steps, "format": OutputFormat(body.output_format)}
    if body.output_compression is not None:
        described["quality"] = max(1, body.output_compression)
    if body.stream and body.partial_images:
        total = model.defaults.steps if steps is None else steps
        described["preview_every"] = max(1, math.ceil(total / (body.partial_images + 1)))
    return described


async def _pictures(form: Form, body: _Body, files: dict[str, bytes], settings: Settings) -> dict[str, ImageRef | None]:
    """Put image and mask among an order's files; return what they are called there."""
    images, masks = form.files.get("image", []), form.files.get("mask", [])
    if not images:
        raise InvalidInput("image is missing.", hint="Send it as a file.")
    if len(images) > 1:
        raise InvalidInput(f"{len(images)} images were sent; one at a time can be edited.")
    mask: bytes | None = None
    if masks and isinstance(body, EditsBody):
        mask = await asyncio.to_thread(repaint_mask, masks[0], settings)
    elif isinstance(body, EditsBody) and (body.model or "").startswith("dall-e"):  # those took the image's own
        mask = await asyncio.to_thread(transparency, images[0], settings)
    return {"init_image": keep_bytes(images[0], files), "mask": keep_bytes(mask, files) if mask else None}


async def _fitted(image: bytes, settings: Settings) -> dict[str, int]:
    limits = {"max_bytes": settings.max_image_bytes, "max_pixels": settings.max_image_pixels}
    width, height = editing_size(*await asyncio.to_thread(image_size, image, name="The image", **limits))
    return {"width": width, "height": height}
