"""Real pictures by the model that came along: words, a picture to start from, a painted mask, keys only, a phone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.axe import faults
from tests.browser.conftest import PHONE, Open
from tests.servers import Server, running_server

pytestmark = pytest.mark.usefixtures("empty_stage")

_PATIENCE = 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all: the model is loaded once."""
    with running_server(tmp_path_factory.mktemp("doodle")) as running:
        yield running


@pytest.fixture
def apple(tmp_path: Path) -> Path:
    """A picture of doodle's size: red on the left, blue on the right."""
    image = Image.new("RGB", (128, 128), (30, 60, 200))
    image.paste((220, 40, 30), (0, 0, 64, 128))
    path = tmp_path / "apple.png"
    image.save(path)
    return path


def drawn(page: Page, server: Server) -> np.ndarray:
    """Wait for the newest job's picture to be on the stage; return its pixels as the server has them."""
    expect(page.get_by_role("toolbar", name="This picture")).to_be_visible(timeout=_PATIENCE)
    job = server.client.get("/api/v1/jobs").json()["jobs"][0]
    assert job["status"] == "completed", job
    data = server.client.get(job["images"][0]["url"]).content
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_first_visitor_has_a_picture_by_one_click(visit: Open, server: Server) -> None:
    page = visit()
    page.get_by_role("button", name="red apple").click()
    pixels = drawn(page, server)
    assert pixels.shape == (128, 128, 3) and pixels.std() > 10
    expect(page.get_by_role("img", name="Picture: red apple").first).to_be_visible()


@pytest.mark.slow
def test_a_picture_is_started_from_another(visit: Open, server: Server, apple: Path) -> None:
    page = visit()
    page.get_by_label("Start from a picture").first.set_input_files(apple)
    expect(page.get_by_role("region", name="Picture to start from")).to_be_visible()
    page.get_by_label("Strength").first.fill("0.2")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("red apple")
    page.get_by_role("textbox", name="Prompt", exact=True).press("Control+Enter")
    pixels = drawn(page, server)
    assert pixels[:, :40, 0].mean() > 150 > pixels[:, 88:, 0].mean(), "the source does not show through"


def test_only_what_was_painted_changes(visit: Open, server: Server, apple: Path) -> None:
    page = visit()
    page.get_by_label("Start from a picture").first.set_input_files(apple)
    page.get_by_role("button", name="Paint a mask").click()
    canvas = page.get_by_role("application")
    box = canvas.bounding_box()
    assert box
    # Up and down through the left quarter of the picture, which lies in the middle of the canvas.
    side = min(box["width"], box["height"]) - 32
    left = box["x"] + (box["width"] - side) / 2 + side * 0.25
    top = box["y"] + (box["height"] - side) / 2
    page.mouse.move(left, top + side * 0.2)
    page.mouse.down()
    page.mouse.move(left, top + side * 0.8, steps=8)
    page.mouse.up()
    assert faults(page) == []
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("button", name="Use the mask").click()
    page.get_by_label("Strength").first.fill("1")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("yellow sun on a green background")
    page.get_by_role("textbox", name="Prompt", exact=True).press("Control+Enter")
    change = np.abs(drawn(page, server) - np.asarray(Image.open(apple)).astype(int)).max(axis=2)
    assert change[40:90, 28:36].mean() > 20, "nothing was painted anew"
    assert change[:, 64:].max() == 0, "something else changed"


def test_by_keyboard_only_on_a_phone(visit: Open, server: Server) -> None:
    page = visit(viewport=PHONE, has_touch=True)
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.tagName") == "TEXTAREA":
            break
    page.keyboard.type("purple cat")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("img", name="Picture: purple cat").first).to_be_visible(timeout=_PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(page) == []


@pytest.mark.slow
def test_variations_and_reuse_of_a_picture(visit: Open, server: Server) -> None:
    page = visit()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("green pear")
    page.get_by_role("textbox", name="Prompt", exact=True).press("Control+Enter")
    drawn(page, server)
    seed = server.client.get("/api/v1/jobs").json()["jobs"][0]["parameters"]["seed"]
    page.get_by_role("button", name="Use its words, settings and seed").click()
    expect(page.get_by_label("Seed", exact=True)).to_have_value(str(seed))
    page.get_by_role("button", name="Variations").click()
    expect(page.get_by_text("Four variations are on their way.")).to_be_visible()
    job = server.client.get("/api/v1/jobs").json()["jobs"][0]
    assert job["parameters"]["batch_count"] == 4 and job["parameters"]["seed"] != seed
    server.wait_for(job["job_id"], "completed")
    expect(page.get_by_role("list", name="Lately").get_by_role("button", name="Picture: green pear")).to_have_count(5)
