"""What the tests of the A1111 dialect share: pictures, and a call that runs while the test looks at it."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import httpx2
from PIL import Image

from tests.servers import Server

T = TypeVar("T")


class Meanwhile(Generic[T]):
    """Runs a call in a thread; `result` waits for it."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._answer: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def result(self, seconds: float = 30) -> T:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the call did not return"
        if self._error:
            raise self._error
        return self._answer  # type: ignore[return-value]

    def _run(self) -> None:
        try:
            self._answer = self._call()
        except BaseException as error:
            self._error = error


def script(**keys: Any) -> str:
    """A prompt for the scripted engine."""
    return json.dumps(keys)


def base64_of(image: Image.Image, kind: str = "PNG", **options: Any) -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return base64.b64encode(buffer.getvalue()).decode()


def image_of(text: str) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    image.load()
    return image


def newest_job(server: Server) -> dict[str, Any]:
    """The last admitted job, as the native dialect shows it."""
    jobs = server.client.get("/api/v1/jobs", params={"limit": 1}).raise_for_status().json()["jobs"]
    found: dict[str, Any] = jobs[0]
    return found


def wait_for_event(server: Server, after: int, *kinds: str) -> dict[str, Any]:
    """The first event of one of `kinds` after event number `after`."""
    return next(event for event in server.events(after=after) if event["type"] in kinds)


def last_event(server: Server) -> int:
    """The number of the newest durable event."""
    job = server.queue("to count events")
    server.wait_for(job, "completed")
    return max(int(event["id"]) for event in _ended(server, job))


def _ended(server: Server, job: str) -> list[dict[str, Any]]:
    seen = []
    for event in server.events(job, after=0):
        if "id" in event:
            seen.append(event)
        if event["type"] == "completed":
            break
    return seen


SMALL = {"width": 64, "height": 64, "steps": 4, "sampler_name": "Euler"}


RED = Image.new("RGB", (64, 64), (200, 0, 0))


def post(server: Server, path: str, **body: Any) -> httpx2.Response:
    return server.client.post(f"/sdapi/v1/{path}", json=body)


def draw(server: Server, path: str = "txt2img", **body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer, which must be 200, and its `info`."""
    answer = post(server, path, **(SMALL | body))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found, json.loads(found["info"])
