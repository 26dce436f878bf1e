"""Jobs and their events as rows of their tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, insert

from safelight.domain.jobs import Job, JobEvent
from safelight.jobs.tables import events

_LOG = insert(events)


def row_of(job: Job) -> dict[str, Any]:
    """The columns that follow from a job."""
    return {
        "id": job.id,
        "owner": job.owner,
        "kind": job.kind.value,
        "priority": job.priority,
        "position": job.position,
        "state": job.state.value,
        "sequence": job.sequence,
        "created": job.created.timestamp(),
        "finished": job.finished.timestamp() if job.finished else None,
        "body": job.model_dump_json(),
    }


def jobs_of(connection: Connection, query: Select[Any]) -> list[Job]:
    """The jobs whose bodies a query selects."""
    return [Job.model_validate_json(body) for body in connection.execute(query).scalars()]


def logged(connection: Connection, event: JobEvent) -> JobEvent:
    """Store an event; return it with its number."""
    row = {"job": event.job, "owner": event.owner, "body": event.model_dump_json()}
    (number,) = connection.execute(_LOG, row).inserted_primary_key or (0,)
    return event.model_copy(update={"number": number})


def events_of(connection: Connection, query: Select[Any]) -> list[JobEvent]:
    """The events whose numbers and bodies a query selects."""
    rows = connection.execute(query)
    return [JobEvent.model_validate_json(body).model_copy(update={"number": number}) for number, body in rows]
