"""Resizes and crops pictures."""

from __future__ import annotations

import io
from enum import StrEnum

from PIL import Image, ImageOps

from safelight.domain.errors import InvalidInput
from safelight.domain.request import OutputFormat


class Fit(StrEnum):
    """What happens when the wanted size has another shape: distort, keep all of it, or fill and cut off."""

    STRETCH = "stretch"
    INSIDE = "inside"
    FILL = "fill"


def resize(image: Image.Image, width: int | None, height: int | None, fit: Fit, *, max_pixels: int) -> Image.Image:
    """The picture in another size, by Lanczos; a side that is None follows from the other.

    Raises:
        InvalidInput: No side is given, or the result would have more than `max_pixels`.
    """
    if width is None and height is None:
        raise InvalidInput("Neither width nor height is given.")
    wide = width or max(1, round(image.width * (height or 0) / image.height))
    high = height or max(1, round(image.height * wide / image.width))
    if wide * high > max_pixels:
        raise InvalidInput(f"{wide}x{high} is too large; at most {max_pixels:,} pixels are made.")
    match fit:
        case Fit.STRETCH:
            return image.resize((wide, high), Image.Resampling.LANCZOS)
        case Fit.INSIDE:
            return ImageOps.contain(image, (wide, high), Image.Resampling.LANCZOS)
        case Fit.FILL:
            return ImageOps.fit(image, (wide, high), Image.Resampling.LANCZOS)


def crop(image: Image.Image, x: int, y: int, width: int, height: int) -> Image.Image:
    """The part of `width` by `height` whose upper left corner is at `x`, `y`; InvalidInput if it is not inside."""
    if x + width > image.width or y + height > image.height:
        raise InvalidInput(
            f"A part of {width}x{height} at {x}, {y} reaches out of the picture, which is {image.width}x{image.height}."
        )
    return image.crop((x, y, x + width, y + height))


def file_of(image: Image.Image, kind: OutputFormat, quality: int) -> bytes:
    """The picture as a file without metadata; JPEG has no transparency, which becomes white.

    Raises:
        InvalidInput: The format has no pictures of this size.
    """
    if kind is OutputFormat.JPEG and image.mode == "RGBA":
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
        image = flat
    buffer = io.BytesIO()
    options = {} if kind is OutputFormat.PNG else {"quality": quality}
    try:
        image.save(buffer, kind.value.upper(), **options)
    except (OSError, ValueError) as error:  # JPEG and WebP end at 65,535 and 16,383 pixels a side
        raise InvalidInput(f"{image.width}x{image.height} can't be a {kind.value} file.", hint="PNG can.") from error
    return buffer.getvalue()
