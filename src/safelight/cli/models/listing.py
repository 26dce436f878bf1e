"""`safelight models list`: every model, and whether it is ready or what it lacks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from safelight.cli.models.words import AsJson, ModelsDir, catalog_of, facts_of, short_state, state
from safelight.domain.errors import InvalidInput
from safelight.domain.units import data_size

if TYPE_CHECKING:
    from rich.table import Table

    from safelight.domain.models import ModelInfo, ModelKind

_WIDE = 10_000
"""Characters in a line for programs that read the list."""

_KIND_WIDTH = 22


class Order(StrEnum):
    """What a list can be sorted by: `catalog.selection.SortBy`, which would make every command start slower."""

    NAME = "name"
    SIZE = "size"
    DATE = "date"
    TYPE = "type"


def list_models(
    models_dir: ModelsDir = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="One type only: checkpoint, diffusion_model, vae, lora, embedding, …")
    ] = None,
    search: Annotated[str, typer.Option(help="Only those whose names or descriptions hold these words.")] = "",
    sort: Annotated[Order, typer.Option(help="Order.")] = Order.NAME,
    reverse: Annotated[bool, typer.Option("--reverse", help="Largest, newest or last name first.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the embedded models and those in the models folders."""
    from safelight.catalog.selection import SortBy, selected

    catalog = catalog_of(models_dir)
    models = selected(catalog.list(), _kind(type_), search, SortBy(sort), reverse)
    if as_json:
        print(json.dumps([facts_of(model, catalog) for model in models], indent=2))
    else:
        _print(models)


def _print(models: Sequence[ModelInfo]) -> None:
    """A table; where that is too wide, a narrower one with what keeps models from being ready below it."""
    from rich.console import Console

    told = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(width=None if told else _WIDE, highlight=False, markup=False, emoji=False)
    table = _wide(models)
    if console.measure(table, options=console.options.update(max_width=_WIDE)).maximum <= console.width:
        console.print(table)
        return
    console.print(_narrow(models))
    for model in models:
        if model.problem and (said := state(model)) == model.problem:
            console.print(f"\n{model.id}: {said}", overflow="fold")


def _wide(models: Sequence[ModelInfo]) -> Table:
    from rich.table import Table

    table = Table("name", "kind", "architecture", "format", "quantisation", "size", "state", box=None, pad_edge=False)
    for model in models:
        kind, architecture = model.kind.value, model.architecture or "?"
        table.add_row(
            model.id, kind, architecture, model.format.value, model.dtype or "?", data_size(model.bytes), state(model)
        )
    return table


def _narrow(models: Sequence[ModelInfo]) -> Table:
    from rich.table import Column, Table

    whole = [Column(name, no_wrap=True) for name in ("type", "size", "state")]
    parts = Column("name", overflow="fold"), Column("kind", overflow="fold", max_width=_KIND_WIDTH)
    table = Table(*parts, *whole, box=None, pad_edge=False)
    for model in models:
        kind = f"{model.kind.value} {model.architecture or ''}".rstrip()
        table.add_row(model.id, kind, model.dtype or "?", data_size(model.bytes), short_state(model))
    return table


def _kind(said: str | None) -> ModelKind | None:
    from safelight.domain.models import ModelKind

    if said is None:
        return None
    try:
        return ModelKind("upscaler" if said == "esrgan" else said)
    except ValueError:
        types = ", ".join(kind.value for kind in ModelKind)
        raise InvalidInput(f"There is no type of models called {said[:80]!r}.", hint=f"Types are {types}.") from None
