"""`safelight models`: what there is, what it still needs, and what a file holds. One module per group of commands."""

from __future__ import annotations

import typer

from safelight.cli import convert, pull
from safelight.cli.models import checking, inspecting, listing

app = typer.Typer(help="List models, look inside their files, check, convert and download them.", no_args_is_help=True)
app.command("list")(listing.list_models)
app.command("inspect")(inspecting.inspect)
app.command("hash")(checking.hash_models)
app.command("validate")(checking.validate)
app.command("convert")(convert.convert)
app.command("pull")(pull.pull)
