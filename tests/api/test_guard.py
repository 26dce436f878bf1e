"""Host and Origin: what a browser may be tricked into is refused, and programs notice nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.servers import Server, running_server

FRIEND = "https://friend.example"


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a name of its own and a friendly page."""
    settings = {"allowed_hosts": "darkroom.example", "cors_origins": FRIEND}
    with running_server(tmp_path_factory.mktemp("named"), **settings) as running:
        yield running


def code(server: Server, host: str, path: str = "/livez", **headers: str) -> int:
    return server.client.get(path, headers={"Host": host} | headers).status_code


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:7860",
        "192.168.7.9:80",
        "[::1]:7860",
        "localhost",
        "LOCALHOST:1",
        "a.localhost",
        "localhost.",
        socket.gethostname(),
        "darkroom.example",
        "Darkroom.Example:443",
    ],
)
def test_names_that_are_ours(named: Server, host: str) -> None:
    assert code(named, host) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:7860", "a b", "x@localhost"],
)
def test_names_that_are_not_ours(named: Server, host: str) -> None:
    assert code(named, host) == 421


def test_a_refused_name_says_what_to_do(server: Server) -> None:
    answer = server.client.get("/api/v1/jobs", headers={"Host": "darkroom.example"})
    assert answer.json()["code"] == "misdirected_request"
    assert "allowed_hosts" in answer.json()["hint"]


def post(server: Server, origin: str, host: str | None = None) -> int:
    """A post that would cancel every job, from a page of `origin`."""
    headers = {"Origin": origin} | ({"Host": host} if host else {})
    return server.client.post("/api/v1/jobs/x/cancel", headers=headers).status_code


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:1", "https://127.0.0.1", "http://[", "", "file://"]
)
def test_pages_from_elsewhere_change_nothing(server: Server, origin: str) -> None:
    assert post(server, origin) == 403


def test_the_own_page_may(server: Server) -> None:
    assert post(server, server.url) == 404
    assert post(server, "http://localhost", "localhost") == 404
    assert post(server, "http://localhost:80", "localhost") == 404
    assert post(server, "https://localhost", "localhost") == 403


def test_a_cross_site_post_draws_nothing(server: Server) -> None:
    before = server.client.get("/api/v1/jobs").json()["total"]
    body = {"prompt": "x", "model": "scripted", "wait": False}
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        assert server.client.post("/api/v1/generate", json=body, headers=headers).is_error
    assert server.client.get("/api/v1/jobs").json()["total"] == before


def test_looking_needs_no_origin_of_ours_but_no_page_gets_to_read_it(server: Server) -> None:
    answer = server.client.get("/api/v1/jobs", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    preflight = server.client.options("/api/v1/generate", headers=asking)
    assert "access-control-allow-origin" not in preflight.headers


def test_a_configured_origin_may(named: Server) -> None:
    asking = {
        "Origin": FRIEND,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = named.client.options("/api/v1/generate", headers=asking)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == FRIEND
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    answer = named.client.post("/api/v1/jobs/x/cancel", headers={"Origin": FRIEND})
    assert answer.status_code == 404
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert post(named, "https://evil.example") == 403
    stranger = named.client.get("/livez", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


async def test_pages_from_elsewhere_can_not_listen(server: Server) -> None:
    address = server.url.replace("http", "ws") + "/api/v1/events/ws"
    with pytest.raises(InvalidStatus) as refused:
        await connect(address, origin=Origin("https://evil.example"), proxy=None)
    assert refused.value.response.status_code == 403
    async with connect(address, origin=Origin(server.url), proxy=None) as listening:
        await asyncio.wait_for(await listening.ping(), 10)
