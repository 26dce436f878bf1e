"""Servers that are killed under load, and started again on the same folder."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable

import httpx2

from tests.chaos.audit import audit
from tests.chaos.conftest import Counts
from tests.servers import Server, wait_until

_CLIENTS, _FULL, _CANCELLED = 3, 429, 5
_BODY = {"prompt": '{"pace": 0.01}', "model": "scripted", "width": 64, "height": 64, "steps": 4, "wait": False}


def test_no_admitted_job_is_lost_or_run_twice_over_kills(start: Callable[..., Server], count: Counts) -> None:
    chance = random.Random(3)  # noqa: S311
    restarts = count(3, 50)
    admitted: dict[str, str] = {}
    unwanted: set[str] = set()
    ended: dict[str, int] = {}
    for life in range(restarts):
        server = start(max_attempts=100)
        stop = threading.Event()
        clients = [
            threading.Thread(target=_keep_asking, args=(server.url, f"{life}-{n}", admitted, unwanted, stop))
            for n in range(_CLIENTS)
        ]
        for client in clients:
            client.start()
        try:
            stop.wait(chance.uniform(0.3, 2.0))
            _note_ends(server, ended)
        finally:
            server.kill()
            stop.set()
            for client in clients:
                client.join()
    server = start(max_attempts=100)
    wait_until(lambda: _waiting(server) == 0, seconds=600)
    ends = audit(server, admitted.values())
    print(f"{restarts} kills, {len(admitted)} jobs admitted: {dict(ends)}")
    assert len(admitted) >= restarts
    assert ends["completed"] + ends["cancelled"] == len(admitted)
    assert ends["cancelled"] <= len(unwanted)
    total = server.client.get("/api/v1/jobs", params={"limit": 1}).json()["total"]
    assert total >= len(admitted)
    for job, sequence in ended.items():  # what had ended before a kill was not touched again
        assert _last_sequence(server, job) == sequence, f"job {job} was run again"
    key = {"Idempotency-Key": next(iter(admitted))}
    replayed = server.client.post("/api/v1/generate", json=_BODY, headers=key).json()
    assert replayed["job_id"] == next(iter(admitted.values()))


def test_a_job_that_takes_the_server_down_is_not_begun_for_ever(start: Callable[..., Server], tmp_path: object) -> None:
    server = start(max_attempts=2)
    job = server.queue({"wait": "/nonexistent/never"})
    for _ in range(2):
        server.wait_for(job, "running")
        server.kill()
        server = start(max_attempts=2)
    shown = server.job(job)
    assert shown["status"] == "failed"
    assert "2 times" in shown["error"]["message"]
    assert server.draw()["status"] == "completed"


def _keep_asking(url: str, name: str, admitted: dict[str, str], unwanted: set[str], stop: threading.Event) -> None:
    """Ask for one picture after another, and cancel some; note what was admitted, by its key."""
    number = 0
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as client:
        while not stop.is_set():
            key = f"{name}-{number}"
            number += 1
            try:
                answer = client.post("/api/v1/generate", json=_BODY, headers={"Idempotency-Key": key})
            except httpx2.TransportError:
                return
            if answer.status_code == _FULL:
                stop.wait(float(answer.headers["Retry-After"]))
                continue
            assert answer.status_code == 202, answer.text
            job = admitted[key] = answer.json()["job_id"]
            stop.wait(0.03)
            if number % _CANCELLED == 0:
                unwanted.add(job)
                with contextlib.suppress(httpx2.TransportError):
                    assert client.post(f"/api/v1/jobs/{job}/cancel").status_code in (200, 409)


def _note_ends(server: Server, ended: dict[str, int]) -> None:
    answer = server.client.get("/api/v1/jobs", params={"status": "completed", "limit": 1000}).json()
    for job in answer["jobs"][:50]:
        ended.setdefault(job["job_id"], _last_sequence(server, job["job_id"]))


def _last_sequence(server: Server, job: str) -> int:
    last = 0
    for event in server.events(job, after=0):
        last = int(event["sequence"])
        if event["type"] in ("completed", "failed", "cancelled"):
            return last
    return last


def _waiting(server: Server) -> int:
    states = ["queued", "loading", "running"]
    return int(server.client.get("/api/v1/jobs", params={"status": states, "limit": 1}).json()["total"])
