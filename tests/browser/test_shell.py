"""The page's frame: it opens, is accessible, speaks two languages, asks for a key where one is needed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize, expect

from safelight.server.page import BUILT
from tests.browser.axe import faults
from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.waiting import until
from tests.servers import Server, running_server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_in_the_first_view(visit: Open, viewport: ViewportSize, scheme: str) -> None:
    page = visit(viewport=viewport, color_scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_the_first_view_is_small(visit: Open) -> None:
    page = visit()
    scripts = "performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.endsWith('.js'))"
    page.get_by_role("button", name="Model doodle").wait_for()
    names = [name.rpartition("/ui/")[2] for name in page.evaluate(scripts)]
    assert len(names) > 1
    zipped = [gzip.compress((BUILT / name).read_bytes(), 9) for name in names]
    assert sum(map(len, zipped)) <= 170_000, names


def test_it_speaks_the_browser_s_language(visit: Open) -> None:
    page = visit(locale="de-DE")
    expect(page.get_by_role("link", name="Erzeugen")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"


def test_a_server_with_keys_asks_for_one_and_keeps_it_in_the_tab(visit: Open, tmp_path: Path) -> None:
    with running_server(tmp_path, api_keys="open-sesame-0123456789") as locked:
        page = visit(on=locked)
        page.get_by_label("API key").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("does not know this key")).to_be_visible()
        page.get_by_label("API key").fill("open-sesame-0123456789")
        assert faults(page) == []
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("navigation")).to_be_visible()
        page.reload()
        expect(page.get_by_role("navigation")).to_be_visible()
        assert page.evaluate("localStorage.getItem('safelight.key')") is None


def test_it_says_that_the_server_is_gone_and_goes_on_when_it_is_back(visit: Open, tmp_path: Path) -> None:
    with running_server(tmp_path) as first:
        page = visit(on=first)
        until(page, "performance.getEntriesByType('resource').some((one) => one.name.endsWith('/queue/status'))")
        port = first.url.rpartition(":")[2]
        first.stop()
        expect(page.get_by_text("The server does not answer. Trying again")).to_be_visible()
    with running_server(tmp_path, "--port", port) as second:
        expect(page.get_by_text("The server does not answer. Trying again")).to_be_hidden()
        assert isinstance(second, Server)
