"""Pictures that go into a drawing, made to fit; and what a mask keeps of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from safelight.domain.request import GenerationRequest

_UNIT = 8


def fitted(image: Image.Image, size: tuple[int, int], transparent: str = "white") -> Image.Image:
    """Make `image` fill `size` = (width, height) as RGB: cropped if it is at most 7 pixels larger, else scaled too.

    Args:
        image: Of any mode.
        size: What to fill.
        transparent: The colour behind what is transparent.
    """
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, transparent), image)
    image = image.convert("RGB")
    if not (0 <= image.width - size[0] < _UNIT and 0 <= image.height - size[1] < _UNIT):
        scale = max(size[0] / image.width, size[1] / image.height)
        larger = (max(size[0], round(image.width * scale)), max(size[1], round(image.height * scale)))
        image = image.resize(larger, Image.Resampling.LANCZOS)
    left, top = (image.width - size[0]) // 2, (image.height - size[1]) // 2
    return image.crop((left, top, left + size[0], top + size[1]))


def mask_of(request: GenerationRequest, images: Mapping[str, Image.Image]) -> Image.Image:
    """The mask at the picture's size, L, white where it is to be repainted, softened by `mask_blur`."""
    assert request.init is not None and request.init.mask is not None  # noqa: S101 - the mode says so
    size = (request.size.width, request.size.height)
    mask = fitted(images[request.init.mask.sha256], size, transparent="black").convert("L")
    blur = request.init.mask_blur
    return mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask


def kept_outside_mask(
    drawn: NDArray[np.uint8], request: GenerationRequest, images: Mapping[str, Image.Image]
) -> NDArray[np.uint8]:
    """Lay what was drawn over the original: the autoencoder alters every pixel, the mask says which may change."""
    assert request.init is not None  # noqa: S101 - the mode says so
    original = fitted(images[request.init.image.sha256], (request.size.width, request.size.height))
    return np.asarray(Image.composite(Image.fromarray(drawn), original, mask_of(request, images)))


def notes_on(request: GenerationRequest) -> tuple[str, ...]:
    """What the user should know about the request before wondering."""
    if request.prompts.negative and request.guidance.cfg_scale <= 1:
        return ("The negative prompt had no effect: it takes a CFG scale above 1.",)
    return ()
