"""The A1111 `parameters` text: what a picture was made with, as other tools read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from safelight.domain.models import ModelInfo
from safelight.domain.request import GenerationRequest
from safelight.domain.samplers import label
from safelight.version import __version__


def infotext(
    request: GenerationRequest, model: ModelInfo, seed: int, engine: str, details: Mapping[str, str] | None = None
) -> str:
    """Describe one picture.

    Args:
        request: The request it was drawn for.
        model: The model that drew it; its hash is left out when it is not known.
        seed: This picture's own seed.
        engine: Name and version of the engine.
        details: What the engine has to say beyond that: names and values.
    """
    sampling = request.sampling
    fields: dict[str, str | int | float] = {
        "Steps": sampling.steps,
        "Sampler": label(sampling.sampler),
        "Schedule type": label(sampling.scheduler),
        "CFG scale": f"{request.guidance.cfg_scale:g}",
        "Seed": seed,
        "Size": str(request.size),
    }
    if model.sha256:
        fields["Model hash"] = model.sha256[:10]
    fields["Model"] = model.path.stem if model.path.is_file() else model.id
    if request.guidance.clip_skip > 1:
        fields["Clip skip"] = request.guidance.clip_skip
    if request.init:
        fields["Denoising strength"] = f"{request.init.strength:g}"
        if request.init.mask:
            fields["Mask blur"] = request.init.mask_blur
    fields["Engine"] = engine
    if request.engine_options:
        options = {name: _named(given) for name, given in request.engine_options.items()}
        fields["Engine options"] = json.dumps(options, ensure_ascii=False)
    fields |= details or {}
    fields["Version"] = f"Safelight {__version__}"
    lines = [request.prompts.positive]
    if request.prompts.negative:
        lines.append(f"Negative prompt: {request.prompts.negative}")
    lines.append(", ".join(f"{name}: {_quoted(value)}" for name, value in fields.items()))
    return "\n".join(lines)


def _named(value: JsonValue) -> JsonValue:
    """An option's value with files by their names: a worker is told where they lie, a picture does not say so."""
    if isinstance(value, dict):
        return {name: _named(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner) for inner in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _quoted(value: str | int | float) -> str:
    """As A1111 does: a value that holds a separator becomes a JSON string."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ',:\n"') else text
