"""Options and wording that the `safelight models` commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safelight.domain.errors import UnsupportedModel

if TYPE_CHECKING:
    from safelight.catalog.catalog import Catalog
    from safelight.domain.models import ModelInfo

ModelsDir = Annotated[
    list[Path] | None,
    typer.Option(help="Folder of models, instead of those in the settings; may be given several times."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_HELPS = {
    "companion": ("vae", "taesd", "text_encoder", "clip_vision"),
    "add-on": ("lora", "embedding", "controlnet", "upscaler", "photomaker"),
    "text": ("presets", "prompts", "neg_prompts"),
}
"""What files are that cannot draw by themselves, and their kinds."""

_SHORT = 10


def catalog_of(models_dirs: list[Path] | None) -> Catalog:
    """The catalog that the settings describe, with other models folders if some are given."""
    from safelight.catalog.catalog import open_catalog
    from safelight.settings import load_settings

    if not models_dirs:
        return open_catalog(load_settings())
    return open_catalog(load_settings(models_dir=models_dirs[0], more_models_dirs=tuple(models_dirs[1:])))


def engines_of(model: ModelInfo) -> tuple[str, ...]:
    """Names of the engines here that run a model, the preferred one first."""
    from safelight.engines.spec import engines_for

    try:
        return tuple(spec.name for spec in engines_for(model))
    except UnsupportedModel:
        return ()


def state(model: ModelInfo) -> str:
    """Whether a model is ready, or what keeps it from being so."""
    for words, kinds in _HELPS.items():
        if model.kind.value in kinds:
            return words
    if model.problem:
        return model.problem
    return "ready" if engines_of(model) else f"complete, but no engine here runs {model.architecture or 'it'}"


def short_state(model: ModelInfo) -> str:
    """The same in a word or two."""
    said = state(model)
    if model.problem and said == model.problem:
        return "incomplete" if any(part.path is None for part in model.components) else "unusable"
    return said if len(said) <= _SHORT else "no engine"


def facts_of(model: ModelInfo, catalog: Catalog) -> dict[str, Any]:
    """Everything that is known of a model, ready for JSON."""
    missing = [one.model_dump(mode="json") for one in catalog.missing(model)]
    return model.model_dump(mode="json") | {"engines": engines_of(model), "state": state(model), "missing": missing}
