"""A preset: settings to draw with, under a name. What it leaves out is the model's own, or the request's."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, Field, model_validator

from safelight.domain.errors import InvalidInput
from safelight.domain.request import (
    BatchSize,
    Blur,
    CfgScale,
    ClipSkip,
    Count,
    OutputFormat,
    Quality,
    Seed,
    Side,
    Steps,
    Strength,
    Text,
)
from safelight.domain.samplers import find_sampler, find_scheduler
from safelight.domain.values import Value

LONGEST_NAME = 80

_IN_NO_FILE = frozenset('<>:"/\\|?*')
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))})
"""What Windows takes for a device, with any ending."""

_Name = Annotated[str, Field(min_length=1, max_length=500)]


class Preset(Value):
    """Settings, each within the range that requests have; None leaves it open. Samplers and schedulers: our names."""

    prompt: Text | None = None
    negative_prompt: Text | None = None
    model: _Name | None = None
    width: Side | None = None
    height: Side | None = None
    steps: Steps | None = None
    cfg_scale: CfgScale | None = None
    sampler: _Name | None = Field(default=None, validation_alias=AliasChoices("sampler", "sampling_method"))
    scheduler: _Name | None = None
    seed: Seed | None = None
    batch_count: Count | None = Field(default=None, validation_alias=AliasChoices("batch_count", "count"))
    batch_size: BatchSize | None = None
    clip_skip: ClipSkip | None = None
    strength: Strength | None = None
    mask_blur: Blur | None = None
    format: OutputFormat | None = None
    quality: Quality | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """`DPM++ 2M Karras` names a scheduler too."""
        if not isinstance(given, dict):
            return given
        found = dict(given)
        for key in ("sampler", "sampling_method"):
            if isinstance(text := found.get(key), str):
                found[key], implied = find_sampler(text)
                if implied and not found.get("scheduler"):
                    found["scheduler"] = implied
        if isinstance(text := found.get("scheduler"), str):
            found["scheduler"] = find_scheduler(text)
        return found


class NamedPreset(Value):
    """A preset with its name.

    Attributes:
        settings: What it says; None when its file can't be read as one.
        problem: Why it can't be.
        changed: When its file was written.
    """

    name: str
    settings: Preset | None
    problem: str | None = None
    changed: datetime


def preset_name(text: str) -> str:
    """A name as presets' files bear it: composed characters, no spaces around it.

    Raises:
        InvalidInput: No file can have it everywhere, or it would leave its folder.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(f"The name of a preset has 1 to {LONGEST_NAME} characters.")
    if not name.isprintable() or _IN_NO_FILE & set(name) or name[0] == "." or name[-1] == ".":
        raise InvalidInput(
            f"A preset can't be called {name!r}.",
            hint='Its file bears the name: no line breaks, none of < > : " / \\ | ? *, no dot at either end.',
        )
    if name.partition(".")[0].rstrip().upper() in _DEVICES:
        raise InvalidInput(f"A preset can't be called {name!r}.", hint="Windows has a device of that name.")
    return name
