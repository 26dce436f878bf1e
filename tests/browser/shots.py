"""Pictures of the views for docs/pictures: `python -m tests.browser.shots`, each in light and dark, desk and phone.

The view of the system is left out: it would show this machine.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.conftest import FLAGS, chromium
from tests.servers import Server, running_server

_TARGET = Path(__file__).parents[2] / "docs/pictures"
_SIZES: dict[str, ViewportSize] = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 740}}
_PROMPTS = (
    "sunflower, glossy style, on a gray background",
    "rocket, flat style, on a purple background",
    "strawberry, cartoon style, on a white background",
    "cat face, glossy style, on a green background",
    "blue heart, glossy style, on a black background",
    "red apple on a blue background",
)
_PRESETS: dict[str, dict[str, object]] = {
    "Portrait": {"width": 128, "height": 192, "steps": 28, "sampler": "DPM++ 2M Karras"},
    "Quick sketch": {"model": "doodle", "steps": 6, "cfg_scale": 4},
    "Stickers": {"model": "doodle", "prompt": "glossy style, on a white background", "steps": 20},
}
_QUALITY = 80


def _edit(page: Page) -> None:
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("a (green:1.2) apple")


def _mask(page: Page) -> None:
    _edit(page)
    page.get_by_role("button", name="Paint a mask").click()
    box = page.get_by_role("application").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 60, y - 40)
    page.mouse.down()
    for dx, dy in ((60, -40), (60, 0), (-60, 0), (-60, 40), (60, 40)):
        page.mouse.move(x + dx, y + dy, steps=5)
    page.mouse.up()


def _presets(page: Page) -> None:
    if page.get_by_role("button", name="Settings", exact=True).is_visible():
        page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("button", name="Preset: ").click()


def _picture(page: Page) -> None:
    page.get_by_role("list", name="Pictures").get_by_role("link").nth(1).click()
    page.wait_for_timeout(800)


def _plans(page: Page) -> None:
    if page.get_by_role("complementary").is_visible():
        page.get_by_text("Is taken").wait_for(timeout=60_000)


def _nothing(page: Page) -> None:
    page.wait_for_timeout(300)


_VIEWS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "generate": ("", _nothing),
    "edit": ("", _edit),
    "mask": ("", _mask),
    "presets": ("", _presets),
    "gallery": ("gallery", _nothing),
    "picture": ("gallery", _picture),
    "queue": ("queue", _nothing),
    "models": ("models", _plans),
    "settings": ("settings", _nothing),
}


def _shoot(browser: Browser, server: Server, name: str, size: str, scheme: str) -> None:
    path, act = _VIEWS[name]
    context = browser.new_context(
        base_url=server.url,
        viewport=_SIZES[size],
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-US",
        has_touch=size == "phone",
    )
    page = context.new_page()
    page.goto(f"/ui/{path}")
    page.locator("main h1").wait_for(state="attached")
    page.wait_for_load_state("load")
    page.wait_for_timeout(1200)  # thumbnails, and numbers that take the server a moment
    act(page)
    page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.save(_TARGET / f"{name}-{size}-{scheme}.webp", quality=_QUALITY, method=6)
    context.close()


def main() -> None:
    """Draw a few pictures, then take all views."""
    _TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server, sync_playwright() as player:
        (Path(folder) / "models/scripted.safetensors").unlink()
        server.client.post("/api/v1/models/refresh")
        for seed, prompt in enumerate(_PROMPTS):
            server.draw(prompt, model="doodle", width=128, height=128, steps=20, seed=7 + seed)
        for name, settings in _PRESETS.items():
            server.client.post("/api/v1/presets", json={"name": name, "settings": settings}).raise_for_status()
        browser = player.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name in _VIEWS:
            for size in _SIZES:
                for scheme in ("light", "dark"):
                    _shoot(browser, server, name, size, scheme)
        browser.close()


if __name__ == "__main__":
    main()
