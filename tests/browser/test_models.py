"""The models' view: what there is and lacks, into memory and out of it, downloads and checksums, a first big model."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.axe import faults
from tests.browser.conftest import DESK, PHONE, Open
from tests.hosts import Faults, Host, Hub, held, running, settings_for
from tests.servers import Server, running_server
from tests.unit.catalog.sparse import companion_file, diffusion_file
from tests.unit.downloads.conftest import lora

_LARGE = 3000


@pytest.fixture(scope="module")
def cdn() -> Iterator[Host]:
    """A host on loopback."""
    host = Host()
    with running(host):
        yield host


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, cdn: Host) -> Iterator[Server]:
    """A server that may ask that host, with a model that lacks one companion and has the other."""
    folder = tmp_path_factory.mktemp("models")
    diffusion_file(folder / "models" / "unet" / "my-chroma.safetensors", "chroma")
    companion_file(folder / "models" / "text_encoders" / "t5.safetensors", "t5xxl")
    hub = Hub(cdn)
    with running(hub):
        given: dict[str, Any] = settings_for(cdn, hub)
        given |= {"download_hosts": ",".join(given["download_hosts"]), "hf_endpoint": hub.url}
        with running_server(folder, **given) as running_one:
            yield running_one


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(visit: Open, viewport: ViewportSize, scheme: str) -> None:
    page = visit("models", viewport=viewport, color_scheme=scheme)
    chroma = page.get_by_role("link", name="my-chroma")
    expect(chroma).to_contain_text("Incomplete")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    chroma.click()
    expect(page.get_by_role("heading", name="my-chroma")).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_what_a_model_has_and_lacks_and_why_it_is_what_it_is(visit: Open) -> None:
    page = visit("models?id=my-chroma")
    detail = page.get_by_role("complementary")
    expect(detail.get_by_role("listitem").filter(has_text="t5xxl")).to_contain_text("text_encoders/t5.safetensors")
    expect(detail.get_by_text("VAE with 16 latent channels").first).to_be_visible()
    expect(detail.get_by_role("heading", name="How it was recognised")).to_be_visible()
    expect(detail.get_by_role("button", name="Get what is missing")).to_be_visible()


def test_into_memory_and_out_of_it(visit: Open, server: Server) -> None:
    page = visit("models?id=scripted")
    detail = page.get_by_role("complementary")
    expect(detail.get_by_text("no other engine here runs this model")).to_be_visible()
    expect(detail.get_by_role("listitem").filter(has_text="Is taken")).to_contain_text("scripted · cpu")
    detail.get_by_role("button", name="Load", exact=True).click()
    expect(detail.get_by_text("In memory:")).to_be_visible()
    assert server.client.get("/api/v1/models/stats").json()["loaded"] == ["scripted"]
    assert faults(page) == []
    detail.get_by_role("button", name="Unload").click()
    expect(detail.get_by_text("In memory:")).to_be_hidden()
    assert server.client.get("/api/v1/models/stats").json()["loaded"] == []


def test_a_download_is_followed_and_what_came_is_listed(visit: Open, cdn: Host) -> None:
    go_on = threading.Event()
    cdn.serve("/style.safetensors", lora(_LARGE), faults=Faults(held(2_000_000, go_on)))
    page = visit("models")
    page.get_by_role("button", name="Get a model").click()
    dialog = page.get_by_role("dialog")
    assert faults(page) == []
    dialog.get_by_role("textbox", name="Source").fill(f"{cdn.url}/style.safetensors")
    dialog.get_by_role("button", name="Download").click()
    works = page.get_by_role("list", name="Downloads")
    expect(works.get_by_text("Downloading")).to_be_visible()
    expect(works.get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile("[1-9]"))
    go_on.set()
    expect(page.get_by_role("link", name="style")).to_contain_text("LoRA")
    expect(works).to_have_count(0)


def test_a_source_that_is_none_is_said_and_the_words_stay(visit: Open) -> None:
    page = visit("models")
    page.get_by_role("button", name="Get a model").click()
    page.get_by_role("textbox", name="Source").fill("nonsense")
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_text("says no place to download from")).to_be_visible()
    expect(page.get_by_role("textbox", name="Source")).to_have_value("nonsense")


def test_a_checksum_is_computed_and_shown(visit: Open) -> None:
    page = visit("models?id=my-chroma")
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_text("SHA-256").locator("xpath=following-sibling::dd")).to_have_text(
        re.compile("^[0-9a-f]{64}$")
    )


def test_a_conversion_is_followed_to_its_end(visit: Open) -> None:
    page = visit("models?id=scripted")
    page.get_by_role("button", name="Convert").click()
    dialog = page.get_by_role("dialog", name="Convert scripted")
    assert faults(page) == []
    dialog.get_by_role("button", name="Convert").click()
    refused = page.get_by_text("stable-diffusion.cpp, which is not installed").first
    expect(page.get_by_role("link", name="scripted-q8_0").or_(refused)).to_be_visible()


def test_who_has_only_doodle_is_shown_the_way_to_more(visit: Open, tmp_path: Any) -> None:
    with running_server(tmp_path) as alone:
        (tmp_path / "models" / "scripted.safetensors").unlink()
        alone.client.post("/api/v1/models/refresh")
        page = visit("models", on=alone)
        page.get_by_role("button", name="Choose one").click()
        page.get_by_role("radio", name="Stable Diffusion 1.5").click()
        expect(page.get_by_role("textbox", name="Source")).to_have_value(
            "hf:stable-diffusion-v1-5/stable-diffusion-v1-5"
        )


def test_drawing_with_it_leads_to_the_form(visit: Open) -> None:
    page = visit("models?id=doodle")
    page.get_by_role("button", name="Draw with it").click()
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_be_visible()
    assert page.evaluate("localStorage.getItem('safelight.model')") == "doodle"
