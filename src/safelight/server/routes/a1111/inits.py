"""Turns the images of an img2img request into those that the engine starts from, already at the picture's size."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageFilter, ImageOps

from safelight.domain.errors import InvalidInput
from safelight.domain.request import Output
from safelight.images.decode import decode
from safelight.images.encode import carries, encode
from safelight.server.lanes import Lanes
from safelight.server.orders import keep_bytes, keep_image
from safelight.server.routes.a1111.bodies import Img2ImgBody
from safelight.server.routes.a1111.masking import PasteBack, black_and_white, filled, region_of, stretched
from safelight.settings import Settings

_STRENGTH = 0.75
_FIT_BORDERS = 2
_MAX_BLUR = 64
_PADDING = 32


@dataclass
class Inits:
    """What a request starts from.

    Attributes:
        files: SHA-256 → PNG, to travel with the order.
        draft: Fields of the order's draft.
        paste: How a finished picture becomes the one that is answered; None when it is that already.
        notes: What the user should know, one sentence each.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    draft: dict[str, Any] = field(default_factory=dict)
    paste: PasteBack | None = None
    notes: list[str] = field(default_factory=list)


async def inits_of(body: Img2ImgBody, settings: Settings, lanes: Lanes) -> Inits:
    """Read, mask, cut and resize the images of a request.

    Raises:
        InvalidInput: There is none, or one can't be read.
    """
    if not body.init_images:
        raise InvalidInput("init_images is missing.", hint="Give one image in base64.")
    given: dict[str, bytes] = {}
    image = await keep_image(body.init_images[0], given, settings)
    mask = await keep_image(body.mask, given, settings)
    if image is None:
        raise InvalidInput("The first of init_images is empty.")
    return await lanes.pictures.run(
        _prepared, body, given[image.sha256], given[mask.sha256] if mask else None, settings
    )


def finished(file: bytes, paste: PasteBack, output: Output, infotext: str) -> bytes:
    """The file of a drawn region, as the file of the whole picture."""
    with Image.open(io.BytesIO(file)) as drawn:
        whole = paste.apply(drawn)
    metadata = output.metadata and carries(output.format, infotext)
    import numpy as np  # noqa: PLC0415 - the server starts faster without

    return encode(np.asarray(whole), output.model_copy(update={"metadata": metadata}), infotext)


def _prepared(body: Img2ImgBody, image_file: bytes, mask_file: bytes | None, settings: Settings) -> Inits:
    image = _flat(_decoded(image_file, "The init image", settings))
    wide = image.width if body.width is None else body.width
    high = image.height if body.height is None else body.height
    size = (wide // 8 * 8, high // 8 * 8)
    if min(size) <= 0 or size[0] * size[1] > settings.max_image_pixels:
        raise InvalidInput(f"{wide}x{high} is no size that can be drawn.")
    strength = _STRENGTH if body.denoising_strength is None else body.denoising_strength
    inits = Inits(draft={"width": size[0], "height": size[1], "strength": strength})
    mode = body.resize_mode or 0
    if mask_file is None:
        _keep(inits, stretched(image, size, mode), None)
        return inits
    mask = black_and_white(_decoded(mask_file, "The mask", settings))
    if body.inpainting_mask_invert:
        mask = ImageOps.invert(mask)
    blur = body.blurs[0]
    if body.inpaint_full_res:
        mask = stretched(mask, image.size, 0)
        softened = mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask
        padding = _PADDING if body.inpaint_full_res_padding is None else body.inpaint_full_res_padding
        region = region_of(softened, padding, size)
        if region is None:
            inits.notes.append("The mask is blank: the whole picture was redrawn.")
            _keep(inits, stretched(image, size, mode), None)
            return inits
        inits.paste = PasteBack(image, softened, region)
        blur = min(_MAX_BLUR, round(blur * size[0] / (region[2] - region[0])))
        image, mask, mode = image.crop(region), mask.crop(region), _FIT_BORDERS
    image, mask = stretched(image, size, mode), stretched(mask, size, mode)
    inits.draft["mask_blur"] = blur
    _keep(inits, image if body.inpainting_fill else filled(image, mask), mask)
    return inits


def _keep(inits: Inits, image: Image.Image, mask: Image.Image | None) -> None:
    inits.draft["init_image"] = keep_bytes(_png(image), inits.files)
    if mask is not None:
        inits.draft["mask"] = keep_bytes(_png(mask), inits.files)


def _decoded(data: bytes, name: str, settings: Settings) -> Image.Image:
    return decode(data, name=name, max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels)


def _flat(image: Image.Image) -> Image.Image:
    """RGB, on white where it is transparent."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
