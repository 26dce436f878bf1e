"""`safelight models hash` and `validate`: read whole files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safelight.cli.models.words import AsJson, ModelsDir, catalog_of, engines_of, state
from safelight.domain.errors import SafelightError
from safelight.domain.units import data_size

if TYPE_CHECKING:
    from safelight.catalog.hashing import Progress
    from safelight.domain.models import ModelInfo

Names = Annotated[list[str], typer.Argument(help="Names or paths of models.")]


def hash_models(names: Names, models_dir: ModelsDir = None, as_json: AsJson = False) -> None:
    """Print the SHA-256 of models; it is remembered as long as their files stay as they are."""
    from safelight.catalog.hashing import HashCache, hashed_files
    from safelight.settings import load_settings

    catalog, cache = catalog_of(models_dir), HashCache(load_settings().cache_dir)
    sums = {}
    for name in names:
        model = catalog.resolve(name)
        with _reading(f"hashing {model.id}") as progress:
            sums[model.id] = cache.sha256(*hashed_files(model), progress=progress)
        if not as_json:
            print(f"{sums[model.id]}  {model.id}", flush=True)
    if as_json:
        print(json.dumps(sums, indent=2))


def validate(names: Names, models_dir: ModelsDir = None, as_json: AsJson = False) -> None:
    """Read models from end to end, and say whether they are whole and an engine here runs them.

    Ends with exit code 1 when one is not whole. That a LoRA or a VAE cannot draw by itself is no fault.
    """
    catalog = catalog_of(models_dir)
    results: list[dict[str, Any]] = []
    for name in names:
        result: dict[str, Any] = {"model": name, "whole": False, "problem": None}
        try:
            model = catalog.resolve(name)
            result |= {"model": model.id} | _read(model)
        except SafelightError as error:
            result["problem"] = str(error)
        results.append(result)
        if not as_json:
            _say(result)
    if as_json:
        print(json.dumps(results, indent=2))
    if not all(result["whole"] for result in results):
        raise typer.Exit(1)


def _read(model: ModelInfo) -> dict[str, Any]:
    from safelight.catalog.validation import read_whole

    with _reading(f"reading {model.id}") as progress:
        whole = read_whole(model.path, progress)
    return {"whole": True, "engines": engines_of(model), "state": state(model)} | whole.model_dump(mode="json")


def _say(result: dict[str, Any]) -> None:
    if not result["whole"]:
        print(f"{result['model']}: {result['problem']}")
        return
    read = f"{data_size(result['bytes'])} in {result['files']} file{'s' if result['files'] != 1 else ''}"
    print(f"{result['model']}: whole ({read}); {result['state']}.".replace("..", "."))
    print(f"  {result['checked']}")
    for doubt in result["doubts"]:
        print(f"  but {doubt[0].lower()}{doubt[1:]}")


@contextmanager
def _reading(words: str) -> Iterator[Progress]:
    """A bar on stderr that counts bytes, on a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
