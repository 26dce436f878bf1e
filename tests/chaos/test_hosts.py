"""Hosts that answer nonsense: a download ends with a typed error or with the right file, and leaves nothing wrong."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from safelight.catalog.downloads.download import download
from safelight.domain.errors import SafelightError
from safelight.domain.work import DownloadRequest
from safelight.settings import Settings, load_settings
from tests.chaos.conftest import Counts
from tests.hosts import COMMIT
from tests.unit.downloads.conftest import lora

DATA = lora(16)
SHA256 = hashlib.sha256(DATA).hexdigest()
HEADERS = (
    *("ETag", "Content-Length", "Content-Range", "Content-Type", "Content-Encoding", "Location", "Retry-After"),
    *("X-Linked-ETag", "X-Error-Code", "Content-Disposition", "Transfer-Encoding", "Last-Modified", "Set-Cookie"),
)
VALUES = (
    *("", "0", "-1", "99999999999999999999", "a" * 9000, "é", "\xff\xfe", '"x"', 'W/"x"', SHA256, "GatedRepo"),
    *("bytes 0-1/2", "bytes */5", "bytes 5-2/1", "gzip", "chunked", "text/html"),
    *("/loop", "//", "http://10.0.0.1/", "https://[::1", "file:///etc/passwd"),
    *('attachment; filename="../../x.safetensors"', "attachment; filename*=UTF-8''%ff%fe"),
)


def told() -> bytes:
    sibling = {"rfilename": "a.safetensors", "size": len(DATA), "lfs": {"size": 1, "sha256": SHA256, "pointerSize": 1}}
    return json.dumps({"id": "o/r", "sha": COMMIT, "siblings": [sibling], "gated": False}).encode()


def mutated(chance: random.Random, body: bytes) -> bytes:
    """An answer with something wrong in its status, its headers or its body, or a right one."""
    headers = {"Content-Length": str(len(body)), "Retry-After": "0"}
    if chance.random() < 0.4:  # right, so that more than beginnings are seen
        return answer_of(200, headers, body)
    status = chance.choice((200, 200, 200, 206, 204, 302, 304, 400, 401, 404, 416, 418, 429, 500, 503, 999, 0))
    for _ in range(chance.randrange(4)):
        headers[chance.choice(HEADERS)] = chance.choice(VALUES)
    data = bytearray(body)
    for _ in range(chance.randrange(3)):
        place = chance.randrange(len(data))
        data[place : place + chance.randrange(1, 40)] = chance.randbytes(chance.randrange(40))
    answer = bytearray(answer_of(status, headers, bytes(data)))
    if chance.random() < 0.1:
        answer[chance.randrange(30)] = chance.randrange(256)
    return bytes(answer[: chance.randrange(len(answer))]) if chance.random() < 0.1 else bytes(answer)


def answer_of(status: int, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + body


@asynccontextmanager
async def confused(chance: random.Random) -> AsyncIterator[str]:
    """A host whose answers are mutated; yields its address."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(mutated(chance, told() if b" /api/" in head else DATA))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.timeout(3600)
async def test_nonsense_is_a_typed_error_or_the_right_file(tmp_path: Path, count: Counts) -> None:
    chance = random.Random(7)  # noqa: S311
    ends: dict[str, int] = {}
    async with confused(chance) as address:
        settings = settings_for(address, tmp_path)
        for number in range(count(60, 1000)):
            source = "hf:o/r" if number % 2 else f"http://{address}/{number}.safetensors"
            request = DownloadRequest(source=source, name=f"{number}.safetensors", sha256=SHA256)
            try:
                async with asyncio.timeout(20):
                    (file,) = await download(request, settings, lambda progress: None)
                end = "fetched"
                assert file.sha256 == SHA256
            except SafelightError as error:
                end = error.code
            ends[end] = ends.get(end, 0) + 1
    print(ends)
    assert ends["fetched"] > 5 and len(ends) > 4, ends
    landed = [path for path in tmp_path.rglob("*.safetensors") if ".downloads" not in path.parts]
    assert all(path.read_bytes() == DATA for path in landed) and len(landed) == ends["fetched"]
    assert {path.parent for path in landed} == {tmp_path / "models" / "lora"}


def settings_for(address: str, folder: Path) -> Settings:
    return load_settings(
        download_hosts=(address,),
        hf_endpoint=f"http://{address}",
        models_dir=folder / "models",
        download_tries=3,
        download_retry_seconds=0.0,
        download_stall_seconds=0.1,
    )
