"""Chromium on the real page of a real server. What is missing for that is said, and the tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from safelight.server.page import BUILT
from tests.servers import Server, running_server

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=15_000)  # machines that test are busy

_NAMES = ("chromium", "chromium-browser", "google-chrome")

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}

Open = Callable[..., Page]


def chromium() -> str | None:
    """Where the system's Chromium is."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


# Of the package and no wider: while it is open, Playwright's loop runs in this thread, where asyncio tests run theirs.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, as the system has it."""
    path = chromium()
    if path is None:
        pytest.skip("Chromium is missing (Debian: apt install chromium)")
    if not (BUILT / "index.html").is_file():
        pytest.skip("the page is not built: `make page`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with the scripted engine for a module's tests."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens a view as a visitor who has never been here; ends with a check that nothing went wrong unseen.

    Nothing may be asked of another machine, no script may fail, and no policy may be broken.
    """
    contexts: list[BrowserContext] = []
    wrongs: list[str] = []

    def open_view(path: str = "", *, on: Server | None = None, viewport: ViewportSize = DESK, **options: Any) -> Page:
        base = (on or server).url
        options = {"locale": "en-US", "color_scheme": "light", "reduced_motion": "no-preference"} | options
        context = browser.new_context(base_url=base, viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrongs.append(f"error: {error}"))
        page.on("console", lambda said: _hear(said.type, said.text, wrongs))
        page.on("request", lambda request: _watch(request.url, base, wrongs))
        page.goto(f"/ui/{path}")
        page.locator("main").wait_for()
        return page

    yield open_view
    for context in contexts:
        context.close()
    assert not wrongs


def _hear(kind: str, text: str, wrongs: list[str]) -> None:
    # What a request answered is the page's to show; that is tested where it matters.
    if kind == "error" and "Failed to load resource" not in text:
        wrongs.append(f"console: {text}")


def _watch(url: str, base: str, wrongs: list[str]) -> None:
    if not url.startswith((base, "data:", "blob:")):
        wrongs.append(f"asked elsewhere: {url}")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A PNG file with two colours, 64 by 64."""
    from PIL import Image

    image = Image.new("RGB", (64, 64), (30, 90, 200))
    image.paste((220, 60, 30), (0, 0, 32, 64))
    path = tmp_path / "two-colours.png"
    image.save(path)
    return path


@pytest.fixture
def empty_stage(server: Server) -> Iterator[None]:
    """What a test drew is not on the next one's stage."""
    yield
    for job in server.client.get("/api/v1/jobs").json()["jobs"]:
        if job["status"] in ("queued", "loading", "running"):
            server.client.post(f"/api/v1/jobs/{job['job_id']}/cancel").raise_for_status()
            server.wait_for(job["job_id"], "cancelled", "completed", "failed")
        server.client.delete(f"/api/v1/jobs/{job['job_id']}").raise_for_status()
