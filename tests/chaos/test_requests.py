"""Thousands of malformed requests over all dialects: no answer blames the server, and memory does not grow."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import httpx2
import psutil

from safelight.server.orders import GenerateBody
from tests.chaos.conftest import Counts
from tests.servers import Server

_PATHS = (
    ("POST", "/api/v1/generate"),
    ("POST", "/api/generate/img2img"),
    ("POST", "/api/v1/generate/inpainting"),
    ("POST", "/api/v1/validate"),
    ("POST", "/api/v1/estimate"),
    ("POST", "/api/v1/queue/cancel"),
    ("GET", "/api/v1/jobs"),
    ("GET", "/api/v1/events"),
    ("POST", "/api/v1/image/resize"),
    ("POST", "/api/v1/models/hash"),
    ("POST", "/v1/images/generations"),
    ("POST", "/v1/images/edits"),
    ("POST", "/sdapi/v1/txt2img"),
    ("POST", "/sdapi/v1/img2img"),
    ("POST", "/sdapi/v1/options"),
    ("POST", "/sdapi/v1/png-info"),
    ("POST", "/sdapi/v1/extra-single-image"),
    ("POST", "/generate"),
    ("GET", "/socket.io/"),
)
_WAITING = ("/api/v1/generate", "/v1/images/generations", "/sdapi/v1/txt2img", "/generate")
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 2**70, 1.5, "", "x" * 5000, "\0", "\ud83d", "../../etc/passwd", [], [[]], {}, {"a": {}},
    "data:image/png;base64,AAAA", "iVBORw0KGgo=", float("nan"), "file:///etc/passwd", "http://127.0.0.1/x", ["x"] * 50,
)  # fmt: skip
_OTHERS = (
    "size",
    "n",
    "n_iter",
    "init_images",
    "override_settings",
    "response_format",
    "stream",
    "partial_images",
    "models",
    "operation",
    "upscaling_resize",
    "job_id",
    "image",
    "",
)
_NAMES = (*GenerateBody.model_fields, *_OTHERS)
_BODIES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'"x"',
    b"{" * 3000,
    b"[" * 100_000,
    b'{"prompt":"\\ud800"}',
    b"\0" * 99,
)
_FAILED, _NOT_BUILT = 500, 501


def test_malformed_requests_are_refused_and_forgotten(start: Callable[..., Server], count: Counts) -> None:
    server = start(queue_limit=5)
    server.client.post("/api/v1/queue/pause")
    chance = random.Random(5)  # noqa: S311
    for _ in range(200):
        _send(server, chance)
    before = psutil.Process(server.process.pid).memory_info().rss
    wrong = [bad for bad in (_send(server, chance) for _ in range(count(600, 10_000))) if bad]
    assert not wrong, wrong[:5]
    grown = psutil.Process(server.process.pid).memory_info().rss - before
    print(f"memory grew by {grown / 2**20:.1f} MB")
    assert grown < 30 * 2**20
    assert server.client.get("/api/v1/jobs").status_code == 200


def _send(server: Server, chance: random.Random) -> str | None:
    """Send one malformed request; return what was wrong with the answer."""
    method, path = chance.choice(_PATHS)
    headers = {"content-type": chance.choice(["application/json", "multipart/form-data; boundary=x", "text/plain", ""])}
    if chance.random() < 0.2:
        headers["Last-Event-ID"] = chance.choice(["-1", "x", "9" * 40])
    if chance.random() < 0.5:
        content = chance.choice(_BODIES)
    else:
        content = _json({chance.choice(_NAMES): chance.choice(_VALUES) for _ in range(chance.randrange(1, 6))})
    query = (
        {chance.choice(_NAMES): str(chance.choice(_VALUES))[:200].encode(errors="replace")}
        if chance.random() < 0.3
        else {}
    )
    try:
        with server.client.stream(
            method, path, content=content, headers=headers, params=query, timeout=2 if path in _WAITING else 20
        ) as answer:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return None
            answer.read()
    except httpx2.ReadTimeout:
        if path in _WAITING:  # some of these are right after all, and wait for the paused queue
            return None
        return f"{method} {path} {content[:80]!r} waited"
    if answer.status_code >= _FAILED and answer.status_code != _NOT_BUILT:
        return f"{method} {path} {content[:200]!r} {query}: {answer.text[:300]}"
    return None


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
