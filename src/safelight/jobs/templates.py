"""Prompts to take words from: text files in folders called `prompts` and `neg_prompts` beside the models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from safelight.catalog.folders import type_named
from safelight.domain.models import ModelKind
from safelight.domain.request import MAX_PROMPT
from safelight.domain.values import Value

_MOST_BYTES = 4 * MAX_PROMPT
_MOST = 500


class PromptTemplate(Value):
    """Words under a name; `negative`: for the negative prompt."""

    name: str
    negative: bool
    text: str


def templates(roots: Sequence[Path]) -> list[PromptTemplate]:
    """All of them, by name; files that hold no words are left out. Looks at the disk, so call it in a thread."""
    found = {(one.negative, one.name): one for root in reversed(roots) for one in _below(root)}
    return sorted(found.values(), key=lambda one: (one.negative, one.name.casefold()))[:_MOST]


def _below(root: Path) -> Iterator[PromptTemplate]:
    try:
        folders = [entry for entry in sorted(root.iterdir()) if entry.is_dir()]
        for folder in folders:
            type_ = type_named(folder.name)
            if type_ and type_.kind in (ModelKind.PROMPTS, ModelKind.NEG_PROMPTS):
                for path in sorted(folder.iterdir()):
                    text = _text(path) if path.suffix.lower() in type_.suffixes else ""
                    if text:
                        yield PromptTemplate(name=path.stem, negative=type_.kind is ModelKind.NEG_PROMPTS, text=text)
    except OSError:  # not there, or not readable
        return


def _text(path: Path) -> str:
    """A text file as it is; of JSON a string, or what an object calls prompt, negative_prompt or text."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return ""
        text = path.read_bytes().decode().strip()
        if path.suffix.lower() == ".json":
            said = json.loads(text)
            if isinstance(said, dict):
                said = next((said[key] for key in ("prompt", "negative_prompt", "text") if said.get(key)), "")
            text = said.strip() if isinstance(said, str) else ""
    except (OSError, ValueError, RecursionError):
        return ""
    return text[:MAX_PROMPT]
