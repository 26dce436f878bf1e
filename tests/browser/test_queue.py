"""The queue's view: what runs, waits and is done; moved, cancelled, tried again, paused and cleared from there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.axe import faults
from tests.browser.conftest import DESK, PHONE, Open
from tests.servers import Server, running_server, wait_until


@pytest.fixture
def paused(tmp_path: Path) -> Iterator[Server]:
    """A server with one failed job, and three that wait, as the queue is paused."""
    with running_server(tmp_path) as server:
        server.wait_for(server.queue({"raise": "invalid"}), "failed")
        server.client.post("/api/v1/queue/pause")
        for prompt in ("first", "second", "third"):
            server.queue(prompt)
        yield server


def waiting(page: Page) -> Locator:
    """The rows that can be moved."""
    return page.get_by_role("main").get_by_role("listitem").filter(has=page.get_by_role("button", name="Arrow keys"))


def due(server: Server) -> list[str]:
    """Prompts in the order in which they are due."""
    status = server.client.get("/api/v1/queue/status").json()
    return [job["parameters"]["prompt"] for job in status["queued"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(visit: Open, paused: Server, viewport: ViewportSize, scheme: str) -> None:
    page = visit("queue", on=paused, viewport=viewport, color_scheme=scheme)
    expect(waiting(page)).to_have_count(3)
    expect(page.get_by_text("The script does not like it.")).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_jobs_are_moved_by_key(visit: Open, paused: Server) -> None:
    page = visit("queue", on=paused)
    handle = page.get_by_role("button", name="Place 3: third")
    handle.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    wait_until(lambda: due(paused) == ["third", "first", "second"])
    expect(page.get_by_text("Now at place 1 of 3.")).to_be_attached()
    expect(page.get_by_role("button", name="Place 1: third")).to_be_focused()
    expect(waiting(page).first).to_contain_text("third")


def test_jobs_are_moved_by_pointer_and_to_the_front(visit: Open, paused: Server) -> None:
    page = visit("queue", on=paused)
    expect(waiting(page)).to_have_count(3)
    handle = waiting(page).first.get_by_role("button", name="Arrow keys").bounding_box()
    last = waiting(page).last.bounding_box()
    assert handle is not None and last is not None
    page.mouse.move(handle["x"] + 10, handle["y"] + 10)
    page.mouse.down()
    page.mouse.move(handle["x"] + 10, last["y"] + 20, steps=8)
    page.mouse.up()
    wait_until(lambda: due(paused) == ["second", "third", "first"])
    waiting(page).filter(has_text="first").get_by_role("button", name="To the front").click()
    wait_until(lambda: due(paused) == ["first", "second", "third"])
    expect(waiting(page).first).to_contain_text("first")


def test_pause_and_resume(visit: Open, paused: Server) -> None:
    page = visit("queue", on=paused)
    expect(page.get_by_text("The queue is paused")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("link", name="Show the picture: third")).to_be_visible()
    expect(page.get_by_text("The queue is paused")).to_be_hidden()
    expect(waiting(page)).to_have_count(0)


def test_cancel_try_again_and_forget(visit: Open, paused: Server) -> None:
    page = visit("queue", on=paused)
    waiting(page).filter(has_text="second").get_by_role("button", name="Cancel").click()
    row = page.get_by_role("listitem").filter(has_text="second").filter(has_text="Cancelled")
    row.get_by_role("button", name="Try again").click()
    expect(waiting(page).last).to_contain_text("second")
    failed = page.get_by_role("listitem").filter(has_text="The script does not like it.")
    failed.get_by_role("button", name="Remove from the list").click()
    expect(failed).to_have_count(0)
    assert due(paused) == ["first", "third", "second"]


def test_clear_is_asked_before(visit: Open, paused: Server) -> None:
    page = visit("queue", on=paused)
    page.get_by_role("button", name="Clear").click()
    dialog = page.get_by_role("dialog", name="Cancel 3 waiting jobs?")
    assert faults(page) == []
    dialog.get_by_role("button", name="Cancel them").click()
    expect(page.get_by_text("3 jobs were cancelled.")).to_be_visible()
    assert due(paused) == []


def test_progress_is_seen_as_it_happens(visit: Open, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    with running_server(tmp_path) as server:
        page = visit("queue", on=server)
        expect(page.get_by_text("Nothing to do")).to_be_visible()
        job = server.queue({"at": 3, "wait": str(go_on)}, preview_every=1)
        expect(page.get_by_text("Step 2 of 4")).to_be_visible()
        expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
        go_on.touch()
        server.wait_for(job, "completed")
        expect(page.get_by_role("link", name="Show the picture")).to_be_visible()
