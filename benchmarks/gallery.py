"""Frames of the gallery while it is scrolled through 10,000 pictures, in headless Chromium on loopback.

The list is made up; the thumbnails are a real server's, of a few pictures over and over. Needs the page (`make page`)
and Chromium. `python -m benchmarks.gallery` prints a table.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from playwright.sync_api import CDPSession, Page, Route, sync_playwright

from benchmarks.page import FLAGS, serving

PICTURES, DRAWN, FRAMES = 10_000, 12, 600
_NEWEST = datetime(2026, 6, 1, tzinfo=UTC)

SCROLL = """async ([frames, pixels]) => {
  const list = document.querySelector("ul[aria-label=Pictures]");
  const scroller = list.parentElement.parentElement;
  const times = [];
  let tiles = 0;
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < frames; frame++) {
    scroller.scrollTop += pixels;
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
    tiles = Math.max(tiles, list.children.length);
  }
  return {times, tiles};
}"""


def listed(drawn: list[dict[str, Any]], first: int, limit: int) -> dict[str, Any]:
    """One page of 10,000 pictures, the newest today."""
    end = min(PICTURES, first + limit)
    pictures = []
    for number in range(first, end):
        like = drawn[number % len(drawn)]
        created = _NEWEST - timedelta(minutes=5 * number)
        pictures.append(like | {"job_id": f"{number:032x}", "created": created.isoformat()})
    return {"pictures": pictures, "total": PICTURES, "next": str(end) if end < PICTURES else None, "models": []}


def show(page: Page, url: str) -> None:
    """Open the gallery on a list of 10,000 pictures."""
    drawn = httpx2.get(f"{url}/api/v1/pictures", trust_env=False).json()["pictures"]

    def answer(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        page_of = listed(drawn, int(query.get("after", ["0"])[0]), int(query["limit"][0]))
        route.fulfill(body=json.dumps(page_of), content_type="application/json")

    def fetch(route: Route) -> None:
        job, _, rest = route.request.url.partition("/jobs/")[2].partition("/")
        real = drawn[int(job, 16) % len(drawn)]
        size = rest.partition("?")[2]
        route.continue_(url=f"{url}/api/v1/jobs/{real['job_id']}/output/{real['name']}?{size}")

    page.route("**/api/v1/pictures?*", answer)
    page.route("**/api/v1/jobs/*/output/*", fetch)
    page.goto(f"{url}/ui/gallery")
    page.get_by_text(f"{PICTURES:,} pictures").wait_for(timeout=120_000)


def busy(devtools: CDPSession) -> float:
    """Seconds that the page's main thread has worked."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url, sync_playwright() as playwright:
        for number in range(DRAWN):
            body = {"prompt": f"picture {number}", "model": "doodle", "steps": 4, "wait": True}
            httpx2.post(f"{url}/api/v1/generate", json=body, timeout=120, trust_env=False).raise_for_status()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-US")
        show(page, url)
        devtools = page.context.new_cdp_session(page)
        # The main thread's own time: what other programs take of the processor is not in it.
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        print(
            "| pixels a frame | work in one | frames a second | slowest of 100 | tiles at once |\n|---|---|---|---|---|"
        )
        for pixels in (30, 120, 1200):
            before = busy(devtools)
            found = page.evaluate(SCROLL, [FRAMES, pixels])
            work = 1000 * (busy(devtools) - before) / FRAMES
            times = sorted(found["times"])
            rate, slow = 1000 / statistics.mean(times), times[int(len(times) * 0.99)]
            print(f"| {pixels} | {work:.1f} ms | {rate:.0f} | {slow:.0f} ms | {found['tiles']} |")
        browser.close()


if __name__ == "__main__":
    main()
