"""`safelight bench`: how fast this machine draws, by each engine and number type."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from safelight.catalog.catalog import Catalog
    from safelight.domain.models import ModelInfo
    from safelight.workers.bench import StepSpeed

_FAMILIES = ("sd1", "sd2", "sdxl")
"""Measured first, where there are several models: a step of theirs takes seconds on any machine."""


def bench(
    model: Annotated[
        str | None, typer.Argument(help="Name or path of a model.", show_default="the handiest that is ready")
    ] = None,
    size: Annotated[int, typer.Option(min=64, max=2048, help="Width and height of what is drawn.")] = 256,
    steps: Annotated[int, typer.Option(min=2, max=50, help="Steps of each drawing; the first is not counted.")] = 4,
    engine: Annotated[str | None, typer.Option(help="Measure one engine only.")] = None,
    device: Annotated[str | None, typer.Option(help="Measure one device only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure this machine: matrix products, and a denoising step by each engine and number type.

    What is found is remembered: plans are chosen, and times foretold, by it.
    """
    import asyncio

    from safelight.catalog.catalog import open_catalog
    from safelight.settings import load_settings
    from safelight.workers.bench import bench as measure

    settings = load_settings(engine=engine, device=device)
    catalog = open_catalog(settings)
    chosen = catalog.resolve(model) if model else _handiest(catalog)

    def began(what: str) -> None:
        print(f"safelight: measuring {what}", file=sys.stderr)

    found = asyncio.run(measure(chosen, settings, size, steps, began))
    if as_json:
        told = [one.model_dump(mode="json") | {"share": one.share} for one in found]
        print(json.dumps({"model": chosen.id, "size": size, "steps": steps, "speeds": told}, indent=2))
    else:
        _print(chosen, size, found)
    if all(one.problem for one in found):
        raise typer.Exit(1)


def _handiest(catalog: Catalog) -> ModelInfo:
    """A ready model of real size whose steps are short; the embedded one when there is none."""
    from safelight.cli.models.words import engines_of

    embedded, *ready = [one for one in catalog.list() if not one.problem and engines_of(one)]
    known = [one for one in ready if one.architecture in _FAMILIES]
    by_engines = {one.id: len(engines_of(one)) for one in known}
    return min(
        known,
        key=lambda one: (-by_engines[one.id], _FAMILIES.index(one.architecture or ""), one.bytes),
        default=embedded,
    )


def _print(model: ModelInfo, size: int, found: list[StepSpeed]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("engine", "device", "type", box=None, pad_edge=False)
    for title in ("matrix product", f"step at {size}x{size}", "of the product", "load"):
        table.add_column(title, justify="right")
    for one in found:
        cells = [one.engine, one.device.id, one.dtype.value, _flops(one.product)]
        if one.problem:
            table.add_row(*cells, one.problem)
            continue
        share = f"{one.share:.0%}" if one.share else ""
        table.add_row(*cells, f"{one.step:.3g} s", share, f"{one.load:.1f} s")
    print(f"{model.id} on {', '.join(sorted({one.device.name for one in found}))}")
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _flops(rate: float | None) -> str:
    return f"{rate / 1e12:.2f} TFLOP/s" if rate else ""
