"""Options and wording that the `safelight models` commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from safelight.catalog.catalog import Catalog

ModelsDir = Annotated[Path | None, typer.Option(help="Folder of models.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def size(count: int) -> str:
    """Bytes for people: 4.27 GB, 46.1 MB."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"


def catalog_of(models_dir: Path | None) -> Catalog:
    """The catalog that the settings describe, with another models folder if one is given."""
    from safelight.catalog.catalog import Catalog
    from safelight.settings import embedded_models, load_settings

    return Catalog(load_settings(models_dir=models_dir).models_dir, embedded_models())
