"""Live events: replayed to who comes back, the same for everyone, and nobody waits for a slow or vanished reader."""

from __future__ import annotations

import contextlib
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.servers import Server, read_events, running_server, wait_until

DURABLE = ["queued", "loading", "running", "picture", "picture", "completed"]


def follow(server: Server, job: str, **headers: str) -> list[dict[str, Any]]:
    """Events of a job until it is completed."""
    with server.client.stream("GET", "/api/v1/events", params={"job": job}, headers=headers) as stream:
        events = []
        for event in read_events(stream.iter_lines()):
            events.append(event)
            if event["type"] == "completed":
                return events
    raise AssertionError(events)


def durable(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if "id" in event]


def socket_of(server: Server, **query: Any) -> ClientConnection:
    url = httpx2.URL(server.url.replace("http", "ws") + "/api/v1/events/ws", params=query)
    return connect(str(url), open_timeout=60)


def test_a_job_tells_its_story_in_order(server: Server) -> None:
    job = server.draw(batch_count=2, seed=3)["job_id"]
    events = durable(follow(server, job))
    assert [event["type"] for event in events] == DURABLE
    assert [event["sequence"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event["id"] for event in events] == [event["number"] for event in events] == sorted(e["id"] for e in events)
    assert events[2]["plan"]["engine"] == "scripted"
    assert [event["artifact"]["seed"] for event in events if event["artifact"]] == [3, 4]
    assert all("owner" not in event for event in events)


def test_progress_has_percent_pace_and_time_to_go(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    job = server.queue({"wait": str(gate), "at": 3}, steps=4, batch_count=2, preview_every=1)
    seen: dict[str, dict[str, Any]] = {}
    for event in server.events(job):
        if event["type"] in ("progress", "preview") and event.get("step", 1):
            seen[event["type"]] = event
        if seen.get("progress", {}).get("step") == 2 and "preview" in seen:
            break
    assert seen["progress"]["percent"] == 25.0
    assert seen["progress"]["eta_seconds"] is not None and seen["progress"]["seconds_per_step"] is not None
    assert server.job(job)["progress"]["percent"] == 25.0
    assert "id" not in seen["progress"]
    gate.touch()
    assert server.wait_for(job, "completed")["progress"] is None


@pytest.mark.parametrize("known", range(6))
def test_who_comes_back_gets_what_was_missed(server: Server, known: int) -> None:
    job = server.draw(batch_count=2)["job_id"]
    everything = durable(follow(server, job))
    last = everything[known - 1]["id"] if known else 0
    missed = durable(follow(server, job, **{"Last-Event-ID": str(last)}))
    assert missed == everything[known:]
    with server.client.stream("GET", "/api/v1/events", headers={"Last-Event-ID": str(last)}) as stream:
        of_all = takewhile(lambda event: event["id"] <= everything[-1]["id"], read_events(stream.iter_lines()))
        replayed = []
        for event in of_all:
            replayed += [event] if event["job"] == job else []
            if event["id"] == everything[-1]["id"]:
                break
    assert replayed == everything[known:]


def test_who_comes_back_after_a_restart_misses_nothing(folder: Path) -> None:
    with running_server(folder) as server:
        job = server.draw(batch_count=2)["job_id"]
        everything = durable(follow(server, job))
    with running_server(folder) as server:
        assert durable(follow(server, job, **{"Last-Event-ID": str(everything[1]["id"])})) == everything[2:]
        newer = server.draw()["job_id"]
        assert durable(follow(server, newer))[0]["id"] > everything[-1]["id"]


def test_everyone_hears_the_same(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    job = server.queue({"wait": str(gate)}, batch_count=2)
    server.wait_for(job, "running")

    def by_websocket() -> list[dict[str, Any]]:
        with socket_of(server, job=job, after=0) as listening:
            heard = []
            for text in listening:
                heard.append(json.loads(text))
                if heard[-1]["type"] == "completed":
                    return heard
        raise AssertionError(heard)

    with ThreadPoolExecutor(9) as threads:
        sse = [threads.submit(follow, server, job) for _ in range(6)]
        ws = [threads.submit(by_websocket) for _ in range(3)]
        gate.touch()
        heard = [durable(one.result(60)) for one in sse]
        sent = [[event for event in one.result(60) if "number" in event] for one in ws]
    assert [event["type"] for event in heard[0]] == DURABLE
    assert all(one == heard[0] for one in heard)
    assert all(one == [{key: e[key] for key in e if key != "id"} for e in heard[0]] for one in sent)


def test_a_websocket_starts_with_the_present(server: Server) -> None:
    with socket_of(server) as listening:
        job = server.queue()
        first = json.loads(listening.recv(timeout=60))
    assert (first["type"], first["job"]) == ("queued", job)


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ({"job": "nobody"}, {}, 404),
        ({"after": -1}, {}, 422),
        ({"after": "x"}, {}, 422),
        ({"after": 2**70}, {}, 422),
        ({}, {"Last-Event-ID": "x"}, 422),
        ({}, {"Last-Event-ID": "-1"}, 422),
    ],
)
def test_a_wrong_question_is_refused(
    server: Server, query: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    answer = server.client.get("/api/v1/events", params=query, headers=headers)
    assert answer.status_code == status and answer.json()["detail"]


_UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def listener(server: Server, path: str = "/api/v1/events?after=0", *headers: str) -> socket.socket:
    """A connection that asked for events and reads nothing, with as little room for them as there can be."""
    place = httpx2.URL(server.url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((place.host, place.port or 0))
    client.sendall("\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode())
    return client


def test_readers_that_read_nothing_hold_up_nobody(server: Server) -> None:
    server.draw()
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(listener(server))
        job = server.queue(steps=500, preview_every=1, batch_count=2)
        assert durable(follow(server, job))[-1]["type"] == "completed"
        assert server.draw()["status"] == "completed"


def test_a_slow_reader_gets_every_transition_in_the_end(folder: Path) -> None:
    with running_server(folder) as server:
        with listener(server) as client:
            jobs = [server.draw()["job_id"] for _ in range(80)]  # more than a listener keeps in memory
            client.settimeout(60)
            with client.makefile("r", encoding="utf-8", newline="\n") as lines:
                ended = []
                for event in read_events(line.rstrip("\n") for line in lines):
                    if event["type"] == "completed":
                        ended.append(event["job"])
                    if len(ended) == len(jobs):
                        break
        assert ended == jobs


def test_readers_that_vanish_leave_nothing_behind(server: Server) -> None:
    def connections() -> int:
        return len(psutil.Process(server.process.pid).net_connections("tcp"))

    def listeners() -> float:
        lines = server.client.get("/metrics").text.splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("safelight_listeners ")))

    server.draw()
    before = connections()
    for _ in range(50):
        listener(server).close()
        listener(server, "/api/v1/events").close()
        listener(server, "/api/v1/events/ws?after=0", *_UPGRADE).close()
    server.draw()
    wait_until(lambda: listeners() == 0 and connections() <= before, seconds=30)
    with listener(server):
        wait_until(lambda: listeners() == 1)


def test_a_stopping_server_ends_every_stream(folder: Path) -> None:
    with running_server(folder) as server, ThreadPoolExecutor(2) as threads:
        server.draw()
        heard = threads.submit(lambda: list(server.events(after=0)))
        with socket_of(server, after=0) as listening:
            assert json.loads(listening.recv(timeout=60))["type"] == "queued"
            stopped = threads.submit(server.stop)
            for _ in listening:
                pass
        stopped.result(60)
        assert heard.result(60)[-1]["type"] == "completed"


def test_a_number_of_another_store_replays_what_this_one_has(server: Server) -> None:
    """A private server counts from 1 at each start; a browser comes back with the number it had."""
    job = server.queue()
    server.wait_for(job, "completed")
    told = []
    for event in server.events(job, after=10**9):
        told.append(event["type"])
        if event["type"] == "completed":
            break
    assert told[0] == "queued"


def test_a_websocket_passes_over_what_its_listener_says(server: Server) -> None:
    with socket_of(server) as listening:
        listening.send(b"\xff\x00")
        listening.send("hello")
        job = server.queue()
        assert json.loads(listening.recv(10))["job"] == job


def test_a_websocket_for_a_job_that_is_not_there_is_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus), socket_of(server, job="nope"):
        pass
