"""The Python clients where servers die, come back, are full, or are none."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest

import safelight
from safelight.client import JobEvent
from safelight.domain.errors import (
    InvalidInput,
    NotFound,
    QueueFull,
    SafelightError,
    Unavailable,
    Unreachable,
)
from safelight.domain.events import Progress
from safelight.domain.jobs import EventType
from tests.api.client.calls import SMALL, AnswersLost, in_thread, script
from tests.servers import Server, start_server, wait_until


def test_a_lost_answer_does_not_double_the_job(server: Server) -> None:
    with safelight.Client(server.url, transport=AnswersLost(2)) as client:
        before = client.jobs().total
        assert client.generate("a cat", **SMALL).images
        assert client.jobs().total == before + 1


def test_a_key_of_ones_own_holds_across_clients(server: Server) -> None:
    with safelight.Client(server.url) as one, safelight.Client(server.url) as other:
        assert one.submit("a cat", key="mine", **SMALL).id == other.submit("a cat", key="mine", **SMALL).id


def test_nothing_there_is_told_at_once(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    with safelight.Client(url) as client:
        for call in (client.jobs, lambda: client.generate("a cat"), lambda: next(client.events()), client.models):
            with pytest.raises(Unreachable, match=rf"No server answers at {url} .*safelight serve"):
                call()


@pytest.mark.parametrize("url", ["localhost:7860", "nonsense", "http://", "ftp://x", "http://[::1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="is not a server's address"):
        safelight.Client(url)


def test_something_else_that_answers_is_no_server() -> None:
    answers = {"/api/v1/events": httpx2.Response(200, text="<html>"), "/api/v1/models": httpx2.Response(404, text="no")}
    other = httpx2.MockTransport(lambda request: answers.get(request.url.path, httpx2.Response(200, text="<html>")))
    with safelight.Client("http://x", transport=other) as client:
        with pytest.raises(SafelightError, match="not one that a Safelight server gives"):
            client.jobs()
        with pytest.raises(NotFound, match="answered with status 404"):
            client.models()
        with pytest.raises(SafelightError, match="does not speak as a Safelight server does"):
            next(client.events())


def test_what_a_newer_server_says_beyond_is_passed_over(client: safelight.Client, server: Server) -> None:
    job = server.draw()
    newer = job | {"mood": "good", "plan": job["plan"] | {"threads": 4}}
    future = httpx2.MockTransport(lambda request: httpx2.Response(200, json=newer))
    with safelight.Client("http://x", transport=future) as other:
        assert other.job("x") == client.job(job["job_id"])


def test_a_full_queue_says_when_to_ask_again(folder: Path) -> None:
    server = start_server(folder, queue_limit=1)
    try:
        with safelight.Client(server.url) as client:
            running = client.submit(script(wait=str(folder / "go")), **SMALL)
            server.wait_for(running.id, "running")
            client.submit("a cat", **SMALL)
            with pytest.raises(QueueFull, match="no more are admitted") as caught:
                client.generate("a cat", **SMALL)
            assert caught.value.retry_after > 0
    finally:
        server.kill()


def test_a_call_outlives_the_server_it_was_made_to(folder: Path, port: int) -> None:
    server = start_server(folder, "--port", str(port))
    phases: list[Progress] = []
    drawing = threading.Event()

    def progress(now: Progress) -> None:
        phases.append(now)
        if now.step:
            drawing.set()

    prompt = script(at=2, wait=str(folder / "go"))
    with safelight.Client(server.url) as client:
        with in_thread(lambda: client.generate(prompt, seed=5, on_progress=progress, **SMALL)) as ended:
            assert drawing.wait(60)
            server.kill()
            (folder / "go").touch()
            server = start_server(folder, "--port", str(port))
        try:
            result = ended[0]
            assert isinstance(result, safelight.Result), result
            assert result.metadata[0].seed == 5
            page = client.jobs()
            assert [job.id for job in page.jobs] == [result.job]
            assert page.jobs[0].attempt == 2
            assert result.files == client.files(page.jobs[0])
        finally:
            server.kill()


def test_a_listener_misses_nothing_of_a_restart(folder: Path, port: int) -> None:
    server = start_server(folder, "--port", str(port), stop_seconds=0.5)
    heard: list[JobEvent] = []
    begun = threading.Event()

    def listen(client: safelight.Client, job: str) -> bool:
        for event in client.events(job):
            if isinstance(event, JobEvent):
                heard.append(event)
            if heard[-1].type is EventType.RUNNING:
                begun.set()
        return True

    with safelight.Client(server.url) as client:
        job = client.submit(script(wait=str(folder / "go")), **SMALL).id
        with in_thread(lambda: listen(client, job)):
            assert begun.wait(60)
            assert server.stop() in (0, -signal.SIGTERM)
            (folder / "go").touch()
            server = start_server(folder, "--port", str(port))
    try:
        assert [event.sequence for event in heard] == list(range(1, len(heard) + 1))
        assert [event.type for event in heard].count(EventType.QUEUED) == 2
        assert heard[-1].type is EventType.COMPLETED
    finally:
        server.kill()


def test_a_server_that_stays_away_ends_the_call(folder: Path) -> None:
    server = start_server(folder)
    with safelight.Client(server.url, patience=0.5) as client:
        prompt = script(wait=str(folder / "go"))
        with in_thread(lambda: client.generate(prompt, **SMALL)) as ended:
            job = wait_until(lambda: next(iter(server.client.get("/api/v1/jobs").json()["jobs"]), None))
            server.wait_for(job["job_id"], "running")
            server.kill()
    assert isinstance(ended[0], Unavailable)
    assert job["job_id"] in str(ended[0])


def test_ctrl_c_cancels_the_job(server: Server, folder: Path) -> None:
    folder.mkdir()
    code = (
        "import safelight, sys\n"
        "with safelight.Client(sys.argv[1]) as client:\n"
        "    client.generate(sys.argv[2], model='scripted', width=64, height=64, steps=4)\n"
    )
    prompt = script(wait=str(folder / "go"))
    command = [sys.executable, "-c", code, server.url, prompt]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        job = wait_until(
            lambda: next(
                (
                    j
                    for j in server.client.get("/api/v1/jobs?status=running").json()["jobs"]
                    if j["parameters"]["prompt"] == prompt
                ),
                None,
            ),
            60,
        )
        os.kill(process.pid, signal.SIGINT)
    assert process.returncode == -signal.SIGINT
    assert server.job(job["job_id"])["status"] == "cancelled"


async def test_an_async_call_outlives_the_server(folder: Path, port: int) -> None:
    server = await asyncio.to_thread(start_server, folder, "--port", str(port))
    drawing = asyncio.Event()

    def progress(now: Progress) -> None:
        if now.step:
            drawing.set()

    async with safelight.AsyncClient(server.url) as client:
        prompt = script(at=2, wait=str(folder / "go"))
        task = asyncio.create_task(client.generate(prompt, seed=5, on_progress=progress, **SMALL))
        await asyncio.wait_for(drawing.wait(), 60)
        await asyncio.to_thread(server.kill)
        (folder / "go").touch()
        server = await asyncio.to_thread(start_server, folder, "--port", str(port))
        try:
            result = await asyncio.wait_for(task, 60)
            assert result.metadata[0].seed == 5
            assert (await client.jobs()).total == 1
        finally:
            server.kill()


async def test_nothing_there_is_told_at_once_async(port: int) -> None:
    async with safelight.AsyncClient(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(Unreachable):
            await client.generate("a cat")
