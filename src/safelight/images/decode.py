"""Reads pictures that users give, checking size limits before any pixel is decoded."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from safelight.domain.errors import InvalidInput

_ORIENTATION, _ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")


def image_size(data: bytes, *, name: str, max_bytes: int, max_pixels: int) -> tuple[int, int]:
    """Width and height of the upright picture in `data`, from its header; arguments and errors as of `decode`."""
    with _opened(data, name, max_bytes, max_pixels) as image:
        turned = image.getexif().get(_ORIENTATION, 1) in _ON_ITS_SIDE
        return (image.height, image.width) if turned else image.size


def decode(data: bytes, *, name: str, max_bytes: int, max_pixels: int) -> Image.Image:
    """Return the picture in `data`, upright, as RGB or RGBA or L.

    Args:
        data: A PNG, JPEG, WebP, BMP, GIF or TIFF file; of several frames the first counts.
        name: What to call it in errors.
        max_bytes: Refuse larger files.
        max_pixels: Refuse pictures with more pixels, by their header.

    Raises:
        InvalidInput: It is too large, broken, or no picture.
    """
    with _opened(data, name, max_bytes, max_pixels) as image:
        try:
            image.load()
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise InvalidInput(f"{name} is damaged: {error}.") from error
        upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        return upright.point(lambda value: value / 256).convert("L")
    if upright.mode in ("I", "F"):
        raise InvalidInput(f"{name} has 32 bits a channel.", hint="Save it with 8 or 16.")
    if upright.mode in ("RGB", "RGBA", "L"):
        return upright
    return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


def _opened(data: bytes, name: str, max_bytes: int, max_pixels: int) -> Image.Image:
    """The picture with its header read and its limits checked."""
    if len(data) > max_bytes:
        raise InvalidInput(f"{name} is {len(data):,} bytes; at most {max_bytes:,} are accepted.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise InvalidInput(
            f"{name} is not an image that can be read.", hint="PNG, JPEG, WebP, BMP, GIF and TIFF can."
        ) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidInput(f"{name} is damaged: {error}.") from error
    if image.width * image.height > max_pixels:
        raise InvalidInput(
            f"{name} is {image.width}x{image.height}; at most {max_pixels:,} pixels are accepted.",
            hint="Scale it down first.",
        )
    return image
