"""Reads the `parameters` text that A1111 and Safelight write into pictures."""

from __future__ import annotations

import json
import re

_FIELD = re.compile(r'\s*(?P<name>[\w +./-]{1,60}):\s*(?P<value>"(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"(?P<width>\d{1,9})x(?P<height>\d{1,9})")
_NEGATIVE = "Negative prompt:"
_FEWEST = 3


def parse_infotext(text: str) -> dict[str, str]:
    """Name → value, under A1111's names: Prompt, Negative prompt, Steps …; Size also as Size-1 and Size-2.

    The last line holds the fields if it has at least three, as A1111 takes it; prompts may have several lines.
    """
    *lines, last = text.strip().split("\n")
    fields = [(field["name"], _plain(field["value"])) for field in _FIELD.finditer(last)]
    if len(fields) < _FEWEST:
        lines, fields = [*lines, last], []
    said: list[str] = []
    unsaid: list[str] = []
    now = said
    for line in lines:
        if line.strip().startswith(_NEGATIVE):
            now, line = unsaid, line.strip()[len(_NEGATIVE) :]  # noqa: PLW2901 - the rest of the line is of the same kind
        now.append(line.strip())
    found = {"Prompt": "\n".join(said), "Negative prompt": "\n".join(unsaid)}
    for name, value in fields:
        found[name] = value
        if size := _SIZE.fullmatch(value):
            found |= {f"{name}-1": size["width"], f"{name}-2": size["height"]}
    return found


def _plain(value: str) -> str:
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:  # not JSON after all
            return value
    return value.strip()
