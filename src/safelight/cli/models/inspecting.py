"""`safelight models inspect`: what a file is and why, its companions, and how it can be run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from safelight.cli.models.plans import plans_of
from safelight.cli.models.words import AsJson, ModelsDir, catalog_of, engines_of, facts_of
from safelight.domain.units import data_size

if TYPE_CHECKING:
    from safelight.catalog.components import Missing
    from safelight.domain.models import ModelInfo


def inspect(
    path: Annotated[str, typer.Argument(help="Name or path of a model.")],
    models_dir: ModelsDir = None,
    plans: Annotated[
        bool, typer.Option(help="Ask the engines here by which plans it can run, and estimate the memory of each.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Say what a model is and why, what it needs beside its own file, and what memory it takes by which plan."""
    catalog = catalog_of(models_dir)
    model = catalog.resolve(path)
    estimates = plans_of(model) if plans and engines_of(model) else []
    if as_json:
        known = {"plans": [one.model_dump(mode="json") for one in estimates]}
        print(json.dumps(facts_of(model, catalog) | known, indent=2))
        return
    for name, value in _facts(model) + _companions(model, catalog.missing(model)):
        print(f"{name:<13} {value}")
    for one in estimates:
        verdict = {True: "fits", False: "does not fit", None: "may fit"}[one.fits]
        print(f"{'plan':<13} {one.plan}: {verdict}. {one.reason}")
    for sentence in model.evidence:
        print(f"{'because':<13} {sentence}")
    if model.problem:
        print(f"{'but':<13} {model.problem}")


def _companions(model: ModelInfo, missing: tuple[Missing, ...]) -> list[tuple[str, str]]:
    """What was found beside the model's own file, and what to get."""
    found = [
        (one.role.value.replace("_", " "), f"{one.path} ({data_size(one.bytes)})")
        for one in model.components
        if one.path
    ]
    lacking = []
    for one in missing:
        place = "no place is known"
        if one.offer:
            place = f"safelight models pull {one.offer.address} (licence: {one.offer.licence})"
        optional = ", can do without" if one.optional else ""
        lacking.append((one.role.value.replace("_", " "), f"missing{optional}: {one.label}; {place}"))
    return found + lacking


def _facts(model: ModelInfo) -> list[tuple[str, str]]:
    defaults = model.defaults
    facts = [
        ("name", model.id),
        ("path", str(model.path)),
        ("kind", model.kind.value),
        ("architecture", model.architecture or "not recognised"),
        ("format", model.format.value),
        ("quantisation", model.dtype or "unknown"),
        ("size", data_size(model.bytes)),
    ]
    if model.problem is None:
        sampling = f"{defaults.sampler}, {defaults.scheduler}, {defaults.steps} steps, CFG {defaults.cfg_scale:g}"
        facts += [
            ("prediction", model.prediction or "told from the weights when loaded"),
            ("can do", ", ".join(sorted(mode.value for mode in model.modes))),
            ("defaults", f"{defaults.size}, {sampling}"),
            ("engines", ", ".join(engines_of(model)) or "none here runs it"),
        ]
    return facts
