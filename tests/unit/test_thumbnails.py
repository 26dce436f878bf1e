"""Small versions of pictures: their size, what they must not carry, and what memory keeps of them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from safelight.domain.errors import InvalidInput
from safelight.domain.request import Output, OutputFormat
from safelight.images.encode import encode, read_infotext
from safelight.images.thumbnails import ThumbnailMemory, make_thumbnail


def picture(width: int, height: int, kind: OutputFormat = OutputFormat.PNG) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return encode(pixels, Output(format=kind), "a secret prompt")


@pytest.mark.parametrize("kind", list(OutputFormat))
@pytest.mark.parametrize(
    ("width", "height", "size", "becomes"),
    [(640, 320, 200, (200, 100)), (320, 640, 200, (100, 200)), (64, 64, 200, (64, 64)), (640, 8, 16, (16, 1))],
)
def test_a_thumbnail_fits_and_keeps_the_shape(
    kind: OutputFormat, width: int, height: int, size: int, becomes: tuple[int, int]
) -> None:
    small = Image.open(io.BytesIO(make_thumbnail(picture(width, height, kind), size)))
    assert (small.format, small.size) == ("WEBP", becomes)


@pytest.mark.parametrize("kind", list(OutputFormat))
def test_a_thumbnail_tells_nothing_of_the_prompt(kind: OutputFormat) -> None:
    data = picture(64, 64, kind)
    assert read_infotext(data) == "a secret prompt"
    small = make_thumbnail(data, 32)
    assert read_infotext(small) is None
    assert not {"exif", "xmp", "parameters"} & set(Image.open(io.BytesIO(small)).info)


def test_a_thumbnail_shows_the_picture() -> None:
    pixels = np.zeros((256, 256, 3), dtype=np.uint8)
    pixels[:, 128:] = (250, 20, 20)
    small = np.asarray(Image.open(io.BytesIO(make_thumbnail(encode(pixels, Output(), ""), 32))).convert("RGB"))
    assert small[16, 4].max() < 30
    assert small[16, 28, 0] > 220


@pytest.mark.parametrize("size", [15, 1025, 0, -1])
def test_sizes_out_of_bounds_are_refused(size: int) -> None:
    with pytest.raises(InvalidInput, match="16 to 1024"):
        make_thumbnail(picture(64, 64), size)


def test_a_broken_picture_is_said() -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        make_thumbnail(picture(64, 64)[:200], 32)


def test_memory_keeps_those_used_last() -> None:
    memory, data = ThumbnailMemory(max_bytes=30), b"picture"
    memory.put("job", "0000.png", 16, data, b"x" * 10)
    memory.put("job", "0001.png", 16, data, b"y" * 10)
    memory.put("job", "0001.png", 16, data, b"y" * 10)
    assert memory.get("job", "0000.png", 16, data) == b"x" * 10

    memory.put("other", "0000.png", 16, data, b"z" * 20)

    assert memory.get("job", "0001.png", 16, data) is None
    assert memory.get("job", "0000.png", 16, data) == b"x" * 10
    memory.forget("job")
    assert memory.get("job", "0000.png", 16, data) is None
    assert memory.get("other", "0000.png", 16, data) == b"z" * 20


def test_memory_does_not_show_a_replaced_picture() -> None:
    memory = ThumbnailMemory()
    memory.put("job", "0000.png", 16, b"old picture", b"small")
    assert memory.get("job", "0000.png", 16, b"new picture") is None
