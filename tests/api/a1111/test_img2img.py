"""Image-to-image over the A1111 dialect: resize modes and masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.api.a1111.calls import (
    RED,
    SMALL,
    base64_of,
    draw,
    image_of,
    newest_job,
    post,
)
from tests.servers import Server


def test_img2img_starts_from_the_image(server: Server) -> None:
    plain, _ = draw(server, seed=3)
    reply, info = draw(
        server, "img2img", init_images=[f"data:image/png;base64,{base64_of(RED)}"], denoising_strength=0.4, seed=3
    )
    drawn, alone = (np.asarray(image_of(found["images"][0])).astype(int) for found in (reply, plain))
    assert np.array_equal(drawn, alone // 2 + np.asarray(RED) // 2)  # what the scripted engine does
    assert info["denoising_strength"] == 0.4 == newest_job(server)["parameters"]["strength"]
    assert "Denoising strength: 0.4" in info["infotexts"][0]
    assert "init_images" not in reply["parameters"]
    again, _ = draw(server, "img2img", init_images=[base64_of(RED)], include_init_images=True)
    assert again["parameters"]["init_images"] == [base64_of(RED)]


@pytest.mark.parametrize(("mode", "corner"), [(0, (0, 0, 255)), (1, (200, 0, 0)), (2, (0, 0, 255))])
def test_resize_modes(server: Server, mode: int, corner: tuple[int, int, int]) -> None:
    wide = Image.new("RGB", (192, 64), (200, 0, 0))
    wide.paste((0, 0, 255), (0, 0, 64, 64))
    plain, _ = draw(server, seed=3)
    reply, _ = draw(server, "img2img", init_images=[base64_of(wide)], resize_mode=mode, seed=3)
    found = np.asarray(image_of(reply["images"][0]))[0, 0].astype(int)
    alone = np.asarray(image_of(plain["images"][0]))[0, 0].astype(int)
    assert np.allclose(found, alone // 2 + np.array(corner) // 2, atol=3)


def test_white_in_the_mask_is_repainted(server: Server) -> None:
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 0, 32, 64))
    fields = {"init_images": [base64_of(RED)], "mask": base64_of(mask), "mask_blur": 0, "inpainting_fill": 1}
    for invert, kept in ((0, np.s_[:, 32:]), (1, np.s_[:, :32])):
        reply, _ = draw(server, "img2img", **fields, inpainting_mask_invert=invert)
        same = (np.asarray(image_of(reply["images"][0])) == np.asarray(RED)).all(axis=-1)
        assert same[kept].all() and same.sum() == 64 * 32
    assert newest_job(server)["parameters"]["mask_blur"] == 0


def test_only_the_masked_part_is_drawn_at_full_size(server: Server) -> None:
    size = (256, 192)
    source = Image.fromarray(np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    mask = Image.new("RGBA", size)
    mask.paste((0, 0, 0, 255), (100, 80, 140, 110))  # what is opaque is repainted
    reply, info = draw(
        server,
        "img2img",
        init_images=[base64_of(source)],
        mask=base64_of(mask),
        mask_blur=0,
        inpaint_full_res=True,
        inpaint_full_res_padding=8,
    )
    whole = image_of(reply["images"][0])
    assert whole.size == size
    changed = (np.asarray(whole) != np.asarray(source)).any(axis=-1)
    assert changed[80:110, 100:140].mean() > 0.9
    changed[80:110, 100:140] = False
    assert not changed.any()
    assert whole.info["parameters"] == info["infotexts"][0]
    [stored] = newest_job(server)["images"]
    assert (stored["width"], stored["height"]) == (64, 64)


def test_a_blank_mask_redraws_all(server: Server) -> None:
    blank = base64_of(Image.new("L", (64, 64)))
    _, info = draw(server, "img2img", init_images=[base64_of(RED)], mask=blank, inpaint_full_res=True)
    assert info["notes"] == ["The mask is blank: the whole picture was redrawn."]
    assert newest_job(server)["parameters"]["strength"] == 0.75


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (422, {}),
        (422, {"init_images": []}),
        (422, {"init_images": ["not base64!"]}),
        (422, {"init_images": [base64_of(RED)[:60]]}),
        (422, {"init_images": ["https://127.0.0.1/x.png"]}),
        (501, {"init_images": [base64_of(RED)] * 2}),
        (501, {"init_images": [base64_of(RED)], "resize_mode": 3}),
        (501, {"init_images": [base64_of(RED)], "mask": base64_of(RED), "inpainting_fill": 2}),
        (501, {"init_images": [base64_of(RED)], "mask": base64_of(RED), "mask_blur_x": 9}),
        (422, {"init_images": [base64_of(RED)], "denoising_strength": 7}),
    ],
)
def test_img2img_says_what_is_wrong(server: Server, status: int, body: dict[str, Any]) -> None:
    answer = post(server, "img2img", **(SMALL | body))
    assert answer.status_code == status, answer.text
