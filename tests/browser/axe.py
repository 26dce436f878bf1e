"""Asks axe-core whether a page keeps to WCAG 2.2 AA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

_SCRIPT = Path(__file__).parents[2] / "webui/node_modules/axe-core/axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page) -> list[str]:
    """What axe finds, one line each: the rule, the element, why."""
    if not _SCRIPT.is_file():
        pytest.skip("axe-core is not installed: `make page`")
    page.evaluate(_SCRIPT.read_text())
    # Colours in transition are none that anybody reads.
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0)))")
    # `region` is no rule of WCAG: lists and dialogs that open are in no landmark, as the platform's own are not.
    found: dict[str, Any] = page.evaluate(
        "(tags) => axe.run(document, {runOnly: tags, rules: {region: {enabled: false}}})", _TAGS
    )
    return [
        f"{rule['id']}: {node['html'][:160]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
