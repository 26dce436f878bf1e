"""`safelight models convert`: write a model file in another number type."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from safelight.domain.conversion import Conversion
    from safelight.domain.work import WorkedFile, WorkProgress
    from safelight.settings import Settings

_WORDS = {"starting": "starting", "converting": "converting", "checking": "checking"}


def convert(
    source: Annotated[str, typer.Argument(metavar="FILE", help="Name or path of a model.")],
    kind: Annotated[
        str, typer.Option("--type", "-t", help="f32, f16, bf16, q8_0, q6_k, q5_1, q5_k, q5_0, q4_1, q4_k, … q2_k.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write.", show_default="beside the model")
    ] = None,
    vae: Annotated[str | None, typer.Option(help="Name or path of a VAE to put into it.")] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", help="Another type for tensors by name: ^first_stage_model=f16. Repeatable."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output if it is there.")] = False,
    models_dir: Annotated[Path | None, typer.Option(help="Folder of models.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Write a model anew as GGUF, smaller: safelight models convert model.safetensors --type q8_0 -o model.gguf."""
    from safelight.catalog.catalog import open_catalog
    from safelight.domain.conversion import Conversion, TypeRule, weight_type
    from safelight.settings import load_settings

    settings = load_settings(models_dir=models_dir)
    catalog = open_catalog(settings)
    wanted, model = weight_type(kind), catalog.resolve(source)
    order = Conversion(
        source=model.path,
        output=output or model.path.with_name(f"{model.path.stem}-{wanted.value}.gguf"),
        type=wanted,
        rules=tuple(TypeRule.parse(text) for text in rule or ()),
        vae=catalog.resolve(vae).path if vae else None,
    )
    done = _work(order, settings, force=force, quiet=quiet)
    if as_json:
        print(json.dumps({"output": str(order.output), "source": str(order.source)} | done.model_dump(mode="json")))
        return
    from safelight.domain.units import data_size

    for note in done.notes:
        print(f"safelight: {note}", file=sys.stderr)
    print(f"{order.output}: {data_size(done.bytes)}, from {data_size(model.bytes)}")


def _work(order: Conversion, settings: Settings, *, force: bool, quiet: bool) -> WorkedFile:
    import asyncio

    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from safelight.workers.conversion import convert_file

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), DownloadColumn(), TimeRemainingColumn())
    hidden = quiet or not sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=None)

        def show(now: WorkProgress) -> None:
            bar.update(task, description=_WORDS.get(now.phase.value, ""), completed=now.done, total=now.total)

        try:
            return asyncio.run(convert_file(order, settings, show, force=force))
        except KeyboardInterrupt:
            print("safelight: interrupted; nothing was written.", file=sys.stderr)
            raise typer.Exit(130) from None
