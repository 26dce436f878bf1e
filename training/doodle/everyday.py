"""Reads `common_things.txt`: the everyday things that training draws more often and that the evaluation asks for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_LIST = Path(__file__).parents[1] / "common_things.txt"


@cache
def everyday_words() -> dict[str, tuple[str, ...]]:
    """Return name in the emoji table → other everyday words for the thing, in the order of the file."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _LIST.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, others = line.partition(":")
            found[name.strip()] = tuple(word.strip() for word in others.split(",") if word.strip())
    return found
