"""Turns pixels into image files that carry their infotext."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from safelight.domain.request import Output, OutputFormat

if TYPE_CHECKING:  # the server reads infotexts with this module, and starts faster without numpy
    import numpy as np
    from numpy.typing import NDArray

_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_JPEG_ROOM = 65_000


def encode(pixels: NDArray[np.uint8], output: Output, infotext: str) -> bytes:
    """Return the file for `pixels`, uint8 [height, width, 3].

    PNG carries the infotext in its `parameters` chunk, JPEG and WebP in EXIF UserComment, as A1111 writes them.
    """
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    if output.format is OutputFormat.PNG:
        chunks = PngInfo()
        if output.metadata:
            chunks.add_text("parameters", infotext)
        image.save(buffer, "PNG", pnginfo=chunks)
    else:
        exif = Image.Exif()
        if output.metadata:
            exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"UNICODE\x00" + infotext.encode("utf-16-be")
        image.save(buffer, output.format.value.upper(), quality=output.quality, exif=exif)
    return buffer.getvalue()


def carries(kind: OutputFormat, infotext: str) -> bool:
    """Whether a file of this format has room for the infotext: a JPEG's EXIF block holds 64 KiB at most."""
    return kind is not OutputFormat.JPEG or len(infotext.encode("utf-16-be")) <= _JPEG_ROOM


def encode_preview(pixels: NDArray[np.uint8]) -> bytes:
    """A small JPEG of a preview, uint8 [height, width, 3]."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def read_infotext(data: bytes) -> str | None:
    """The infotext inside an image file that Safelight or A1111 wrote, or None."""
    with Image.open(io.BytesIO(data)) as image:
        text = image.info.get("parameters")
        if isinstance(text, str):
            return text
        comment = image.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT)
    if isinstance(comment, bytes) and comment.startswith(b"UNICODE\x00"):
        return comment[8:].decode("utf-16-be", errors="replace")
    return None
