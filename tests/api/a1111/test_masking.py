"""Masks and infotexts of the A1111 dialect, against what clients compute for themselves."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sd_backend_client.util.visual.inpaint_crop import compute_crop_region

from safelight.server.routes.a1111.infotexts import parse_infotext
from safelight.server.routes.a1111.masking import black_and_white, filled, region_of, stretched


def test_regions_are_those_that_sd_backend_client_would_cut_out() -> None:
    random = np.random.default_rng(7)
    for _ in range(500):
        wide, high = (int(side) for side in random.integers(16, 200, 2))
        left, top = int(random.integers(0, wide)), int(random.integers(0, high))
        right, bottom = int(random.integers(left + 1, wide + 1)), int(random.integers(top + 1, high + 1))
        mask = Image.new("L", (wide, high))
        mask.paste(255, (left, top, right, bottom))
        padding, size = int(random.integers(0, 40)), (int(random.integers(1, 9)) * 64, int(random.integers(1, 9)) * 64)
        assert region_of(mask, padding, size) == compute_crop_region(mask, padding, size)


def test_a_blank_mask_has_no_region() -> None:
    assert region_of(Image.new("L", (64, 64)), 8, (64, 64)) is None


def test_masks_are_what_is_opaque_or_bright() -> None:
    drawn = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    drawn.putpixel((0, 0), (0, 0, 0, 200))
    assert list(black_and_white(drawn).tobytes()) == [255, 0]
    bright = Image.new("RGBA", (2, 1), (0, 0, 0, 255))
    bright.putpixel((1, 0), (255, 255, 255, 255))
    assert list(black_and_white(bright).tobytes()) == [0, 255]


def test_holes_are_filled_with_the_colours_around_them() -> None:
    image = Image.new("RGB", (64, 64), (10, 120, 200))
    image.paste((255, 0, 0), (20, 20, 40, 40))
    mask = Image.new("L", (64, 64))
    mask.paste(255, (18, 18, 42, 42))
    found = np.asarray(filled(image, mask)).astype(int)
    assert np.abs(found - (10, 120, 200)).max() <= 6
    assert (found == np.asarray(image))[np.asarray(mask) == 0].all()


@pytest.mark.parametrize("size", [(100, 40), (40, 100), (64, 64), (8, 8)])
def test_borders_are_filled_with_the_edges(size: tuple[int, int]) -> None:
    image = Image.new("RGB", (30, 30), (9, 9, 9))
    assert set(stretched(image, size, 2).getcolors() or ()) == {(size[0] * size[1], (9, 9, 9))}


def test_infotexts_of_a1111_are_taken_apart() -> None:
    text = (
        "a cat, (sitting:1.2)\nin a box\nNegative prompt: dog,\nSteps: 3\n"
        "Steps: 20, Sampler: DPM++ 2M, CFG scale: 7, Seed: 1, Size: 512x768, Model hash: 6ce0161689, "
        'Lora hashes: "fur: 1234, \\"x\\": 2", Hires resize-1: 8, Version: v1.10.1'
    )
    found = parse_infotext(text)
    assert found["Prompt"] == "a cat, (sitting:1.2)\nin a box"
    assert found["Negative prompt"] == "dog,\nSteps: 3"
    assert found["Lora hashes"] == 'fur: 1234, "x": 2'
    expected = {"Sampler": "DPM++ 2M", "Size-1": "512", "Size-2": "768", "Hires resize-1": "8", "Version": "v1.10.1"}
    assert expected.items() <= found.items()
    assert parse_infotext("only, words: here") == {"Prompt": "only, words: here", "Negative prompt": ""}
