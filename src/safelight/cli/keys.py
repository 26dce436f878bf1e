"""`safelight keys`: make, list and remove the API keys of a data folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from safelight.server.auth.keyfile import KeyFile

app = typer.Typer(help="API keys: who may use the server, and for what.", no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option(help="The server's data folder.")]
Name = Annotated[str, typer.Argument(help="Whose key it is; jobs belong to that name.")]


@app.command("add")
def add(
    name: Name,
    scope: Annotated[
        str, typer.Option(help="read: look; generate: also draw; admin: also what concerns everyone.")
    ] = "generate",
    data_dir: DataDir = None,
) -> None:
    """Make a key. It is shown once, on stdout; only its hash is kept. A running server takes it at once."""
    from safelight.domain.errors import InvalidInput
    from safelight.server.auth.callers import Scope

    if scope not in set(Scope):
        raise InvalidInput(f"There is no scope {scope!r}.", hint="Choose read, generate or admin.")
    print(_file(data_dir).add(name, Scope(scope)))
    print("Keep it: it can't be shown again. From now on the server asks for a key.", file=sys.stderr)


@app.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """Show names, scopes and dates; the keys themselves are not kept."""
    for key in _file(data_dir).read():
        made = key.created.strftime("%Y-%m-%d") if key.created else ""
        print(f"{key.name}\t{key.scope.value}\t{made}")


@app.command("remove")
def remove(name: Name, data_dir: DataDir = None) -> None:
    """Take a key away. A running server refuses it at once; without any key left it refuses everyone."""
    _file(data_dir).remove(name)


def _file(data_dir: Path | None) -> KeyFile:
    from safelight.server.auth.keyfile import KeyFile
    from safelight.settings import load_settings

    return KeyFile(load_settings(data_dir=data_dir).data_dir)
