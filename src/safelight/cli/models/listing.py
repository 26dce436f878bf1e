"""`safelight models list`: every model, and whether it can draw."""

from __future__ import annotations

import json

from safelight.cli.models.words import AsJson, ModelsDir, catalog_of, size


def list_models(models_dir: ModelsDir = None, as_json: AsJson = False) -> None:
    """List the embedded models and those in the models folder."""
    from rich.console import Console
    from rich.table import Table

    models = catalog_of(models_dir).list()
    if as_json:
        print(json.dumps([model.model_dump(mode="json") for model in models], indent=2))
        return
    table = Table("name", "kind", "architecture", "format", "type", "size", "state", box=None, pad_edge=False)
    for model in models:
        state = "ready" if model.problem is None else model.problem
        kind, architecture = model.kind.value, model.architecture or "?"
        table.add_row(model.id, kind, architecture, model.format.value, model.dtype or "?", size(model.bytes), state)
    Console().print(table)
