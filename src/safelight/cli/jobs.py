"""`safelight jobs`: what a server has to do and has done."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from safelight.cli.remote import ApiKey, Server, connected

if TYPE_CHECKING:
    from safelight.cli.progress import Bar
    from safelight.client import Event, JobView
    from safelight.client.views import Parameters

app = typer.Typer(help="List, watch and cancel a server's jobs.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, as `safelight jobs list` shows them.")]
_SHORT = 60


@app.command("list")
def list_jobs(
    status: Annotated[
        list[str] | None,
        typer.Option(help="queued, loading, running, completed, failed or cancelled; may be given several times."),
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=1000)] = 20,
    as_json: AsJson = False,
    server: Server = None,
    api_key: ApiKey = None,
) -> None:
    """List jobs, newest first: a table on a terminal, else a line a job with tabs between the columns."""
    with connected(server, api_key) as client:
        page = client.jobs(status=status or (), limit=limit)
    if as_json:
        print(json.dumps([_plain(job) for job in page.jobs], indent=2))
    elif sys.stdout.isatty():
        _table(page.jobs)
        if page.total > len(page.jobs):
            print(f"{len(page.jobs)} of {page.total}; --limit shows more.")
    else:
        for job in page.jobs:
            print("\t".join(_row(job)))


@app.command("show")
def show(
    job_id: Annotated[str, typer.Argument(metavar="ID")],
    as_json: AsJson = False,
    server: Server = None,
    api_key: ApiKey = None,
) -> None:
    """Show one job: what was asked for, how far it is, what came of it."""
    with connected(server, api_key) as client:
        job = client.job(job_id)
    if as_json:
        print(json.dumps(_plain(job), indent=2))
        return
    for name, value in _facts(job):
        print(f"{name:<13} {value}")


@app.command("cancel")
def cancel(job_ids: Ids, server: Server = None, api_key: ApiKey = None) -> None:
    """Cancel waiting or running jobs."""
    with connected(server, api_key) as client:
        for job_id in job_ids:
            print(f"{client.cancel(job_id).id}  cancelled")


@app.command("retry")
def retry(job_ids: Ids, server: Server = None, api_key: ApiKey = None) -> None:
    """Try failed or cancelled jobs again, with the same seeds."""
    with connected(server, api_key) as client:
        for job_id in job_ids:
            print(f"{client.retry(job_id).id}  queued")


@app.command("delete")
def delete(job_ids: Ids, server: Server = None, api_key: ApiKey = None) -> None:
    """Delete ended jobs and their pictures."""
    with connected(server, api_key) as client:
        for job_id in job_ids:
            client.delete(job_id)
            print(f"{job_id}  deleted")


@app.command("watch")
def watch(
    job_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only this job, until it ended.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON an event.")] = False,
    server: Server = None,
    api_key: ApiKey = None,
) -> None:
    """Say what happens, as it happens. With an ID: exit code 0 when the job is completed, 1 when it is not."""
    from safelight.cli.progress import Bar
    from safelight.domain.jobs import JobState

    try:
        with connected(server, api_key) as client, Bar(quiet=as_json) as bar:
            for event in client.events(job_id):
                if as_json:
                    print(event.model_dump_json(exclude={"owner"}), flush=True)
                else:
                    _tell(event, bar)
            if job_id and client.job(job_id).status is not JobState.COMPLETED:
                raise typer.Exit(1)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _tell(event: Event, bar: Bar) -> None:
    from safelight.client import JobEvent, JobProgress

    if isinstance(event, JobProgress):
        bar.show_work(event.work) if event.done is not None else bar.show(event.progress)
    elif isinstance(event, JobEvent):
        more = event.error.message if event.error else event.reason
        if event.artifact:
            more = f"{event.artifact.name}, seed {event.artifact.seed}"
        elif event.file:
            more = event.file.name
        elif more is None and event.plan and not event.state.is_terminal:
            more = str(event.plan)
        words = (f"{event.at.astimezone():%H:%M:%S}", event.job, event.type.value, more or "")
        print(_printable("  ".join(words).rstrip()), flush=True)


def _plain(job: JobView) -> dict[str, object]:
    return job.model_dump(mode="json", by_alias=True)


def _row(job: JobView) -> tuple[str, ...]:
    """Id, state, how far, when, model or kind, prompt or what the work is about."""
    created = f"{job.created.astimezone():%Y-%m-%d %H:%M}"
    what, about = (job.parameters.model, job.parameters.prompt) if job.parameters else (job.kind.value, _about(job))
    return job.id, job.status.value, _how_far(job), created, what, _printable(about)


def _about(job: JobView) -> str:
    """What work that draws nothing is about."""
    asked = job.request or {}
    return str(asked.get("source") or asked.get("model") or ", ".join(asked.get("models", ())))


def _printable(text: str) -> str:
    """One line without control characters: other people's prompts are shown, and a terminal would obey them."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _how_far(job: JobView) -> str:
    if job.queue_position is not None:
        return f"{job.queue_position} before it"
    if job.progress:
        return f"{job.progress.percent:.0f} %"
    if job.generation_time is not None:
        return f"{job.generation_time:.1f} s"
    return ""


def _table(jobs: tuple[JobView, ...]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "status", "", "created", "model", box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    table.add_column("prompt", no_wrap=True, overflow="ellipsis", max_width=_SHORT)
    for job in jobs:
        table.add_row(*(Text(cell) for cell in _row(job)))
    Console().print(table)


def _facts(job: JobView) -> list[tuple[str, str]]:
    status = " ".join(filter(None, (job.status.value, f"({_how_far(job)})" if _how_far(job) else "")))
    facts = [
        ("id", job.id),
        ("status", status),
        *(_asked(job.parameters, len(job.images)) if job.parameters else _worked(job)),
        ("created", f"{job.created.astimezone():%Y-%m-%d %H:%M:%S}"),
        ("attempt", str(job.attempt)),
        ("plan", str(job.plan or "")),
        ("failed", job.error.message if job.error else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _worked(job: JobView) -> list[tuple[str, str]]:
    files = [("file", f"{file.name}  {' '.join(('sha256', file.sha256) if file.sha256 else ())}") for file in job.files]
    return [(job.kind.value, _printable(_about(job))), *((name, _printable(value)) for name, value in files)]


def _asked(asked: Parameters, drawn: int) -> list[tuple[str, str]]:
    return [
        ("prompt", _printable(asked.prompt)),
        ("negative", _printable(asked.negative_prompt)),
        ("model", asked.model),
        ("size", f"{asked.width}x{asked.height}"),
        ("sampling", f"{asked.sampler}, {asked.scheduler}, {asked.steps} steps, CFG {asked.cfg_scale:g}"),
        ("seed", str(asked.seed)),
        ("pictures", f"{drawn} of {asked.batch_count}"),
    ]
