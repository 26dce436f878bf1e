"""The gallery: finding, looking closely, keeping, reusing, deleting; by pointer and by key; ten thousand pictures."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.browser.axe import faults
from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.waiting import until
from tests.servers import Server, running_server, wait_until

_PROMPTS = ("red apple", "green apple", "blue car", "yellow star")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has drawn four single pictures, and two together."""
    with running_server(tmp_path_factory.mktemp("gallery")) as running:
        for prompt in _PROMPTS:
            running.draw(prompt)
        running.draw("twins", batch_count=2)
        yield running


def tiles(page: Page) -> Any:
    """The pictures in sight."""
    return page.get_by_role("list", name="Pictures").get_by_role("link")


def pick(page: Page, *prompts: str) -> None:
    for prompt in prompts:
        page.get_by_role("checkbox", name=f"Pick: {prompt}").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(visit: Open, viewport: ViewportSize, scheme: str) -> None:
    page = visit("gallery", viewport=viewport, color_scheme=scheme)
    expect(tiles(page)).to_have_count(6)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    tiles(page).first.click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Use these settings")).to_be_enabled()
    assert faults(page) == []


def test_search_and_filters(visit: Open) -> None:
    page = visit("gallery")
    page.get_by_role("combobox", name="Begun with").click()
    page.get_by_role("option", name="Inpainting").click()
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(tiles(page)).to_have_count(6)
    search = page.get_by_role("searchbox", name="Search prompts")
    search.fill("apple RED")
    expect(tiles(page)).to_have_count(1)
    expect(page.get_by_text("1 picture", exact=True)).to_be_visible()
    search.fill("nothing like it")
    page.get_by_role("button", name="Show everything").click()
    expect(tiles(page)).to_have_count(6)


def test_favourites_are_there_in_another_browser(visit: Open, server: Server) -> None:
    page = visit("gallery")
    page.get_by_role("button", name="Favourite: blue car").click()
    apple = server.client.get("/api/v1/pictures", params={"search": "red apple"}).json()["pictures"][0]
    other = visit("queue")
    # What an earlier version of the page kept in the browser is handed over.
    other.evaluate(
        "(key) => localStorage.setItem('safelight.favourites', key)", json.dumps([f"{apple['job_id']}/0000"])
    )
    other.goto("/ui/gallery")
    other.get_by_role("button", name="Favourites only").click()
    expect(tiles(other)).to_have_count(2)
    expect(tiles(other).first).to_have_accessible_name(re.compile("^blue car, "))
    assert other.evaluate("localStorage.getItem('safelight.favourites')") is None
    other.get_by_role("button", name="Favourite: blue car").click()
    expect(tiles(other)).to_have_count(1)
    expect(other.get_by_text("1 picture", exact=True)).to_be_visible()


def test_everything_by_key(visit: Open) -> None:
    page = visit("gallery")
    tiles(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tiles(page).nth(2)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 picked")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 picked")).to_be_hidden()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("3 of 6")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_text("4 of 6")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(tiles(page).nth(3)).to_be_focused()


def test_a_picture_has_an_address_and_the_way_back_is_a_step(visit: Open) -> None:
    page = visit("gallery")
    tiles(page).nth(1).click()
    expect(page.get_by_text("2 of 6")).to_be_visible()
    page.reload()
    expect(page.get_by_text("2 of 6")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(tiles(page)).to_have_count(6)


def test_wheel_and_keys_zoom(visit: Open) -> None:
    page = visit("gallery")
    tiles(page).first.click()
    picture = page.get_by_role("dialog").get_by_role("img").first
    expect(picture).to_be_visible()
    before = picture.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + 20, before["y"] + 20)
    page.mouse.wheel(0, -400)
    page.keyboard.press("+")
    until(
        page,
        "(width) => document.querySelector('[role=dialog] img').getBoundingClientRect().width > width * 1.8",
        arg=before["width"],
    )
    page.keyboard.press("0")
    until(
        page,
        "(width) => Math.abs(document.querySelector('[role=dialog] img').getBoundingClientRect().width - width) < 1",
        arg=before["width"],
    )


def test_picked_pictures_come_as_a_zip(visit: Open, server: Server) -> None:
    page = visit("gallery")
    pick(page, "red apple", "yellow star")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download as zip").click()
    archive = zipfile.ZipFile(Path(begun.value.path()))
    assert archive.testzip() is None
    jobs = server.client.get("/api/v1/jobs").json()["jobs"]
    wanted = [job for job in jobs if job["parameters"]["prompt"] in ("red apple", "yellow star")]
    files = {server.client.get(job["images"][0]["url"]).content for job in wanted}
    assert {archive.read(name) for name in archive.namelist()} == files


def test_a_thumb_picks_after_a_button(visit: Open) -> None:
    page = visit("gallery", viewport=PHONE, has_touch=True)
    expect(tiles(page)).to_have_count(6)
    page.get_by_role("button", name="Pick pictures").tap()
    tiles(page).nth(1).tap()
    tiles(page).nth(2).tap()
    expect(page.get_by_text("2 picked")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Pick none").tap()
    expect(page.get_by_role("toolbar")).to_be_hidden()


def test_two_are_compared(visit: Open) -> None:
    page = visit("gallery")
    pick(page, "red apple", "green apple")
    page.get_by_role("button", name="Compare two pictures").click()
    dialog = page.get_by_role("dialog", name="Compare")
    expect(dialog.get_by_role("row", name="Prompt")).to_contain_text("red apple")
    assert faults(page) == []
    divider = dialog.get_by_role("slider")
    divider.focus()
    page.keyboard.press("ArrowLeft")
    expect(divider).to_have_value("49.5")
    dialog.get_by_role("button", name="Side by side").click()
    expect(dialog.get_by_role("img")).to_have_count(2)


def test_its_settings_are_used_again(visit: Open, server: Server) -> None:
    page = visit("gallery")
    page.get_by_role("link", name="blue car").click()
    page.get_by_role("button", name="Use these settings").click()
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("blue car")
    expect(page.get_by_role("region", name="Messages").get_by_role("button", name="Close")).to_be_visible()
    assert page.evaluate(_COVERED) == []


def test_it_becomes_the_picture_to_start_from(visit: Open) -> None:
    page = visit("gallery")
    page.get_by_role("link", name="green apple").click()
    page.get_by_role("button", name="Start from it").click()
    expect(page.get_by_role("img", name="Picture to start from")).to_be_visible()


def test_a_dropped_picture_restores_its_settings(visit: Open, server: Server, tmp_path: Path) -> None:
    page = visit("models")
    expect(page.get_by_role("link", name="scripted")).to_be_visible()
    drawn = server.client.get("/api/v1/jobs").json()["jobs"]
    url = next(job["images"][0]["url"] for job in drawn if job["parameters"]["prompt"] == "yellow star")
    page.evaluate(_DROP, url)
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("yellow star")
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "PNG")
    page.get_by_role("link", name="Gallery").click()
    page.route("**/plain.png", lambda route: route.fulfill(body=plain.getvalue(), content_type="image/png"))
    page.evaluate(_DROP, "/plain.png")
    expect(page.get_by_text("carries no settings")).to_be_visible()


_COVERED = """() => {
  const message = document.querySelector("section[aria-live] > div").getBoundingClientRect();
  const meets = (box) => box.width && box.left < message.right && box.right > message.left
    && box.top < message.bottom && box.bottom > message.top;
  return [...document.querySelectorAll("main button, main input, main textarea")]
    .filter((one) => meets(one.getBoundingClientRect())).map((one) => one.ariaLabel || one.textContent);
}"""


_DROP = """async (url) => {
  const blob = await (await fetch(url)).blob();
  const data = new DataTransfer();
  data.items.add(new File([blob], "picture.png", {type: "image/png"}));
  for (const kind of ["dragover", "drop"])
    document.querySelector("main").dispatchEvent(
      new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
}"""


def test_deleting_can_be_undone_and_is_done_in_the_end(visit: Open, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        one, other = (server.draw(prompt)["job_id"] for prompt in ("keep me", "drop me"))
        twins = server.draw("twins", batch_count=2)["job_id"]
        page = visit("gallery", on=server)
        page.clock.install()
        page.reload()
        for count, prompt in ((3, "keep me"), (2, "drop me")):
            pick(page, prompt)
            page.get_by_role("button", name="Delete").click()
            expect(tiles(page)).to_have_count(count)
            expect(tiles(page).last).to_be_focused()  # what was beside it
        # Each deletion has its own; by key, as a message that is pointed at stays.
        page.get_by_role("button", name="Undo").first.press("Enter")
        expect(tiles(page)).to_have_count(3)
        with page.expect_response("**/api/v1/pictures/delete") as deleted:
            page.clock.run_for(9_000)
        assert deleted.value.json() == {"changed": 1}
        assert server.client.get(f"/api/v1/jobs/{other}").status_code == 404
        assert server.client.get(f"/api/v1/jobs/{one}").status_code == 200

        # Of those that were drawn together one goes, and the other stays; when the page is left, at once.
        page.get_by_role("link", name="twins").first.click()
        page.keyboard.press("Delete")
        expect(page.get_by_role("dialog")).to_contain_text("1 of 2")
        undo = page.get_by_role("button", name="Undo")
        for _ in range(30):  # the way back is reached by key, also from within
            page.keyboard.press("Tab")
            if undo.evaluate("(one) => one === document.activeElement"):
                break
        expect(undo).to_be_focused()
        page.goto("about:blank")
        wait_until(lambda: len(server.job(twins)["images"]) == 1)
        assert server.job(twins)["images"][0]["index"] == 1


def test_new_pictures_appear_by_themselves(visit: Open, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        page = visit("gallery", on=server)
        expect(page.get_by_text("No pictures yet")).to_be_visible()
        assert faults(page) == []
        server.draw("just now")
        expect(tiles(page)).to_have_count(1)


def test_ten_thousand_pictures_cost_as_much_as_a_hundred(visit: Open, server: Server) -> None:
    page = visit("settings")
    drawn = server.client.get("/api/v1/pictures").json()["pictures"][0]
    many = 10_000

    asked: list[int] = []

    def answer(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        first, limit = int(query.get("after", ["0"])[0]), int(query["limit"][0])
        asked.append(limit)
        end = min(many, first + limit)
        found = [
            drawn | {"job_id": f"{number:032x}", "created": f"2026-03-{28 - number // 400:02d}T12:00:00Z"}
            for number in range(first, end)
        ]
        body = {"pictures": found, "total": many, "next": str(end) if end < many else None, "models": ["scripted"]}
        route.fulfill(body=json.dumps(body), content_type="application/json")

    page.route("**/api/v1/pictures?*", answer)
    page.route("**/output/**", lambda route: route.fulfill(body=_thumbnail(), content_type="image/webp"))
    page.get_by_role("link", name="Gallery").click()
    expect(page.get_by_text("10,000 pictures")).to_be_visible(timeout=60_000)
    assert sum(asked) <= 1000, "only what is near is asked for"
    found = page.evaluate(_SCROLL)
    assert found["tiles"] < 200
    assert found["travelled"] > 20_000
    # The work of the page in a frame; what the machine draws beside it is not the page's.
    assert found["median"] < 16
    page.keyboard.press("Tab")
    tiles(page).first.focus()
    page.keyboard.press("End")
    expect(page.locator("li[aria-posinset='10000'] a")).to_be_focused()


def _thumbnail() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 90, 60)).save(out, "WEBP")
    return out.getvalue()


_SCROLL = """async () => {
  const list = document.querySelector("ul[aria-label=Pictures]");
  const scroller = list.parentElement.parentElement;
  const frames = [];
  let tiles = 0;
  for (let frame = 0; frame < 120; frame++) {
    const begun = performance.now();
    scroller.scrollTop += 400;
    scroller.dispatchEvent(new Event("scroll"));
    await Promise.resolve();
    list.getBoundingClientRect();
    frames.push(performance.now() - begun);
    await new Promise(requestAnimationFrame);
    tiles = Math.max(tiles, list.children.length);
  }
  frames.sort((a, b) => a - b);
  return {tiles, travelled: scroller.scrollTop, median: frames[60], late: frames[114]};
}"""
