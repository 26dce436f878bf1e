"""Settings and system: language, appearance, keys, how the server is set and what it runs on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.axe import faults
from tests.browser.conftest import DESK, PHONE, Open
from tests.servers import Server, running_server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(visit: Open, viewport: ViewportSize, scheme: str) -> None:
    page = visit("settings", viewport=viewport, color_scheme=scheme)
    expect(page.get_by_text("models_dir", exact=True)).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    page.get_by_role("main").get_by_role("link", name="System").click()
    expect(page.get_by_role("heading", name="Engines and devices")).to_be_visible(timeout=60_000)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_the_language_changes_at_once_and_stays(visit: Open) -> None:
    page = visit("settings")
    page.get_by_role("combobox", name="Language").click()
    page.get_by_role("option", name="Deutsch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Optionen")
    page.reload()
    expect(page.get_by_role("link", name="Aufträge")).to_be_visible()


def test_the_appearance_is_chosen_by_key_and_stays(visit: Open) -> None:
    page = visit("settings", color_scheme="light")
    page.get_by_role("radio", name="System").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_previews_are_asked_for_as_it_is_set(visit: Open, server: Server) -> None:
    page = visit("settings")
    page.get_by_role("combobox", name="Previews").click()
    page.get_by_role("option", name="None").click()
    page.get_by_role("link", name="Generate").click()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("x")
    with page.expect_request("**/api/v1/generate") as asked:
        page.get_by_role("button", name="Generate").click()
    order = asked.value.post_data_json
    assert order and order["preview_every"] == 0


def test_settings_of_the_server_are_searched(visit: Open) -> None:
    page = visit("settings")
    page.get_by_role("searchbox", name="Search settings").fill("queue_limit")
    expect(page.locator("dt code")).to_have_text(["queue_limit"])


def test_who_is_signed_in_and_out_again(visit: Open, tmp_path: Path) -> None:
    with running_server(tmp_path, api_keys="open-sesame-0123456789") as locked:
        page = visit("settings", on=locked)
        page.get_by_label("API key").fill("open-sesame-0123456789")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("may do everything")).to_be_visible()
        assert "open-sesame" not in page.get_by_role("main").inner_text()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_models_in_memory_are_unloaded_from_there(visit: Open, server: Server) -> None:
    server.draw("x")
    page = visit("system")
    row = page.get_by_role("listitem").filter(has_text="scripted").filter(has=page.get_by_role("button"))
    row.get_by_role("button", name="Unload").click()
    expect(row).to_have_count(0)
    assert "scripted" not in server.client.get("/api/v1/models/stats").json()["loaded"]


def test_what_failed_is_forgotten_there_and_the_log_grows_until_it_is_paused(
    visit: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIPTED_DEVICES", json.dumps([{"id": "gpu", "name": "Card"}, {"id": "cpu", "name": "CPU"}]))
    with running_server(tmp_path) as own:
        own.draw({"raise": "lost", "on": {"device": "gpu"}, "print": "WARNING a library: first words"})
        page = visit("system", on=own, viewport=PHONE)
        log = page.get_by_role("list", name="Log")
        expect(log).to_contain_text("first words")
        expect(page.get_by_text("scripted · gpu")).to_be_visible()
        assert faults(page) == []
        page.get_by_role("button", name="Forget: scripted · gpu").click()
        expect(page.get_by_text("Nothing failed here")).to_be_visible()
        assert own.client.get("/api/v1/system/remembered").json() == []

        own.draw({"print": "ERROR a library: second words"})
        expect(log).to_contain_text("second words")
        page.get_by_role("combobox", name="Level").click()
        page.get_by_role("option", name="Errors").click()
        expect(log).not_to_contain_text("first words")
        expect(log).to_contain_text("second words")
        page.get_by_role("button", name="Pause the log").click()
        own.draw({"print": "ERROR a library: third words"})
        with page.expect_response("**/api/v1/status"):  # longer than the log's own rhythm
            pass
        expect(log).not_to_contain_text("third words")
        page.get_by_role("button", name="Let the log run").press("Enter")
        expect(log).to_contain_text("third words")
