"""`safelight models pull`: download a model, here or on a server."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safelight.cli.remote import ApiKey, Server, cancel_at_server, connected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safelight.catalog.downloads.offers import Offer
    from safelight.domain.work import DownloadRequest, WorkedFile
    from safelight.settings import Settings


def pull(
    source: Annotated[
        str | None,
        typer.Argument(help="hf:org/repo, hf:org/repo/file, civitai:MODEL, civitai:MODEL@VERSION, or https://…"),
    ] = None,
    missing_for: Annotated[
        str | None, typer.Option("--missing-for", metavar="NAME", help="Fetch what this model lacks.")
    ] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", help="What the file must have.")] = None,
    kind: Annotated[
        str | None, typer.Option("--type", help="lora, vae, checkpoint, …: where the file does not say itself.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call the file here.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before downloading.")] = False,
    models_dir: Annotated[Path | None, typer.Option(help="Folder of models.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    server: Server = None,
    api_key: ApiKey = None,
) -> None:
    """Download a model into the folder of its kind: resumed after breaks, checked, never in place of another file."""
    from safelight.domain.errors import InvalidInput
    from safelight.domain.work import DownloadRequest

    if (source is None) == (missing_for is None):
        raise InvalidInput("Say what to download: a source, or --missing-for NAME.")
    request = DownloadRequest.of(source or f"missing:{missing_for}", sha256=sha256, type=kind, name=name)
    if server:
        if models_dir:
            raise InvalidInput("--models-dir is for downloading here; a server has its own folder.")
        files = _at_server(server, api_key, request, quiet=quiet or as_json)
    else:
        files = _here(request, models_dir, ask=not yes and not as_json, quiet=quiet or as_json)
    if as_json:
        print(json.dumps([file.model_dump(mode="json") for file in files], indent=2))
    else:
        _report(files)


def _here(request: DownloadRequest, models_dir: Path | None, *, ask: bool, quiet: bool) -> Sequence[WorkedFile]:
    from safelight.catalog.downloads.download import download, look
    from safelight.cli.transfer_bar import TransferBar
    from safelight.settings import load_settings

    settings = load_settings(models_dir=models_dir)

    async def fetch(offer: Offer) -> Sequence[WorkedFile]:
        with TransferBar(quiet=quiet) as bar:
            return await download(request, settings, bar.show, offer=offer)

    offer = asyncio.run(look(request, settings))
    if not quiet:
        _show(offer, settings)
    if ask and sys.stdin.isatty() and not typer.confirm("Download?", default=True, err=True):
        raise typer.Exit(1)
    try:
        return asyncio.run(fetch(offer))
    except KeyboardInterrupt:
        print("safelight: interrupted; the same command goes on from here.", file=sys.stderr)
        raise typer.Exit(130) from None


def _at_server(server: str, api_key: str | None, request: DownloadRequest, *, quiet: bool) -> Sequence[WorkedFile]:
    from safelight.cli.transfer_bar import TransferBar
    from safelight.client import Event, JobEvent, JobProgress
    from safelight.domain.jobs import EventType

    with connected(server, api_key) as client:
        job = client.pull(request.source, sha256=request.sha256, type=request.type, name=request.name)
        try:
            with TransferBar(quiet=quiet) as bar:

                def show(event: Event) -> None:
                    if isinstance(event, JobProgress):
                        bar.show(event.work)
                    elif isinstance(event, JobEvent) and event.type is EventType.QUEUED:
                        bar.say("waiting for other downloads")

                return client.wait(job.id, show).completed().files
        except KeyboardInterrupt:
            print(f"safelight: interrupted; {cancel_at_server(client, job.id)}.", file=sys.stderr)
            raise typer.Exit(130) from None


def _show(offer: Offer, settings: Settings) -> None:
    """Say on stderr what is about to be fetched."""
    from safelight.domain.units import data_size

    many = f"{len(offer.files)} files, " if len(offer.files) > 1 else ""
    bytes_ = "of unknown size" if offer.bytes is None else data_size(offer.bytes)
    print(f"{_plain(offer.title)}: {many}{bytes_}, into {settings.models_dir}", file=sys.stderr)
    for file in {file.source: file for file in offer.files}.values():
        licence = f", licence {_plain(file.license)}" if file.license else ""
        print(f"  from {_plain(file.source)}{licence}", file=sys.stderr)
    for note in dict.fromkeys(note for file in offer.files for note in file.notes):
        print(f"  {_plain(note)}", file=sys.stderr)


def _report(files: Sequence[WorkedFile]) -> None:
    from safelight.domain.units import data_size

    for file in files:
        print("  ".join(filter(None, (_plain(file.name), data_size(file.bytes), file.sha256))))
        for note in file.notes:
            print(f"  {_plain(note)}", file=sys.stderr)


def _plain(text: str) -> str:
    """One line that a terminal shows and does not obey: hosts choose these words."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
