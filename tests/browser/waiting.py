"""Waiting for what a script in the page says."""

from __future__ import annotations

import time

from playwright.sync_api import Page


def until(page: Page, expression: str, arg: object = None, seconds: float = 15) -> None:
    """Wait until an expression (or a function of ``arg``) is true in the page.

    ``Page.wait_for_function`` asks again from a callback, where the page's own policy forbids it to evaluate a string.
    """
    ends = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        assert time.monotonic() < ends, f"never true in the page: {expression}"
        page.wait_for_timeout(50)
