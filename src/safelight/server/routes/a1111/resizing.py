"""A1111's extras: pictures enlarged or made smaller. By plain resizing: models that upscale are not offered yet."""

from __future__ import annotations

import io

from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo
from pydantic import ConfigDict, Field

from safelight.domain.errors import InvalidInput
from safelight.domain.values import Value
from safelight.images.decode import decode
from safelight.images.encode import read_infotext
from safelight.server.orders import refuse_unbuilt
from safelight.settings import Settings

RESIZERS: dict[str, Image.Resampling | None] = {
    "None": None,
    "Lanczos": Image.Resampling.LANCZOS,
    "Nearest": Image.Resampling.NEAREST,
}
"""Name → how pixels are computed; None leaves the picture as it is, as A1111 does."""

_TO_SIZE = 1


class ExtrasBody(Value):
    """How to resize."""

    model_config = ConfigDict(extra="allow")

    resize_mode: int | None = Field(default=0, ge=0, le=1, description="0 by a factor, 1 to a size.")
    show_extras_results: bool | None = True
    gfpgan_visibility: float | None = Field(default=0, ge=0, le=1)
    codeformer_visibility: float | None = Field(default=0, ge=0, le=1)
    codeformer_weight: float | None = Field(default=0, ge=0, le=1)
    upscaling_resize: float | None = Field(default=2, gt=0, le=8)
    upscaling_resize_w: int | None = Field(default=512, ge=1, le=65_535)
    upscaling_resize_h: int | None = Field(default=512, ge=1, le=65_535)
    upscaling_crop: bool | None = Field(default=True, description="Cut off what the size has no room for.")
    upscaler_1: str | None = Field(default="None", description="A name from upscalers.")
    upscaler_2: str | None = "None"
    extras_upscaler_2_visibility: float | None = Field(default=0, ge=0, le=1)
    upscale_first: bool | None = False


def resized(data: bytes, name: str, body: ExtrasBody, settings: Settings) -> bytes:
    """The picture in `data` resized as `body` says, as PNG with the infotext that it had.

    Raises:
        InvalidInput: It can't be read, no such upscaler, or the result would be too large; NotBuilt.
    """
    if body.gfpgan_visibility or body.codeformer_visibility:
        raise refuse_unbuilt("Restoring faces")
    limit = settings.max_image_pixels
    image = decode(data, name=name, max_bytes=settings.max_image_bytes, max_pixels=limit)
    first, second = _resizer(body.upscaler_1), _resizer(body.upscaler_2)
    result = _apply(image, first, body, limit)
    share = body.extras_upscaler_2_visibility or 0
    if share and second is not None:
        other = _apply(image, second, body, limit)
        result = Image.blend(result.resize(other.size) if result.size != other.size else result, other, share)
    return _png(result, read_infotext(data))


def _resizer(name: str | None) -> Image.Resampling | None:
    known = {found.lower(): way for found, way in RESIZERS.items()}
    wanted = (name or "None").lower()
    if wanted not in known:
        raise InvalidInput(f"There is no upscaler {wanted[:80]!r}.", hint=f"There are: {', '.join(RESIZERS)}.")
    return known[wanted]


def _apply(image: Image.Image, way: Image.Resampling | None, body: ExtrasBody, limit: int) -> Image.Image:
    if way is None:
        return image
    if body.resize_mode != _TO_SIZE:
        factor = body.upscaling_resize or 2
        wide, high = max(1, int(image.width * factor)), max(1, int(image.height * factor))
        _refuse_large(wide, high, limit)
        return image.resize((wide, high), way)
    wide, high = body.upscaling_resize_w or 512, body.upscaling_resize_h or 512
    _refuse_large(wide, high, limit)
    if body.upscaling_crop is not False:
        return ImageOps.fit(image, (wide, high), way)
    factor = max(wide / image.width, high / image.height)
    covering = max(1, int(image.width * factor)), max(1, int(image.height * factor))
    _refuse_large(*covering, limit)
    return image.resize(covering, way)


def _refuse_large(wide: int, high: int, limit: int) -> None:
    if wide * high > limit:
        raise InvalidInput(f"{wide}x{high} is too large; at most {limit:,} pixels are made.")


def _png(image: Image.Image, infotext: str | None) -> bytes:
    chunks = PngInfo()
    if infotext:
        chunks.add_itxt("parameters", infotext)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=chunks)
    return buffer.getvalue()
