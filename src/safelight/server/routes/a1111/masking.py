"""Masks, and what becomes of the pictures under them, as A1111 does it (its `modules/masking.py` is the reference)."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageOps

Region = tuple[int, int, int, int]
"""Left, top, right, bottom; the last two are outside."""

_HALF = 128
_HAZES = ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2))
"""Radius of each blur that fills a hole, from far to near, and how often it is laid on: A1111's figures."""


def black_and_white(mask: Image.Image) -> Image.Image:
    """The mask as L, white where it is to be repainted: its opaque part if it has another, else its bright one."""
    if mask.mode == "RGBA":
        alpha = mask.getchannel("A")
        if alpha.getextrema() != (255, 255):
            return alpha.point(lambda value: 255 if value > _HALF else 0)
    return mask.convert("L")


def stretched(image: Image.Image, size: tuple[int, int], mode: int) -> Image.Image:
    """The image at `size` by A1111's resize modes: 0 stretches, 1 cuts off, 2 fills the borders with its edges."""
    if image.size == size:
        return image
    if mode == 0:
        return image.resize(size, Image.Resampling.LANCZOS)
    if mode == 1:
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    inside = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
    left, top = (size[0] - inside.width) // 2, (size[1] - inside.height) // 2
    right, bottom = left + inside.width, top + inside.height
    canvas = Image.new(image.mode, size)
    for edge, hole in (
        ((0, 0, 1, inside.height), (0, 0, left, size[1])),
        ((inside.width - 1, 0, inside.width, inside.height), (right, 0, size[0], size[1])),
        ((0, 0, inside.width, 1), (0, 0, size[0], top)),
        ((0, inside.height - 1, inside.width, inside.height), (0, bottom, size[0], size[1])),
    ):
        wide, high = hole[2] - hole[0], hole[3] - hole[1]
        # Bars are on two sides only; the other two holes are flat, or span what the bars have.
        if wide > 0 and high > 0:
            canvas.paste(inside.crop(edge).resize((wide, high)), hole[:2])
    canvas.paste(inside, (left, top))
    return canvas


def filled(image: Image.Image, mask: Image.Image) -> Image.Image:
    """RGB `image` with what is under `mask` replaced by the colours around it (`inpainting_fill` 0)."""
    kept = image.convert("RGBA")
    kept.putalpha(ImageOps.invert(mask))
    premultiplied = kept.convert("RGBa")
    result = Image.new("RGBA", image.size)
    for radius, times in _HAZES:
        haze = premultiplied.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(times):
            result.alpha_composite(haze)
    result.alpha_composite(kept)
    return result.convert("RGB")


def region_of(mask: Image.Image, padding: int, size: tuple[int, int]) -> Region | None:
    """The part of the picture that is drawn when only the masked part is; None when nothing is masked.

    Args:
        mask: Blurred; L.
        padding: Pixels of surroundings to take along.
        size: Width and height it will be drawn at: the region gets their shape where there is room.
    """
    found = mask.getbbox()
    if found is None:
        return None
    left, right = _widened(found[0] - padding, found[2] + padding, mask.width, 0)
    top, bottom = _widened(found[1] - padding, found[3] + padding, mask.height, 0)
    shape = size[0] / size[1]
    if (right - left) / (bottom - top) > shape:
        top, bottom = _widened(top, bottom, mask.height, int((right - left) / shape))
    else:
        left, right = _widened(left, right, mask.width, int((bottom - top) * shape))
    return left, top, right, bottom


def _widened(start: int, end: int, limit: int, wanted: int) -> tuple[int, int]:
    """`start` to `end`, cut to 0 … `limit`, then made as long as `wanted` as far as that fits, around its middle."""
    start, end = max(0, start), min(end, limit)
    more = max(0, min(wanted, limit) - (end - start))
    start -= more // 2
    end += more - more // 2
    if end > limit:
        start, end = start - (end - limit), limit
    if start < 0:
        start, end = 0, end - start
    return start, min(end, limit)


@dataclass(frozen=True)
class PasteBack:
    """Puts what was drawn of a region back into the picture it was cut out of.

    Attributes:
        source: The whole picture, RGB.
        mask: Of its size, blurred: white takes what was drawn.
        region: What was cut out.
    """

    source: Image.Image
    mask: Image.Image
    region: Region

    def apply(self, drawn: Image.Image) -> Image.Image:
        """The whole picture with `drawn` in it."""
        left, top, right, bottom = self.region
        whole = self.source.copy()
        whole.paste(stretched(drawn.convert("RGB"), (right - left, bottom - top), 1), (left, top))
        return Image.composite(whole, self.source, self.mask)
