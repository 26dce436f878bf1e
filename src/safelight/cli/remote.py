"""Drawing by a server: `safelight generate --server`, and the options that name a server."""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safelight.domain.errors import Conflict, InvalidInput, NotFound, SafelightError

if TYPE_CHECKING:
    from safelight.cli.outputs import Delivery
    from safelight.cli.progress import Bar
    from safelight.client import Client, Event

_SERVER = "Server"

Server = Annotated[
    str | None,
    typer.Option("--server", envvar="SAFELIGHT_SERVER", help="Address of a server.", rich_help_panel=_SERVER),
]
ApiKey = Annotated[
    str | None,
    typer.Option("--api-key", envvar="SAFELIGHT_API_KEY", help="A key of that server.", rich_help_panel=_SERVER),
]


@contextmanager
def connected(server: str | None, api_key: str | None) -> Iterator[Client]:
    """A client of the server that was named, or of the one on this machine."""
    from safelight.client import DEFAULT_URL, Client

    with Client(server or DEFAULT_URL, api_key or None) as client:
        yield client


def refuse_local_options(server: str, **given: object) -> None:
    """Raises InvalidInput if something was given that the server is to choose."""
    for name, value in given.items():
        if value is not None:
            raise InvalidInput(f"--{name.replace('_', '-')} is for drawing here; {server} has its own settings.")


def draw_at_server(
    server: str, api_key: str | None, output: Path, fields: dict[str, Any], *, quiet: bool, as_json: bool
) -> None:
    """Draw `fields` at a server, and write each picture when it is finished.

    Raises:
        SafelightError: It was refused, or failed.
        typer.Exit: Interrupted; the job is cancelled.
    """
    from safelight.cli.outputs import Delivery, plan_targets
    from safelight.cli.progress import Bar
    from safelight.domain.draft import SEED_LIMIT

    if fields["seed"] is None or fields["seed"] < 0:
        fields["seed"] = secrets.randbelow(SEED_LIMIT)  # here, so that the files' names are known before anything runs
    targets = plan_targets(output, count=fields["count"], seed=fields["seed"], format_=fields["format"])
    delivery = Delivery(targets, quiet=quiet, as_json=as_json)
    with connected(server, api_key) as client:
        job = client.submit(**{name: value for name, value in fields.items() if value is not None})
        try:
            with Bar(quiet=quiet) as bar:
                _follow(client, job.id, delivery, bar)
        except KeyboardInterrupt:
            said = cancel_at_server(client, job.id)
            print(f"safelight: interrupted; {said}; pictures that were finished are kept.", file=sys.stderr)
            raise typer.Exit(130) from None
    delivery.report()


def _follow(client: Client, job: str, delivery: Delivery, bar: Bar) -> None:
    from safelight.client import JobEvent, JobProgress
    from safelight.domain.events import Artifact
    from safelight.domain.jobs import EventType

    kept: dict[int, int] = {}  # index of a picture that was written → the attempt that drew it

    def show(event: Event) -> None:
        if isinstance(event, JobProgress):
            bar.show(event.progress)
        elif isinstance(event, JobEvent) and event.type is EventType.QUEUED:
            bar.say("waiting in the queue")
        elif isinstance(event, JobEvent) and event.type is EventType.FALLBACK:
            delivery.note(f"{event.reason} Drawn by {event.plan}.")
        elif isinstance(event, JobEvent) and event.artifact and not delivery.is_stdout:
            with contextlib.suppress(NotFound):  # the job was begun again since, and will draw it again
                artifact = Artifact(**event.artifact.model_dump(include=set(Artifact.model_fields)))
                delivery.keep(artifact, client.file(job, event.artifact.name))
                kept[artifact.index] = event.attempt

    ended = client.wait(job, show).completed()
    for artifact, picture in zip(ended.artifacts, ended.images, strict=True):
        if kept.get(artifact.index) != ended.attempt:
            delivery.keep(artifact, client.file(job, picture.name))


def cancel_at_server(client: Client, job: str) -> str:
    """Cancel an interrupted job; return what became of it, as a clause."""
    try:
        client.cancel(job)
    except Conflict:
        return f"job {job} had ended"
    except SafelightError as error:
        return f"job {job} could not be cancelled ({error.message})"
    return f"job {job} is cancelled"
