"""`safelight models inspect`: what a file is, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from safelight.cli.models.words import AsJson, ModelsDir, catalog_of, size

if TYPE_CHECKING:
    from safelight.domain.models import ModelInfo


def inspect(
    path: Annotated[str, typer.Argument(help="Name or path of a model.")],
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """Say what a model is, and the facts in its header that decided."""
    model = catalog_of(models_dir).resolve(path)
    if as_json:
        print(json.dumps(model.model_dump(mode="json"), indent=2))
        return
    for name, value in _facts(model):
        print(f"{name:<13} {value}")
    for sentence in model.evidence:
        print(f"{'because':<13} {sentence}")
    if model.problem:
        print(f"{'but':<13} {model.problem}")


def _facts(model: ModelInfo) -> list[tuple[str, str]]:
    defaults = model.defaults
    facts = [
        ("name", model.id),
        ("path", str(model.path)),
        ("kind", model.kind.value),
        ("architecture", model.architecture or "not recognised"),
        ("format", model.format.value),
        ("type", model.dtype or "unknown"),
        ("size", size(model.bytes)),
    ]
    if model.problem is None:
        sampling = f"{defaults.sampler}, {defaults.scheduler}, {defaults.steps} steps, CFG {defaults.cfg_scale:g}"
        facts += [
            ("prediction", model.prediction or "told from the weights when loaded"),
            ("can do", ", ".join(sorted(mode.value for mode in model.modes))),
            ("defaults", f"{defaults.size}, {sampling}"),
        ]
    return facts
