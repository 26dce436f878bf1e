"""OpenAI dialect: its masks, in which what is transparent is to be edited, as ours, in which what is white is."""

from __future__ import annotations

import io

from PIL import Image, ImageChops

from safelight.domain.errors import InvalidInput
from safelight.images.decode import decode
from safelight.settings import Settings

_MEGAPIXEL = 1024 * 1024


def repaint_mask(data: bytes, settings: Settings) -> bytes:
    """A PNG that is white where the picture in `data` is transparent, black where it is opaque.

    Raises:
        InvalidInput: It can't be read, or has no transparency at all.
    """
    image = decode(data, name="The mask", max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels)
    if image.mode != "RGBA":
        raise InvalidInput(
            "The mask has no alpha channel.", hint="Make transparent what is to be edited, and save it as PNG."
        )
    return _png(ImageChops.invert(image.getchannel("A")))


def transparency(data: bytes, settings: Settings) -> bytes | None:
    """The mask that an image with transparent parts brings along; None when it has none."""
    image = decode(data, name="The image", max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels)
    if image.mode != "RGBA":
        return None
    repainted = ImageChops.invert(image.getchannel("A"))
    return _png(repainted) if repainted.getbbox() else None


def editing_size(width: int, height: int) -> tuple[int, int]:
    """The size at which an image is edited when none is asked for: its own, but about a megapixel at most."""
    scale = min(1.0, (_MEGAPIXEL / (width * height)) ** 0.5)
    return int(width * scale) // 8 * 8, int(height * scale) // 8 * 8


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
