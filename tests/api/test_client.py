"""The Python clients against real servers, which die and come back on the same address."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image

import safelight
from safelight.client import Event, JobEvent, JobPreview, JobProgress
from safelight.domain.errors import (
    Cancelled,
    Conflict,
    InvalidInput,
    NotFound,
    OutOfMemory,
    QueueFull,
    SafelightError,
    Unavailable,
    Unreachable,
)
from safelight.domain.events import Progress
from safelight.domain.jobs import EventType, JobState
from tests.servers import Server, running_server, save_scripted_model, start_server, wait_until

SMALL: dict[str, Any] = {"model": "scripted", "width": 64, "height": 64, "steps": 4}


def script(**what: Any) -> str:
    """A prompt that the scripted engine plays."""
    return json.dumps(what)


@pytest.fixture
def client(server: Server) -> Iterator[safelight.Client]:
    with safelight.Client(server.url) as client:
        yield client


@pytest.fixture
async def aclient(server: Server) -> AsyncIterator[safelight.AsyncClient]:
    async with safelight.AsyncClient(server.url) as client:
        yield client


@pytest.fixture
def port() -> int:
    """A free port, for a server that is to come back on it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def in_thread(work: Callable[[], Any]) -> Iterator[list[Any]]:
    """Run `work` beside the block; its result, or what it raised, is in the list after it."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(work())
        except SafelightError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        thread.join(90)
        assert ended, "it never ended"


class AnswersLost(httpx2.HTTPTransport):
    """A network that loses the answers of the first `count` posts after they arrived."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        if request.method == "POST" and self.count:
            self.count -= 1
            response.close()
            raise httpx2.ReadError("the cable was pulled", request=request)
        return response


def test_pictures_and_what_describes_them(client: safelight.Client, server: Server) -> None:
    result = client.generate("a cat", seed=7, count=2, negative_prompt="dog", **SMALL)
    assert [(image.size, data.seed) for image, data in zip(result.images, result.metadata, strict=True)] == [
        ((64, 64), 7),
        ((64, 64), 8),
    ]
    assert result.job
    kept = [server.client.get(picture["url"]).content for picture in server.job(result.job)["images"]]
    assert result.files == kept
    assert Image.open(io.BytesIO(result.files[1])).info["parameters"] == result.metadata[1].infotext
    assert result.request.sampling.seed == 7
    assert result.request.prompts.negative == "dog"


def test_a_server_and_an_engine_in_process_give_the_same(client: safelight.Client, tmp_path: Path) -> None:
    models = save_scripted_model(tmp_path / "models").parent
    options = {name: value for name, value in SMALL.items() if name != "model"}
    with safelight.load("scripted", models_dir=models) as engine:
        here = engine.generate("a cat", seed=7, count=2, preview_every=3, **options)
    there = client.generate("a cat", seed=7, count=2, preview_every=3, **SMALL)
    assert there.request == here.request
    assert there.metadata == here.metadata
    assert there.files == here.files


def test_progress_and_previews_are_told(client: safelight.Client) -> None:
    steps: list[Progress] = []
    previews: list[tuple[int, tuple[int, int]]] = []
    client.generate(
        script(pace=0.1),
        preview_every=1,
        on_progress=steps.append,
        on_preview=lambda index, image: previews.append((index, image.size)),
        **SMALL,
    )
    assert {progress.steps for progress in steps if progress.step} == {4}
    assert previews[0] == (0, (8, 8))


def test_pictures_go_in_as_image_bytes_or_path(client: safelight.Client, tmp_path: Path) -> None:
    red = Image.new("RGB", (64, 64), "red")
    red.save(tmp_path / "red.png")
    given = (red, (tmp_path / "red.png").read_bytes(), tmp_path / "red.png", str(tmp_path / "red.png"))
    drawn = [client.generate("a cat", seed=1, init_image=image, strength=0.5, **SMALL) for image in given]
    pixels = [np.asarray(result.images[0]) for result in drawn]
    assert all(np.array_equal(picture, pixels[0]) for picture in pixels)
    assert pixels[0][0, 0, 0] > 127
    init = drawn[2].request.init
    assert init is not None
    assert init.strength == 0.5


def test_only_what_the_mask_shows_is_repainted(client: safelight.Client) -> None:
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 0, 32, 64))
    result = client.generate("a cat", init_image=Image.new("RGB", (64, 64), "red"), mask=mask, **SMALL)
    pixels = np.asarray(result.images[0].convert("RGB"))
    assert pixels[0, 63].tolist() == [255, 0, 0]
    assert pixels[0, 0].tolist() != [255, 0, 0]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"wdth": 64}, InvalidInput, "wdth"),
        ({"steps": "many"}, InvalidInput, "steps"),
        ({"width": 100}, InvalidInput, "width"),
        ({"sampler": "nonsense"}, InvalidInput, "nonsense"),
        ({"model": "nonsense"}, NotFound, "no model called"),
        ({"init_image": "nowhere.png"}, InvalidInput, "could not be read"),
        ({"init_image": b"nonsense"}, InvalidInput, "not an image"),
    ],
)
def test_what_is_wrong_is_refused(
    client: safelight.Client, given: dict[str, Any], error: type[SafelightError], message: str
) -> None:
    before = client.jobs().total
    with pytest.raises(error, match=message):
        client.generate("a cat", **(SMALL | given))
    assert client.jobs().total == before


def test_a_failure_is_the_error_it_was(client: safelight.Client) -> None:
    with pytest.raises(OutOfMemory, match="memory"):
        client.generate(script(**{"raise": "oom"}), **SMALL)
    job = client.jobs(status=["failed"], limit=1).jobs[0]
    assert job.error is not None
    assert job.error.code == "out_of_memory"


def test_jobs_are_listed_cancelled_tried_again_and_deleted(
    client: safelight.Client, server: Server, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    running = client.submit(script(wait=str(go)), seed=3, **SMALL)
    waiting = client.submit("a cat", priority=5, **SMALL)
    server.wait_for(running.id, "running")
    assert {job.id for job in client.jobs(status=["running", JobState.QUEUED]).jobs} == {running.id, waiting.id}
    assert client.job(waiting.id).queue_position == 0
    assert client.cancel(waiting.id).status is JobState.CANCELLED
    with pytest.raises(Conflict):
        client.cancel(waiting.id)
    assert client.cancel(running.id).status is JobState.CANCELLED
    assert server.job(running.id)["status"] == "cancelled"
    go.touch()
    assert client.retry(running.id).status is JobState.QUEUED
    ended = client.wait(running.id).completed()
    assert [image.size for image in client.images(running.id)] == [(64, 64)]
    assert client.files(ended) == [server.client.get(server.job(running.id)["images"][0]["url"]).content]
    client.delete(running.id)
    with pytest.raises(NotFound):
        client.job(running.id)
    assert server.client.get(f"/api/v1/jobs/{running.id}").status_code == 404
    with pytest.raises(InvalidInput, match=r"no state 'nonsense'.* queued, loading, running"):
        client.jobs(status=["nonsense"])


def test_a_cancelled_job_ends_the_call(client: safelight.Client, server: Server) -> None:
    with in_thread(lambda: client.generate(script(wait="/nowhere", marked="cancel me"), **SMALL)) as ended:
        job = wait_until(lambda: next(iter(client.jobs(status=["running"]).jobs), None))
        server.client.post(f"/api/v1/jobs/{job.id}/cancel").raise_for_status()
    assert isinstance(ended[0], Cancelled)


def test_events_of_a_job_start_with_its_first_and_end_with_it(client: safelight.Client) -> None:
    job = client.submit(script(pace=0.05), preview_every=1, **SMALL).id
    heard = list(client.events(job))
    durable = [event for event in heard if isinstance(event, JobEvent)]
    assert [event.type for event in durable] == ["queued", "loading", "running", "picture", "completed"]
    assert any(isinstance(event, JobProgress) and event.percent > 0 for event in heard)
    assert any(isinstance(event, JobPreview) for event in heard)
    assert all(event.job == job for event in heard)
    assert list(client.events(job)) == durable
    assert list(client.events(job, after=durable[2].number)) == durable[3:]
    assert list(client.events(job, after=durable[-1].number)) == []
    with pytest.raises(NotFound):
        next(client.events("nonsense"))


def test_events_of_a_job_go_on_when_it_is_tried_again(client: safelight.Client, tmp_path: Path) -> None:
    prompt = script(mark=str(tmp_path / "once"), **{"raise": "invalid"})
    job = client.submit(prompt, **SMALL).id
    with pytest.raises(InvalidInput):
        client.wait(job).completed()
    client.retry(job)
    types = [event.type for event in client.events(job) if isinstance(event, JobEvent)]
    assert types.count(EventType.QUEUED) == 2
    assert types[-1] is EventType.COMPLETED


def test_events_of_every_job_have_no_end(client: safelight.Client) -> None:
    heard: list[Event] = []
    listening = threading.Event()

    def listen() -> bool:
        for event in client.events(after=0):
            heard.append(event)
            listening.set()
            if isinstance(event, JobEvent) and event.type is EventType.COMPLETED and event.job == last:
                return True
        return False

    last = client.submit("a cat", **SMALL).id
    with in_thread(listen) as ended:
        assert listening.wait(30)
    assert ended == [True]
    assert isinstance(heard[0], JobEvent)
    assert heard[0].number == 1


def test_a_lost_answer_does_not_double_the_job(server: Server) -> None:
    with safelight.Client(server.url, transport=AnswersLost(2)) as client:
        before = client.jobs().total
        assert client.generate("a cat", **SMALL).images
        assert client.jobs().total == before + 1


def test_a_key_of_ones_own_holds_across_clients(server: Server) -> None:
    with safelight.Client(server.url) as one, safelight.Client(server.url) as other:
        assert one.submit("a cat", key="mine", **SMALL).id == other.submit("a cat", key="mine", **SMALL).id


def test_models(client: safelight.Client) -> None:
    page = client.models()
    assert {"doodle", "scripted"} <= {model.id for model in page.models}
    assert next(model for model in page.models if model.id == "scripted").architecture == "scripted"


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


def test_the_key_is_sent() -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["Authorization"])
        return httpx2.Response(401, json={"code": "unauthorized", "detail": "A wrong key.", "hint": "Ask for one."})

    client = safelight.Client("http://x", "secret", transport=httpx2.MockTransport(answer))
    with client, pytest.raises(SafelightError, match="wrong key") as caught:
        client.jobs()
    assert str(caught.value) == "A wrong key. Ask for one."
    assert caught.value.code == "unauthorized"
    assert seen == ["Bearer secret"]


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


async def test_async_pictures(aclient: safelight.AsyncClient, client: safelight.Client) -> None:
    steps: list[Progress] = []
    one, other = await asyncio.gather(
        aclient.generate("a cat", seed=7, count=2, on_progress=steps.append, **SMALL),
        aclient.generate("a cat", seed=9, **SMALL),
    )
    assert [artifact.seed for artifact in one.metadata + other.metadata] == [7, 8, 9]
    assert one.job
    assert one.files == client.files(client.job(one.job))
    assert [image.size for image in await aclient.images(one.job)] == [(64, 64), (64, 64)]


async def test_async_jobs(aclient: safelight.AsyncClient, client: safelight.Client, tmp_path: Path) -> None:
    job = (await aclient.submit(script(wait=str(tmp_path / "go")), **SMALL)).id
    async with contextlib.aclosing(aclient.events(job)) as events:
        async for event in events:
            if isinstance(event, JobEvent) and event.type is EventType.RUNNING:
                break
    assert (await aclient.cancel(job)).status is JobState.CANCELLED
    (tmp_path / "go").touch()
    await aclient.retry(job)
    assert (await aclient.wait(job)).completed() == client.job(job) == await aclient.job(job)
    assert job in {listed.id for listed in (await aclient.jobs()).jobs}
    await aclient.delete(job)
    with pytest.raises(NotFound):
        client.job(job)
    assert (await aclient.models()) == client.models()
    with pytest.raises(InvalidInput):
        await aclient.generate("a cat", wdth=1)


async def test_cancelling_the_task_cancels_the_job(aclient: safelight.AsyncClient, tmp_path: Path) -> None:
    begun = asyncio.Event()

    def progress(now: Progress) -> None:
        begun.set()

    prompt = script(at=2, wait=str(tmp_path / "go"))
    task = asyncio.create_task(aclient.generate(prompt, on_progress=progress, **SMALL))
    await asyncio.wait_for(begun.wait(), 60)
    job = next(job for job in (await aclient.jobs()).jobs if job.parameters.prompt == prompt)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await aclient.job(job.id)).status is JobState.CANCELLED


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


def test_what_the_documentation_shows_runs(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 3
    monkeypatch.chdir(tmp_path)
    with running_server(folder, model="scripted") as server:  # the model that draws when none is named
        for example in examples:
            (tmp_path / "apple.png").unlink(missing_ok=True)
            text = example.replace('"http://127.0.0.1:7860"', "").replace("Client()", f"Client({server.url!r})")
            done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            assert (tmp_path / "apple.png").exists() == ("apple.png" in example)
