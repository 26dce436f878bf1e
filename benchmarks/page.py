"""The page's figures in headless Chromium on loopback: size, time to interactive, previews' way, layout shifts.

Needs the page (`make page`) and Chromium. `python -m benchmarks.page` prints a table.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright

RUNS = 7
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
TAIL = 64
"""Characters at the end of a preview's base64 by which it is known again."""

WATCH = f"""() => {{
  window.shifts = 0;
  window.seen = {{}};
  new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.shifts += one.value)))
    .observe({{type: "layout-shift", buffered: true}});
  const look = () => document.querySelectorAll("section img[src^='data:']").forEach((image) => {{
    const name = image.src.slice(-{TAIL});
    if (!(name in window.seen)) {{
      window.seen[name] = 0;
      image.decode().then(() => requestAnimationFrame(() => (window.seen[name] = Date.now())));
    }}
  }});
  new MutationObserver(look).observe(document.body,
    {{subtree: true, childList: true, attributes: true, attributeFilter: ["src"]}});
}}"""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server of our own; yields its URL."""
    command = [sys.executable, "-m", "safelight", "serve", "--port", "0", "--data-dir", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stderr  # noqa: S101
    try:
        line = next(line for line in process.stderr if "ready at" in line)
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield line.rpartition(" ")[2].strip()
    finally:
        process.terminate()
        process.wait()


def fresh(browser: Browser, url: str) -> Page:
    """A visitor with an empty cache."""
    return browser.new_context(base_url=url, locale="en-US", viewport={"width": 1280, "height": 800}).new_page()


def interactive(browser: Browser, url: str) -> tuple[float, int]:
    """Seconds until the prompt takes words and the model is known, and bytes of JavaScript that came for it."""
    page = fresh(browser, url)
    started = time.perf_counter()
    page.goto("/ui/", wait_until="commit")
    page.get_by_role("button", name="Model doodle").wait_for()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("x")
    seconds = time.perf_counter() - started
    scripts = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js'))"
        ".map((one) => one.name.replace(/.*[/]ui[/]/, ''))"
    )
    page.context.close()
    return seconds, sum(compressed(name) for name in scripts)


def compressed(name: str) -> int:
    """Bytes of a file as gzip."""
    from safelight.server.page import BUILT  # noqa: PLC0415

    path = BUILT / f"{name}.gz"
    return (path if path.is_file() else BUILT / name).stat().st_size


def previews(browser: Browser, url: str) -> tuple[float, list[float], float]:
    """Seconds from the click to the first picture, milliseconds of each preview's way, and the layout shift."""
    sent: dict[str, float] = {}

    def listen() -> None:
        with httpx2.stream("GET", f"{url}/api/v1/events", timeout=120, trust_env=False) as stream:
            for line in stream.iter_lines():
                event = json.loads(line[6:]) if line.startswith("data: ") else {}
                if event.get("type") == "preview":
                    sent[event["image"][-TAIL:]] = datetime.fromisoformat(event["at"]).timestamp() * 1000
                if event.get("type") == "completed":
                    return

    page = fresh(browser, url)
    page.goto("/ui/")
    example = page.get_by_role("list", name="Examples").get_by_role("button").first
    example.wait_for()
    page.evaluate(WATCH)
    hearing = threading.Thread(target=listen)
    hearing.start()
    time.sleep(0.5)  # the listener has no way to say that it listens
    started = time.perf_counter()
    example.click()
    page.get_by_role("toolbar", name="This picture").wait_for(timeout=120_000)
    drawn = time.perf_counter() - started
    hearing.join()
    seen = page.evaluate("window.seen")
    ways = [seen[name] - at for name, at in sent.items() if seen.get(name)]
    return drawn, ways, page.evaluate("window.shifts")


def main() -> None:
    """Measure and print."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        interactive(browser, url)  # the browser's own first start
        visits = [interactive(browser, url) for _ in range(RUNS)]
        drawn, ways, shifts = previews(browser, url)
        browser.close()
    print(f"JavaScript of the first view  {visits[0][1] / 1000:8.1f} kB gzip (target 170)")
    print(f"interactive, median of {RUNS}      {statistics.median(one for one, _ in visits):8.2f} s (target 1)")
    print(f"click to first picture, cold  {drawn:8.2f} s")
    if ways:
        print(f"preview made to painted       {statistics.median(ways):8.0f} ms median of {len(ways)} (target 150)")
        print(f"                              {max(ways):8.0f} ms at most")
    print(f"layout shift during the job   {shifts:8.4f} (target 0.02)")


if __name__ == "__main__":
    main()
