"""Makes small versions of pictures, and keeps the latest ones in memory."""

from __future__ import annotations

import io
from collections import OrderedDict

from PIL import Image

from safelight.domain.errors import InvalidInput
from safelight.images.decode import decode

MIN_SIZE, MAX_SIZE = 16, 1024
"""Bounds of a thumbnail's longest side, in pixels."""

_MAX_PIXELS = 160_000_000
"""Pictures of our own may be larger than those accepted as input, after upscaling."""


def check_size(size: int) -> None:
    """Refuse, as InvalidInput, a longest side out of bounds."""
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise InvalidInput(f"A thumbnail's size is {MIN_SIZE} to {MAX_SIZE} pixels, not {size}.")


def make_thumbnail(data: bytes, size: int) -> bytes:
    """The picture in `data` as WebP without metadata, its longest side at most `size`; small ones are not enlarged.

    Raises:
        InvalidInput: The size is out of bounds, or the picture can't be read.
    """
    check_size(size)
    image = decode(data, name="The picture", max_bytes=len(data), max_pixels=_MAX_PIXELS)
    image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=80, exif=b"", xmp=b"")
    return buffer.getvalue()


class ThumbnailMemory:
    """The thumbnails used last, up to `max_bytes`.

    A thumbnail is known by its job, picture and size, and only as long as the picture is the very same bytes object.
    """

    def __init__(self, max_bytes: int = 16 * 2**20) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str, int], tuple[bytes, bytes]] = OrderedDict()

    def get(self, job: str, name: str, size: int, picture: bytes) -> bytes | None:
        """The thumbnail of `picture`, or None."""
        kept = self._kept.get((job, name, size))
        if kept is None or kept[0] is not picture:
            return None
        self._kept.move_to_end((job, name, size))
        return kept[1]

    def put(self, job: str, name: str, size: int, picture: bytes, thumbnail: bytes) -> None:
        """Remember it, and forget those not used for longest."""
        self._forget((job, name, size))
        self._kept[job, name, size] = (picture, thumbnail)
        self._bytes += len(thumbnail)
        while self._bytes > self._max_bytes:
            self._forget(next(iter(self._kept)))

    def forget(self, job: str) -> None:
        """Forget all thumbnails of a job."""
        for key in [key for key in self._kept if key[0] == job]:
            self._forget(key)

    def _forget(self, key: tuple[str, str, int]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= len(kept[1])
