"""`safelight models`: what can draw, and what a file holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from safelight.catalog.catalog import Catalog
    from safelight.domain.models import ModelInfo

app = typer.Typer(help="List models, and look inside their files.", no_args_is_help=True)

ModelsDir = Annotated[Path | None, typer.Option(help="Folder of models.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_models(models_dir: ModelsDir = None, as_json: AsJson = False) -> None:
    """List the embedded models and those in the models folder."""
    from rich.console import Console
    from rich.table import Table

    models = _catalog(models_dir).list()
    if as_json:
        print(json.dumps([model.model_dump(mode="json") for model in models], indent=2))
        return
    table = Table("name", "kind", "architecture", "format", "type", "size", "state", box=None, pad_edge=False)
    for model in models:
        state = "ready" if model.problem is None else model.problem
        kind, architecture = model.kind.value, model.architecture or "?"
        table.add_row(model.id, kind, architecture, model.format.value, model.dtype or "?", size(model.bytes), state)
    Console().print(table)


@app.command("inspect")
def inspect(
    path: Annotated[str, typer.Argument(help="Name or path of a model.")],
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """Say what a model is, and the facts in its header that decided."""
    model = _catalog(models_dir).resolve(path)
    if as_json:
        print(json.dumps(model.model_dump(mode="json"), indent=2))
        return
    for name, value in _facts(model):
        print(f"{name:<13} {value}")
    for sentence in model.evidence:
        print(f"{'because':<13} {sentence}")
    if model.problem:
        print(f"{'but':<13} {model.problem}")


def size(count: int) -> str:
    """Bytes for people: 4.27 GB, 46.1 MB."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"


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


def _catalog(models_dir: Path | None) -> Catalog:
    from safelight.catalog.catalog import Catalog
    from safelight.settings import embedded_models, load_settings

    return Catalog(load_settings(models_dir=models_dir).models_dir, embedded_models())
