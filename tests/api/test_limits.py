"""What a request's body may cost."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from safelight.server.limits import BodyLimit, keep_uploads_in_memory
from tests.servers import Server, running_server

LIMIT = 2**20


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes bodies of 1 MiB."""
    with running_server(tmp_path_factory.mktemp("small"), max_body_bytes=LIMIT) as running:
        yield running


def pieces(total: int) -> Iterator[bytes]:
    for _ in range(total // 2**16):
        yield b"x" * 2**16


@pytest.mark.parametrize("content", [b"x" * (LIMIT + 1), pieces(64 * LIMIT)], ids=["announced", "chunked"])
def test_too_large_a_body_is_refused(small: Server, content: bytes | Iterator[bytes]) -> None:
    headers = {"Content-Type": "application/json"}
    answer = small.client.post("/api/v1/generate", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "max_body_bytes" in answer.json()["hint"]
    assert small.client.get("/livez").status_code == 200


def test_a_large_body_is_refused_before_it_is_sent(small: Server) -> None:
    """The client announces 50 GiB and sends nothing of them."""
    where = urlsplit(small.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        line.sendall(b"POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 53687091200\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 413"


def test_large_bodies_leave_no_memory_behind(small: Server) -> None:
    def ask() -> None:
        headers = {"Content-Type": "application/json"}
        small.client.post("/api/v1/generate", content=pieces(64 * LIMIT), headers=headers)

    ask()
    process = psutil.Process(small.process.pid)
    before = process.memory_info().rss
    for _ in range(3):
        ask()
    assert process.memory_info().rss - before < 16 * LIMIT


@pytest.mark.parametrize("body", ["[" * 100_000, '{"prompt":' + "[" * 100_000, '{"prompt":' * 900 + "1" + "}" * 900])
@pytest.mark.parametrize("path", ["/api/v1/generate", "/generate", "/v1/images/generations", "/sdapi/v1/txt2img"])
def test_nesting_is_no_way_in(small: Server, path: str, body: str) -> None:
    answer = small.client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert small.client.get("/livez").status_code == 200


async def read(request: Request) -> Response:
    return JSONResponse(len(await request.body()))


async def spool(request: Request) -> Response:
    """Whether the uploaded file was moved to the disk."""
    async with request.form() as form:
        upload = form["image"]
        assert not isinstance(upload, str)
        return JSONResponse({"bytes": upload.size, "on_disk": bool(getattr(upload.file, "_rolled", True))})


def limited(grace: float = 30, limit: int = LIMIT) -> httpx2.AsyncClient:
    routes = [Route("/", read, methods=["POST"]), Route("/form", spool, methods=["POST"])]
    app = BodyLimit(Starlette(routes=routes), limit, grace)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost")


async def test_a_body_that_never_ends_is_given_up() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    async with limited(grace=0.2) as client:
        answer = await client.post("/", content=never())
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")


async def test_bodies_together_are_bounded_and_let_go_of() -> None:
    waiting = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        await waiting.wait()

    async with limited(limit=1000) as client:
        held = [asyncio.create_task(client.post("/", content=slow())) for _ in range(4)]
        while (await client.post("/", content=b"x" * 1000)).status_code != 503:
            await asyncio.sleep(0)
        waiting.set()
        assert [answer.status_code for answer in await asyncio.gather(*held)] == [200] * 4
        assert (await client.post("/", content=b"x" * 1000)).json() == 1000


async def test_uploads_stay_in_memory() -> None:
    keep_uploads_in_memory(8 * LIMIT)
    async with limited(limit=8 * LIMIT) as client:
        answer = await client.post("/form", files={"image": io.BytesIO(b"x" * 6 * LIMIT)})
    assert answer.json() == {"bytes": 6 * LIMIT, "on_disk": False}
