"""Generate and watch, with the scripted engine: what is asked for, what is shown of it, and odd ends."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.axe import faults
from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.waiting import until
from tests.servers import Server, running_server

_SHIFTS = """() => {
  window.shifts = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.shifts += one.value)))
    .observe({type: "layout-shift", buffered: true});
}"""


pytestmark = pytest.mark.usefixtures("empty_stage")


def choose_scripted(page: Page) -> None:
    page.get_by_role("button", name="Model", exact=False).first.click()
    page.get_by_role("dialog").get_by_role("button", name="scripted").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def draw(page: Page, prompt: str | dict[str, Any] = "x") -> None:
    words = prompt if isinstance(prompt, str) else json.dumps(prompt)
    page.get_by_role("textbox", name="Prompt", exact=True).fill(words)
    page.get_by_role("textbox", name="Prompt", exact=True).press("Control+Enter")


def latest(server: Server) -> dict[str, Any]:
    jobs: list[dict[str, Any]] = server.client.get("/api/v1/jobs").json()["jobs"]
    return jobs[0]


def test_ctrl_enter_draws_and_the_picture_is_shown_and_announced(visit: Open, server: Server) -> None:
    page = visit()
    choose_scripted(page)
    draw(page, "hello")
    expect(page.get_by_role("img", name="Picture: hello").first).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="The picture is finished.")).to_be_attached()
    expect(page.get_by_role("toolbar", name="This picture")).to_be_visible()
    assert latest(server)["parameters"]["sampler"] == "euler"
    # The picture's own words and settings stand below it, also those of an older one.
    draw(page, "another " + "and one more " * 40)
    caption = page.get_by_role("button", name="Words and settings of this picture")
    expect(caption).to_contain_text("another")
    height = caption.evaluate("(one) => one.offsetHeight")
    caption.press("Enter")
    assert caption.evaluate("(one) => one.offsetHeight") > height
    expect(page.get_by_role("list", name="Lately").get_by_role("button", name="Picture: another")).to_be_visible()
    page.get_by_role("list", name="Lately").get_by_role("button", name="Picture: hello").click()
    expect(caption).to_contain_text("hello")
    expect(caption).to_contain_text(f"seed {server.client.get('/api/v1/jobs').json()['jobs'][1]['images'][0]['seed']}")
    page.reload()
    expect(caption).to_contain_text("another")
    expect(page.get_by_role("status").filter(has_text="The picture is finished.")).to_have_count(0)  # it is old


def test_what_the_form_says_is_what_is_asked_for(visit: Open, server: Server) -> None:
    page = visit()
    choose_scripted(page)
    page.get_by_role("spinbutton", name="Width").fill("135")
    page.get_by_role("spinbutton", name="Width").press("Tab")
    expect(page.get_by_role("spinbutton", name="Width")).to_have_value("136")
    page.get_by_role("button", name="Swap width and height").click()
    page.get_by_label("Steps").first.fill("3")
    page.get_by_label("Pictures").first.fill("2")
    page.get_by_label("CFG scale").first.fill("2.5")
    page.get_by_label("Seed", exact=True).fill("77")
    page.get_by_role("combobox", name="Sampler").click()
    page.get_by_role("option", name="DPM++ 2M").click()
    page.get_by_role("button", name="Negative prompt").click()
    page.get_by_role("textbox", name="Negative prompt").fill("grey")
    draw(page, "all of it")
    expect(page.get_by_role("img", name="Picture: all of it").first).to_be_visible()
    asked = latest(server)["parameters"]
    wanted = {"width": 64, "height": 136, "steps": 3, "batch_count": 2, "cfg_scale": 2.5, "seed": 77}
    assert asked | wanted | {"sampler": "dpmpp_2m", "negative_prompt": "grey"} == asked


def test_steps_previews_and_time_are_shown_and_nothing_jumps(visit: Open, server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    page = visit()
    choose_scripted(page)
    page.evaluate(_SHIFTS)
    draw(page, {"at": 3, "wait": str(gate), "pace": 0.05})
    expect(page.get_by_text("Step 2 of 4")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Progress")).to_have_attribute("aria-valuenow", "50")
    expect(page.locator("section img[src^='data:image/jpeg']")).to_be_visible()
    assert faults(page) == []
    gate.touch()
    expect(page.get_by_role("toolbar", name="This picture")).to_be_visible()
    shifts = page.evaluate("window.shifts")
    assert shifts <= 0.02, shifts


def test_cancel_ends_the_job_and_try_again_draws_it(visit: Open, server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    page = visit()
    choose_scripted(page)
    draw(page, {"wait": str(gate)})
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("main").get_by_text("Cancelled.", exact=True).first).to_be_visible()
    assert latest(server)["status"] == "cancelled"
    gate.touch()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("toolbar", name="This picture")).to_be_visible()


def test_a_failure_says_what_happened(visit: Open, server: Server) -> None:
    page = visit()
    choose_scripted(page)
    draw(page, {"raise": "invalid"})
    expect(page.locator("main").get_by_text("The script does not like it.").first).to_be_visible()
    assert faults(page) == []
    german = visit(locale="de-DE")
    expect(german.locator("main").get_by_text("So, wie es verlangt ist, geht es nicht.").first).to_be_visible()
    expect(german.locator("main").get_by_text("The script does not like it.").first).to_be_visible()


def test_several_wait_in_line_and_say_so(visit: Open, server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    page = visit()
    choose_scripted(page)
    draw(page, {"wait": str(gate)})
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_visible()
    draw(page, "second")
    draw(page, "third")
    waiting = page.get_by_role("list", name="Lately").get_by_role("button")
    expect(waiting).to_have_count(3)
    waiting.nth(0).click()
    expect(page.get_by_text("job before it").or_(page.get_by_text("jobs before it")).first).to_be_visible()
    gate.touch()
    expect(page.get_by_role("img", name="Picture: third").first).to_be_visible()


def test_a_fallback_is_explained(visit: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [{"id": "gpu", "name": "Card"}, {"id": "cpu", "name": "CPU"}]
    monkeypatch.setenv("SCRIPTED_DEVICES", json.dumps(devices))
    gate = tmp_path / "gate"
    with running_server(tmp_path / "own") as server:
        page = visit(on=server)
        choose_scripted(page)
        # The card is lost at the second step; whoever takes over waits at its third for the test to look.
        script = {"raise": "lost", "at": 2, "on": {"device": "gpu"}, "else": {"wait": str(gate), "at": 3}}
        draw(page, script)
        expect(page.get_by_text("Another way is tried with the same seed")).to_be_visible()
        gate.touch()
        expect(page.get_by_role("toolbar", name="This picture")).to_be_visible()
        # A worker that somebody killed is followed by another one on the same way.
        draw(page, {"mark": str(tmp_path / "killed"), "die": "SIGKILL", "at": 2, "pace": 0.5})
        expect(page.get_by_text("The worker process ended. Another one draws it again")).to_be_visible()
        expect(page.get_by_role("toolbar", name="This picture")).to_be_visible()


def test_a_tab_that_nobody_sees_lets_go_of_its_connection_and_misses_nothing(
    visit: Open, server: Server, tmp_path: Path
) -> None:
    hide = (
        "(hidden) => { Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    gate = tmp_path / "gate"
    page = visit()
    page.clock.install()
    choose_scripted(page)
    draw(page, {"wait": str(gate)})
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_visible()
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/events")):
        page.evaluate(hide, True)
        page.clock.fast_forward(11_000)
    gate.touch()
    server.wait_for(latest(server)["job_id"], "completed")
    expect(page.get_by_role("toolbar", name="This picture")).to_be_hidden()
    page.evaluate(hide, False)
    expect(page.get_by_role("toolbar", name="This picture")).to_be_visible()


def test_the_page_goes_on_after_the_server_was_restarted(visit: Open, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    folder = tmp_path / "own"
    with running_server(folder) as first:
        page = visit(on=first)
        choose_scripted(page)
        draw(page, {"wait": str(gate)})
        expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_visible()
        port = first.url.rpartition(":")[2]
        first.kill()
        expect(page.get_by_text("The server does not answer. Trying again")).to_be_visible()
        gate.touch()
    with running_server(folder, "--port", port):
        expect(page.get_by_role("toolbar", name="This picture")).to_be_visible()
        expect(page.get_by_text("The server does not answer. Trying again")).to_be_hidden()


def test_words_weigh_more_by_key_and_undo_takes_it_back(visit: Open) -> None:
    page = visit()
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("a red apple")
    prompt.press("Home")
    for _ in range(4):
        prompt.press("ArrowRight")
    prompt.press("Control+ArrowUp")
    prompt.press("Control+ArrowUp")
    expect(prompt).to_have_value("a (red:1.2) apple")
    prompt.press("Control+z")
    expect(prompt).to_have_value("a (red:1.1) apple")


@pytest.mark.slow
def test_words_and_settings_are_kept_for_the_next_visit(visit: Open) -> None:
    page = visit()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("kept")
    page.get_by_label("Steps").first.fill("9")
    page.get_by_label("Steps").first.press("Tab")
    page.reload()
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("kept")
    expect(page.get_by_label("Steps").first).to_have_value("9")


def test_words_are_kept_once_they_rest_and_those_of_a_private_server_never(visit: Open, tmp_path: Path) -> None:
    kept = "localStorage.getItem('safelight.draft') ?? ''"
    with running_server(tmp_path, "--private") as private:
        page = visit(on=private)
        page.evaluate("""localStorage.setItem('safelight.draft', '{"prompt": "of another time"}')""")
        page.reload()
        until(page, f"({kept}) === ''")
        page.clock.install()
        page.get_by_role("textbox", name="Prompt", exact=True).fill("secret")
        page.clock.fast_forward(5_000)
        assert page.evaluate(kept) == ""
    open_page = visit()
    open_page.get_by_role("textbox", name="Prompt", exact=True).fill("plain")
    until(open_page, f"({kept}).includes('plain')")


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [
        pytest.param(DESK, "light", id="desk-light"),
        pytest.param(PHONE, "dark", id="phone-dark"),
        pytest.param(DESK, "dark", id="desk-dark", marks=pytest.mark.slow),
        pytest.param(PHONE, "light", id="phone-light", marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_in_pickers_and_sheets(visit: Open, viewport: ViewportSize, scheme: str) -> None:
    page = visit(viewport=viewport, color_scheme=scheme)
    if viewport == PHONE:
        page.get_by_role("button", name="Settings").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults(page) == []
    page.get_by_role("combobox", name="Sampler").click()
    expect(page.get_by_role("option").first).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Model doodle").click()
    expect(page.get_by_role("dialog", name="Choose a model")).to_be_visible()
    assert faults(page) == []


def test_a_picture_is_dropped_or_pasted(visit: Open, server: Server, picture: Path) -> None:
    page = visit()
    bytes_ = list(picture.read_bytes())
    give = """([bytes, kind]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "two.png", {type: "image/png"}));
      const event = kind === "paste"
        ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true})
        : new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
      document.querySelector("textarea").dispatchEvent(event);
    }"""
    for kind in ("drop", "paste"):
        page.evaluate(give, [bytes_, kind])
        expect(page.get_by_role("region", name="Picture to start from")).to_be_visible()
        assert faults(page) == []
        page.get_by_role("button", name="Remove the picture").click()
        expect(page.get_by_role("region", name="Picture to start from")).to_be_hidden()


def test_a_mask_is_painted_by_key_and_inverted(visit: Open, server: Server, picture: Path) -> None:
    page = visit()
    choose_scripted(page)
    page.get_by_label("Start from a picture").first.set_input_files(picture)
    page.get_by_role("button", name="Paint a mask").click()
    page.get_by_role("application").focus()
    page.keyboard.press("Enter")  # a dab in the middle
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Discard the mask?")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Go on painting").click()
    expect(page.get_by_role("dialog", name="Discard the mask?")).to_be_hidden()
    page.get_by_role("application").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("e")
    page.keyboard.press("Enter")  # and away again
    page.keyboard.press("i")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    draw(page, "around it")
    expect(page.get_by_role("img", name="Picture: around it").first).to_be_visible()
    url = latest(server)["images"][0]["url"]
    drawn = Image.open(io.BytesIO(server.client.get(url).content)).convert("RGB")
    given = Image.open(picture)
    assert drawn.getpixel((32, 32)) == given.getpixel((32, 32)), "inside the dab the picture is to stay"
    assert drawn.getpixel((2, 2)) != given.getpixel((2, 2)), "around it everything is to be new"
    assert drawn.getpixel((51, 32)) != given.getpixel((51, 32)), "the erased dab is not kept"


def test_a_pens_pressure_broadens_and_two_fingers_zoom_without_painting(visit: Open, picture: Path) -> None:
    page = visit(has_touch=True)
    choose_scripted(page)
    page.get_by_label("Start from a picture").first.set_input_files(picture)
    page.get_by_role("button", name="Paint a mask").click()
    easel = page.get_by_role("application")
    expect(easel).to_be_visible()
    box = easel.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    whole = min(box["width"], box["height"]) - 32  # the picture on the screen, with a margin around it
    hardware = page.context.new_cdp_session(page)

    for side, force in ((-0.3, 0.05), (0.3, 1.0)):
        pen = {"x": x + side * whole, "y": y - 0.3 * whole, "pointerType": "pen", "force": force, "button": "left"}
        hardware.send("Input.dispatchMouseEvent", {"type": "mousePressed", "clickCount": 1} | pen)
        hardware.send("Input.dispatchMouseEvent", {"type": "mouseReleased", "clickCount": 1} | pen)

    def touch(kind: str, *places: float) -> None:
        points = [{"x": x + place, "y": y, "id": number} for number, place in enumerate(places)]
        hardware.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -30)
    touch("touchStart", -30, 30)
    for apart in (40, 60, 75, 90):
        touch("touchMove", -apart, apart)
    touch("touchEnd")
    touch("touchStart", 0.3 * whole)
    touch("touchEnd")
    easel.focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("x")
    with page.expect_request("**/api/v1/generate") as asked:
        page.get_by_role("button", name="Generate").click()
    order = asked.value.post_data_json
    assert order
    mask = Image.open(io.BytesIO(base64.b64decode(order["mask_image"].partition(",")[2]))).convert("L")
    half = mask.width // 2

    def painted(left: int, top: int, right: int, bottom: int) -> list[tuple[int, int]]:
        spots = ((column, row) for column in range(left, right) for row in range(top, bottom))
        return [spot for spot in spots if mask.getpixel(spot) > 127]  # type: ignore[operator]

    light, heavy = painted(0, 0, half, mask.height // 3), painted(half, 0, mask.width, mask.height // 3)
    assert 0 < 2 * len(light) < len(heavy)
    dab = painted(0, mask.height // 3, mask.width, mask.height)
    assert dab, "one finger paints"
    middle = sum(column for column, _ in dab) / len(dab) - half
    assert middle == pytest.approx(0.3 / 3 * mask.width, abs=0.03 * mask.width), "three times as near"
    assert max(column for column, _ in dab) - min(column for column, _ in dab) < mask.width / 8, "and nothing else"
