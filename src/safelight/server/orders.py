"""Bodies of the native dialect's generation calls, and how they become orders."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import Header
from pydantic import AliasChoices, Field, field_validator

from safelight.domain.draft import GenerationDraft
from safelight.domain.errors import NotBuilt
from safelight.domain.jobs import Disconnect
from safelight.domain.preset import Preset
from safelight.domain.request import EngineOptions, ImageRef, OutputFormat
from safelight.domain.values import Value
from safelight.images.fetch import decode_image_text, fetch_image
from safelight.jobs.orders import Order
from safelight.jobs.service import JobService
from safelight.settings import Settings

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="A second request under the same key answers with the first one's job; another request with 409.",
    ),
]

Image = Annotated[str, Field(description="base64, a data URL, or an http(s) URL where the server fetches those")]


class GenerateBody(Value):
    """What to draw. Everything but the prompt may be left out; the model's own defaults fill in."""

    prompt: str
    negative_prompt: str = ""
    model: str | None = Field(default=None, description="A name from /api/v1/models.")
    preset: str | None = Field(default=None, description="A name from /api/v1/presets: says what is left out here.")
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg_scale: float | None = None
    sampler: str | None = Field(default=None, validation_alias=AliasChoices("sampler", "sampling_method"))
    scheduler: str | None = None
    seed: int | None = Field(default=None, description='Negative, null or "random" draws one; the answer names it.')
    batch_count: int = Field(default=1, validation_alias=AliasChoices("batch_count", "count"))
    batch_size: int = 1
    clip_skip: int = 1
    init_image: Image | None = Field(default=None, validation_alias=AliasChoices("init_image", "source_image"))
    mask_image: Image | None = Field(default=None, validation_alias=AliasChoices("mask_image", "mask"))
    strength: float | None = None
    mask_blur: int = 0
    format: OutputFormat = OutputFormat.PNG
    quality: int = 92
    metadata: bool = Field(default=True, description="Write prompt and settings into the picture file.")
    preview_every: int = Field(default=0, description="Steps between previews; 0 for none.")
    priority: int = Field(default=0, ge=-100, le=100, description="Higher first; above 0 for admins only.")
    disconnect: Disconnect = Field(default=Disconnect.KEEP, description="What happens when a waiting client leaves.")
    shrink: bool = Field(default=False, description="When memory runs out: smaller rather than none.")
    wait: bool | None = Field(default=None, description="Answer when the job ended, or at once.")
    engine_options: EngineOptions = Field(
        default_factory=dict, description="Engine to what only it knows: see the documentation of engines."
    )
    vae_model: None = Field(default=None, description="Not offered yet.")

    @field_validator("seed", mode="before")
    @classmethod
    def _random(cls, seed: Any) -> Any:
        return None if seed == "random" else seed


class ControlNetBody(GenerateBody):
    """A request with a ControlNet, which is not offered yet."""

    control_image: Image
    control_net_model: str
    control_strength: float = 0.9


async def order_of(body: GenerateBody, jobs: JobService, key: str | None = None) -> Order:
    """Turn a body into an order, reading its images.

    Raises:
        NotFound: There is no such preset.
        InvalidInput: An image, or the preset's file, can't be read.
    """
    if body.preset:
        body = _with(body, await asyncio.to_thread(jobs.presets.settings, body.preset))
    files: dict[str, bytes] = {}
    draft = GenerationDraft(
        **body.model_dump(
            include=set(GenerationDraft.model_fields) & set(type(body).model_fields) - {"init_image", "mask"}
        ),
        count=body.batch_count,
        init_image=await keep_image(body.init_image, files, jobs.settings),
        mask=await keep_image(body.mask_image, files, jobs.settings),
    )
    return Order(
        draft=draft,
        model=body.model,
        files=files,
        priority=body.priority,
        key=key,
        disconnect=body.disconnect,
        shrink=body.shrink,
    )


def _with(body: GenerateBody, preset: Preset) -> GenerateBody:
    """The body with what it left out, or left empty of words, as a preset says it."""
    said = body.model_fields_set - {name for name in ("prompt", "negative_prompt") if not getattr(body, name)}
    open_to = preset.model_dump(exclude_none=True, exclude=said)
    if not body.init_image:  # a strength is an error then
        open_to.pop("strength", None)
    return body.model_copy(update=open_to)


async def keep_image(text: str | None, files: dict[str, bytes], settings: Settings) -> ImageRef | None:
    """Read an image given as base64, data URL or URL into `files`; return its name there."""
    if not text:
        return None
    if text[:8].lower().startswith(("http://", "https://")):
        data = await fetch_image(text, max_bytes=settings.max_image_bytes, allow=settings.fetch_image_urls)
    else:
        data = await asyncio.to_thread(decode_image_text, text, max_bytes=settings.max_image_bytes)
    return keep_bytes(data, files)


def keep_bytes(data: bytes, files: dict[str, bytes]) -> ImageRef:
    """Put an image among an order's files; return its name there."""
    sha256 = hashlib.sha256(data).hexdigest()
    files[sha256] = data
    return ImageRef(sha256=sha256)


def refuse_unbuilt(what: str) -> NotBuilt:
    """The error for a part of a dialect that is not offered yet."""
    return NotBuilt(f"{what} is not built yet.", hint="The documentation lists what is offered.")
