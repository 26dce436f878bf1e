"""`safelight serve`: run the server."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for jobs and pictures.")] = None,
    models_dir: Annotated[Path | None, typer.Option(help="Folder that holds your models.")] = None,
    model: Annotated[str | None, typer.Option(help="Model that draws when a request names none.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Keep everything in memory only.")] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Listen on other addresses than loopback without a key.")
    ] = False,
    log_format: Annotated[str | None, typer.Option(help="text or json.")] = None,
) -> None:
    """Run the server: its HTTP APIs. Every other setting is in docs/settings.md."""
    gc.disable()  # what is imported stays: to look for garbage in it is a sixth of the start
    from safelight.server.main import serve as run
    from safelight.settings import load_settings

    def ready(url: str) -> None:
        gc.freeze()
        gc.enable()
        print(f"Safelight is ready at {url}", file=sys.stderr, flush=True)

    settings = load_settings(
        host=host,
        port=port,
        data_dir=data_dir,
        models_dir=models_dir,
        model=model,
        private=private or None,
        insecure=insecure or None,
        log_format=log_format,
    )
    run(settings, ready)
