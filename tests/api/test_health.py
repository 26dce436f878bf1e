"""Every state of a server, and the code that probes get for it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from safelight.domain.errors import WorkerDied
from safelight.domain.jobs import EventType, JobError, JobEvent, JobState
from safelight.jobs.service import JobService, open_jobs
from safelight.server.app import begin, create_app
from safelight.server.health import State
from safelight.settings import load_settings
from safelight.version import __version__
from tests.servers import Server

CODES = {"starting": 503, "ready": 200, "paused": 200, "degraded": 503, "stopping": 503}
Change = Callable[[JobService, Path], Awaitable[None]]


async def leave(jobs: JobService, folder: Path) -> None:
    """Nothing happens."""


async def pause(jobs: JobService, folder: Path) -> None:
    jobs.dispatcher.pause()


async def damage(jobs: JobService, folder: Path) -> None:
    """Somebody else spoils the database."""
    with sqlite3.connect(folder / "jobs.sqlite3") as database:
        database.execute("DROP TABLE jobs")
    database.close()


async def keep_dying(jobs: JobService, folder: Path) -> None:
    for _ in range(3):
        jobs.hub.tell(ended(EventType.FAILED, JobError.of(WorkerDied("It died."))))


async def die_and_recover(jobs: JobService, folder: Path) -> None:
    await keep_dying(jobs, folder)
    jobs.hub.tell(ended(EventType.COMPLETED, None))


async def stop(jobs: JobService, folder: Path) -> None:
    await jobs.stop()


def ended(type_: EventType, error: JobError | None) -> JobEvent:
    state = JobState(type_.value)
    return JobEvent(
        type=type_, job="x", owner="", sequence=3, at=datetime.now(UTC), state=state, attempt=1, error=error
    )


@asynccontextmanager
async def asking(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def test_every_state_has_a_code() -> None:
    assert {state.value: state.code for state in State} == CODES


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (leave, "ready"),
        (pause, "paused"),
        (damage, "degraded"),
        (keep_dying, "degraded"),
        (die_and_recover, "ready"),
        (stop, "stopping"),
    ],
)
async def test_probes_tell_the_state(change: Change, state: str, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    app = create_app(settings)
    async with open_jobs(settings) as jobs, asking(app) as client:
        begin(app, jobs)
        await change(jobs, tmp_path)
        for path in ("/readyz", "/api/v1/health", "/api/health"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["status"]) == (CODES[state], state)
        tutorial = await client.get("/health")
        assert tutorial.status_code == CODES[state]
        assert tutorial.json()["status"] == ("healthy" if CODES[state] == 200 else state)
        assert (await client.get("/livez")).status_code == 200


async def test_before_the_queue_is_open_the_server_is_starting(tmp_path: Path) -> None:
    async with asking(create_app(load_settings(data_dir=tmp_path))) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "starting")
        assert (await client.get("/livez")).status_code == 200


def test_the_address_of_the_ready_line_answers(server: Server) -> None:
    card = server.client.get("/")
    assert card.json() == {"name": "safelight", "version": __version__, "docs": "/api/v1/openapi.json"}
    paths = server.client.get(card.json()["docs"]).json()["paths"]
    assert set(paths["/"]) == {"get"}
    tried = server.client.head("/")
    assert (tried.status_code, tried.content) == (200, b"")
    assert server.client.post("/").status_code == 405


def test_the_tutorials_health_knows_the_loaded_model(server: Server) -> None:
    assert server.client.get("/health").json() == {"status": "healthy", "model_loaded": False, "device": "unknown"}
    server.draw()
    assert server.client.get("/health").json() == {"status": "healthy", "model_loaded": True, "device": "cpu"}
