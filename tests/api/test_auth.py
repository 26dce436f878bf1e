"""Keys on every path of a running server, and the refusal to listen to the world without one."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from safelight.server.auth.callers import Scope
from safelight.server.auth.keyfile import KeyFile
from tests.servers import Server, running_server, start_server

PUBLIC = {"/", "/health", "/livez", "/readyz"} | {
    f"{prefix}/{path}"
    for prefix in ("/api", "/api/v1")
    for path in ("health", "version", "status", "auth/login", "auth/refresh", "auth/logout")
}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - to see it refused
READ, DRAW, ADMIN = "reader-0123456789", "drawer-0123456789", "admin-0123456789"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a key of every scope."""
    keys = f"rita:read:{READ},gus:generate:{DRAW},{ADMIN}"
    with running_server(tmp_path_factory.mktemp("locked"), api_keys=keys) as running:
        yield running


def ask(server: Server, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx2.Response:
    return server.client.request(method, path, headers=headers, **more)


def local(server: Server, path: str) -> str:
    """The address of a path of a server that listens on every address."""
    return f"http://127.0.0.1:{server.url.rpartition(':')[2]}{path}"


def test_no_path_but_the_public_ones_answers_a_stranger(locked: Server) -> None:
    document = ask(locked, "GET", "/api/v1/openapi.json", bearer(READ)).json()
    calls = [(method, path) for path, methods in document["paths"].items() for method in methods]
    calls += [("get", "/nope"), ("get", "/api/v1/openapi.json"), ("get", "/socket.io/"), ("post", "/api/jobs/x/cancel")]
    assert len(calls) > 20
    open_ = {path for method, path in calls if ask(locked, method, re.sub("{.*?}", "x", path)).status_code != 401}
    assert open_ <= PUBLIC


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_public_paths_answer_a_stranger(locked: Server, path: str) -> None:
    method = "POST" if "/auth/" in path else "GET"
    assert ask(locked, method, path).status_code == (501 if method == "POST" else 200)


@pytest.mark.parametrize(
    ("headers", "auth"),
    [
        (bearer(READ), None),
        ({"X-API-Key": READ}, None),
        ({}, ("anybody", READ)),
        ({}, (READ, "")),
        ({"Authorization": "Basic", "X-API-Key": READ}, None),
    ],
)
def test_a_key_comes_in_any_of_three_ways(
    locked: Server, headers: dict[str, str], auth: tuple[str, str] | None
) -> None:
    for path in ("me", "profile"):
        answer = ask(locked, "GET", f"/api/v1/auth/{path}", headers, auth=auth)
        assert answer.json() == {"name": "rita", "scope": "read", "scopes": ["read"]}


def test_a_key_in_the_address_is_none(locked: Server) -> None:
    assert ask(locked, "GET", f"/api/v1/auth/me?api_key={READ}").status_code == 401


@pytest.mark.parametrize(
    ("secret", "scopes"),
    [(READ, ["read"]), (DRAW, ["read", "generate"]), (ADMIN, ["read", "generate", "admin"])],
)
def test_scopes(locked: Server, secret: str, scopes: list[str]) -> None:
    answer = ask(locked, "GET", "/api/v1/auth/validate", bearer(secret))
    assert answer.json()["scopes"] == scopes
    may_draw = ask(locked, "POST", "/api/v1/generate", bearer(secret), json={"prompt": "x", "steps": 0})
    assert may_draw.status_code == (422 if "generate" in scopes else 403)
    may_change = ask(locked, "POST", "/api/v1/queue/pause", bearer(secret))
    assert may_change.status_code == (200 if "admin" in scopes else 403)


def test_jobs_belong_to_their_key(locked: Server) -> None:
    body = {"prompt": "x", "model": "scripted", "width": 64, "height": 64, "steps": 1, "wait": False}
    job = ask(locked, "POST", "/api/v1/generate", bearer(DRAW), json=body).json()["job_id"]
    codes = {who: ask(locked, "GET", f"/api/v1/jobs/{job}", bearer(who)).status_code for who in (DRAW, READ, ADMIN)}
    assert codes == {DRAW: 200, READ: 404, ADMIN: 200}
    assert ask(locked, "POST", f"/api/v1/jobs/{job}/cancel", bearer(READ)).status_code == 403


def test_only_an_admin_passes_the_jobs_of_others(locked: Server) -> None:
    def queue(secret: str, priority: int = 0) -> httpx2.Response:
        body = {"prompt": "x", "model": "scripted", "width": 64, "height": 64, "wait": False, "priority": priority}
        return ask(locked, "POST", "/api/v1/generate", bearer(secret), json=body)

    def move(secret: str, job: str, **body: int) -> int:
        return ask(locked, "POST", f"/api/v1/jobs/{job}/move", bearer(secret), json=body).status_code

    def waiting() -> list[str]:
        queued = ask(locked, "GET", "/api/v1/queue/status", bearer(ADMIN)).json()["queued"]
        return [job["job_id"] for job in queued]

    ask(locked, "POST", "/api/v1/queue/pause", bearer(ADMIN)).raise_for_status()
    ask(locked, "POST", "/api/v1/queue/clear", bearer(ADMIN)).raise_for_status()
    try:
        assert queue(DRAW, priority=1).status_code == 403
        others, first, second = (queue(secret).json()["job_id"] for secret in (ADMIN, DRAW, DRAW))
        assert move(DRAW, second, priority=1) == 403
        assert move(DRAW, second, place=0) == 403
        assert waiting() == [others, first, second]
        assert move(DRAW, second, place=1) == 200
        assert waiting() == [others, second, first]
        assert move(DRAW, second, priority=-1) == move(DRAW, second, priority=0) == 200
        assert move(ADMIN, first, place=0) == 200
        assert waiting() == [first, others, second]
        assert move(ADMIN, second, priority=1) == 200
        assert waiting() == [second, first, others]
        assert queue(ADMIN, priority=2).status_code == 202
    finally:
        ask(locked, "POST", "/api/v1/queue/clear", bearer(ADMIN))
        ask(locked, "POST", "/api/v1/queue/resume", bearer(ADMIN))


def test_who_draws_may_load_a_model_and_only_an_admin_unload_it(locked: Server) -> None:
    def loaded() -> bool:
        models = ask(locked, "GET", "/api/v1/models", bearer(READ)).json()["models"]
        return next(bool(model["loaded"]) for model in models if model["id"] == "scripted")

    ask(locked, "POST", "/sdapi/v1/options", bearer(ADMIN), json={"sd_model_checkpoint": "scripted"})
    batch: dict[str, Any] = {"models": ["scripted"]}
    loads: list[tuple[str, dict[str, Any]]] = [
        ("/api/v1/models/scripted/load", {}),
        ("/api/v1/models/batch", batch | {"operation": "load"}),
    ]
    unloads: list[tuple[str, dict[str, Any]]] = [
        ("/api/v1/models/scripted/unload", {}),
        ("/api/v1/models/batch", batch | {"operation": "unload"}),
        ("/sdapi/v1/unload-checkpoint", {}),
    ]
    for path, body in loads:
        assert ask(locked, "POST", path, bearer(READ), json=body).status_code == 403
    for path, body in unloads:
        assert ask(locked, "POST", "/api/v1/models/scripted/load", bearer(DRAW)).status_code == 200
        assert ask(locked, "POST", path, bearer(DRAW), json=body).status_code == 403
        assert loaded()
        assert ask(locked, "POST", path, bearer(ADMIN), json=body).status_code == 200
        assert not loaded()
    path, body = loads[1]
    ask(locked, "POST", path, bearer(DRAW), json=body).raise_for_status()
    assert loaded()


def test_a_wrong_key_is_slow_and_logged_without_itself(locked: Server) -> None:
    answer = ask(locked, "GET", "/api/v1/jobs", bearer("wrong-0123456789"))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.elapsed.total_seconds() >= 0.5
    assert "wrong-0123456789" not in answer.text + "".join(locked.log)
    assert any("a wrong API key came from 127.0.0.1" in line for line in locked.log)
    assert ask(locked, "GET", "/sdapi/v1/options").headers["www-authenticate"].startswith("Basic")


async def test_a_stranger_can_not_listen(locked: Server) -> None:
    address = locked.url.replace("http", "ws") + "/api/v1/events/ws"
    with pytest.raises(InvalidStatus) as refused:
        await connect(address, proxy=None)
    assert refused.value.response.status_code == 401
    async with connect(address, additional_headers=bearer(READ), proxy=None) as listening:
        await asyncio.wait_for(await listening.ping(), 10)


def test_a_running_server_takes_and_drops_keys_of_the_command_line(folder: Path) -> None:
    def keys(*arguments: str) -> str:
        command = [sys.executable, "-m", "safelight", "keys", *arguments, "--data-dir", str(folder / "data")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with running_server(folder) as server:
        assert ask(server, "GET", "/api/v1/auth/me").json()["name"] == ""
        secret = keys("add", "ann", "--scope", "admin")
        assert ask(server, "GET", "/api/v1/auth/me").status_code == 401
        assert ask(server, "GET", "/api/v1/auth/me", bearer(secret)).json()["name"] == "ann"
        assert keys("list").split("\t")[:2] == ["ann", "admin"]
        keys("remove", "ann")
        assert ask(server, "GET", "/api/v1/auth/me", bearer(secret)).status_code == 401
        assert ask(server, "GET", "/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize("host", [EVERYWHERE, "::"])
def test_a_server_for_everyone_needs_a_key(folder: Path, host: str) -> None:
    with pytest.raises(RuntimeError, match=r"exit code 2.*no API key.*safelight keys add NAME"):
        start_server(folder, "--host", host)
    assert not (folder / "data" / "jobs.sqlite3").exists()


def test_a_server_for_everyone_starts_with_a_key_or_when_told_so(folder: Path) -> None:
    with running_server(folder, "--host", EVERYWHERE, "--insecure") as server:
        assert httpx2.get(local(server, "/livez"), trust_env=False).status_code == 200
    KeyFile(folder / "data").add("ann", Scope.READ)
    with running_server(folder, "--host", EVERYWHERE) as server:
        address = local(server, "/api/v1/jobs")
        assert httpx2.get(address, trust_env=False).status_code == 401


def test_a_private_server_heeds_the_keys_of_its_data_folder(folder: Path) -> None:
    secret = KeyFile(folder / "data").add("ann", Scope.READ)
    with running_server(folder, "--private") as server:
        assert ask(server, "GET", "/api/v1/jobs").status_code == 401
        assert ask(server, "GET", "/api/v1/jobs", bearer(secret)).status_code == 200
