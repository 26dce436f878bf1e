"""The `safelight` command: its sub-commands, and where errors become one sentence and an exit code.

Exit codes: 0 done, 1 failed, 2 the request or a file is wrong, or the server does not answer, 3 worker processes kept
dying, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import typer

from safelight.cli import bench, doctor, generate, jobs, keys, models, serve
from safelight.domain.errors import (
    InvalidInput,
    NotFound,
    SafelightError,
    StorageFailed,
    Unreachable,
    WorkerDied,
    WorkerHung,
)

app = typer.Typer(
    help="A private darkroom for AI pictures.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("generate")(generate.generate)
app.add_typer(models.app, name="models")
app.command("serve")(serve.serve)
app.add_typer(keys.app, name="keys")
app.add_typer(jobs.app, name="jobs")
app.command("doctor")(doctor.doctor)
app.command("bench")(bench.bench)


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    """A private darkroom for AI pictures."""
    if version:
        from safelight.version import __version__

        typer.echo(__version__)
        raise typer.Exit


def exit_code(error: SafelightError) -> int:
    """The process's exit code for an error."""
    if isinstance(error, WorkerDied | WorkerHung):
        return 3
    return 2 if isinstance(error, InvalidInput | NotFound | StorageFailed | Unreachable) else 1


def main() -> None:
    """Run the command line."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except SafelightError as error:
        print(f"safelight: {error}", file=sys.stderr)
        sys.exit(exit_code(error))
    except OSError as error:  # nobody reads on, or there is no room where stdout goes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"safelight: The output could not be written: {error.strerror}.", file=sys.stderr)
        sys.exit(1 if isinstance(error, BrokenPipeError) else 2)
