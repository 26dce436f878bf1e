"""The Python clients against a real server."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import subprocess
import sys
import threading
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
    SafelightError,
)
from safelight.domain.events import Progress
from safelight.domain.jobs import EventType, JobState
from tests.api.client.calls import SMALL, in_thread, script
from tests.servers import Server, running_server, save_scripted_model, wait_until


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


def test_models(client: safelight.Client) -> None:
    page = client.models()
    assert {"doodle", "scripted"} <= {model.id for model in page.models}
    assert next(model for model in page.models if model.id == "scripted").architecture == "scripted"


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
    job = next(job for job in (await aclient.jobs()).jobs if job.drawing.prompt == prompt)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await aclient.job(job.id)).status is JobState.CANCELLED


def test_what_the_documentation_shows_runs(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[3] / "docs" / "client.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 4
    monkeypatch.chdir(tmp_path)
    with running_server(folder, model="scripted") as server:  # the model that draws when none is named
        for example in examples:
            (tmp_path / "apple.png").unlink(missing_ok=True)
            text = example.replace('"http://127.0.0.1:7860"', "").replace("Client()", f"Client({server.url!r})")
            done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            assert (tmp_path / "apple.png").exists() == ("apple.png" in example)
