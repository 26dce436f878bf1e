"""Presets on the page: saved under a name, used by key, replaced and deleted with a way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import PHONE, Open
from tests.servers import Server, running_server


def said(server: Server) -> dict[str, Any]:
    return {one["name"]: one["settings"] for one in server.client.get("/api/v1/presets").json()}


def test_settings_are_saved_used_by_key_replaced_and_deleted_with_a_way_back(visit: Open, server: Server) -> None:
    page = visit()
    steps = page.get_by_label("Steps").first
    page.get_by_role("textbox", name="Prompt", exact=True).fill("a sailor")
    steps.fill("9")
    steps.press("Tab")
    page.get_by_role("button", name="Preset: None").click()
    dialog = page.get_by_role("dialog", name="Presets")
    used = dialog.locator("button[aria-pressed]")
    expect(dialog.get_by_text("None yet")).to_be_visible()
    dialog.get_by_role("textbox", name="Save the current settings as").fill("Portrait")
    dialog.get_by_role("checkbox", name="With both prompts").check()
    dialog.get_by_role("textbox", name="Save the current settings as").press("Control+Enter")
    expect(used).to_have_attribute("aria-pressed", "true")
    assert faults(page) == []
    assert server.client.get("/api/v1/jobs").json()["jobs"] == [], "the view's own keys are off while a dialog is open"
    saved = said(server)["Portrait"]
    assert saved | {"steps": 9, "prompt": "a sailor", "model": "doodle", "seed": None} == saved
    page.keyboard.press("Escape")

    steps.fill("12")
    steps.press("Tab")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("")
    page.get_by_role("button", name="Preset: None").press("Enter")
    dialog.get_by_role("button", name="Replace Portrait").click()
    expect(page.get_by_text("has the current settings")).to_be_visible()
    assert said(server)["Portrait"]["steps"] == 12
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("has the current settings")).to_be_hidden()
    if dialog.is_hidden():  # a press outside closes it
        page.get_by_role("button", name="Preset: None").press("Enter")
    expect(used).to_contain_text("9 steps")
    used.press("Enter")
    expect(steps).to_have_value("9")
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("a sailor")
    expect(page.get_by_role("button", name="Preset: Portrait")).to_be_visible()

    page.get_by_role("button", name="Preset: Portrait").click()
    dialog.get_by_role("button", name="Delete Portrait").click()
    expect(page.get_by_text("“Portrait” is deleted.")).to_be_visible()
    assert said(server) == {}
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("“Portrait” is deleted.")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="Preset: Portrait")).to_be_visible()
    assert json.dumps(said(server)["Portrait"]) == json.dumps(saved)


def test_words_are_taken_from_files(visit: Open, tmp_path: Path) -> None:
    for place, text in {"prompts/light.txt": "golden hour", "neg_prompts/usual.txt": "blurry"}.items():
        path = tmp_path / "models" / place
        path.parent.mkdir(parents=True)
        path.write_text(text)
    with running_server(tmp_path) as own:
        page = visit(on=own)
        page.get_by_role("textbox", name="Prompt", exact=True).fill("a sailor, ")
        for name in ("light golden hour", "usual blurry"):
            page.get_by_role("button", name="Take words from a file").click()
            assert faults(page) == []
            page.get_by_role("button", name=name).click()
        expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("a sailor, golden hour")
        expect(page.get_by_role("textbox", name="Negative prompt")).to_have_value("blurry")

        # A preset that can't be read comes back as it was, like any other.
        broken = tmp_path / "models/presets/broken.yaml"
        broken.parent.mkdir(exist_ok=True)
        broken.write_text("steps: [9 # mine\n")
        page.get_by_role("button", name="Preset: None").click()
        page.get_by_role("button", name="Delete broken").click()
        expect(page.get_by_text("“broken” is deleted.")).to_be_visible()
        assert not broken.exists()
        with page.expect_response("**/restore"):
            page.get_by_role("button", name="Undo").click()
        assert broken.read_text() == "steps: [9 # mine\n"


def test_of_a_preset_whose_model_is_not_here_the_rest_is_taken(visit: Open, server: Server) -> None:
    answer = server.client.post("/api/v1/presets", json={"name": "Far model", "settings": {"model": "far", "steps": 3}})
    answer.raise_for_status()
    page = visit(viewport=PHONE, color_scheme="dark")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Preset: ").click()
    dialog = page.get_by_role("dialog", name="Presets")
    expect(dialog.get_by_text("far · 3 steps")).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    dialog.get_by_role("button", name="Far model far").click()
    expect(page.get_by_text("Its model far is not here")).to_be_visible()
