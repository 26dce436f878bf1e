"""Options and wording that the `safelight models` commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safelight.domain.errors import UnsupportedModel
from safelight.domain.models import ModelInfo, ModelKind

if TYPE_CHECKING:
    from safelight.catalog.catalog import Catalog

ModelsDir = Annotated[
    list[Path] | None,
    typer.Option(help="Folder of models, instead of those in the settings; may be given several times."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_COMPANIONS = frozenset({ModelKind.VAE, ModelKind.TAESD, ModelKind.TEXT_ENCODER, ModelKind.CLIP_VISION})
_ADD_ONS = frozenset(
    {ModelKind.LORA, ModelKind.EMBEDDING, ModelKind.CONTROLNET, ModelKind.UPSCALER, ModelKind.PHOTOMAKER}
)
_TEXTS = frozenset({ModelKind.PRESETS, ModelKind.PROMPTS, ModelKind.NEG_PROMPTS})


def size(count: int) -> str:
    """Bytes for people: 4.27 GB, 46.1 MB."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"


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
    if model.kind in _COMPANIONS:
        return "companion"
    if model.kind in _ADD_ONS:
        return "add-on"
    if model.kind in _TEXTS:
        return "text"
    if model.problem:
        return model.problem
    return "ready" if engines_of(model) else f"complete, but no engine here runs {model.architecture or 'it'}"


def facts_of(model: ModelInfo, catalog: Catalog) -> dict[str, Any]:
    """Everything that is known of a model, ready for JSON."""
    missing = [one.model_dump(mode="json") for one in catalog.missing(model)]
    return model.model_dump(mode="json") | {"engines": engines_of(model), "state": state(model), "missing": missing}
