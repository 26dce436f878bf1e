"""Downloads as jobs: beside the drawing, in an order, cancelled, refused."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.api.downloads.pulling import BIG, DATA, arriving, held_back, parts, pull, web
from tests.hosts import Faults, Host, Hub, cut, refused
from tests.servers import Server, running_server, save_scripted_model
from tests.unit.downloads.conftest import lora


def test_a_download_is_a_job_that_tells_how_far_it_is(server: Server, cdn: Host) -> None:
    served = cdn.serve("/told.safetensors", BIG)
    asked = pull(server, f"{cdn.url}/told.safetensors?signature=secret")
    assert asked["kind"] == "download" and asked["parameters"] is None and asked["images"] == []
    assert asked["request"]["source"] == f"{cdn.url}/told.safetensors"  # a query may be a signature
    events = []
    for event in server.events(asked["job_id"], after=0):
        events.append(event)
        if event["state" if "state" in event else "type"] == "completed":
            break
    durable = [event["type"] for event in events if event["type"] != "progress"]
    assert durable == ["queued", "running", "file", "completed"]
    assert all(event["kind"] == "download" for event in events)
    progress = [event for event in events if event["type"] == "progress"]
    assert progress[-1]["done"] <= progress[-1]["total"] == len(BIG) and progress[-1]["item"] == "told.safetensors"
    job = server.job(asked["job_id"])
    assert job["files"] == [{"name": "lora/told.safetensors", "bytes": len(BIG), "sha256": served.sha256, "notes": []}]
    found = server.client.get("/api/v1/models", params={"type": "lora", "search": "told"}).json()["models"]
    assert [model["id"] for model in found] == ["told"]
    listed = server.client.get("/api/v1/jobs", params={"kind": "download"}).json()
    assert asked["job_id"] in {job["job_id"] for job in listed["jobs"]}
    assert all(job["kind"] == "download" for job in listed["jobs"])
    drawn = server.client.get("/api/v1/jobs", params={"kind": "generate"}).json()
    assert asked["job_id"] not in {job["job_id"] for job in drawn["jobs"]}


def test_a_model_that_was_pulled_draws(server: Server, hub: Hub, tmp_path: Path) -> None:
    hub.publish("org/scripted", {"pulled.safetensors": save_scripted_model(tmp_path, "pulled").read_bytes()})
    job = pull(server, "hf:org/scripted", wait=True)
    assert job["status"] == "completed" and job["files"][0]["name"] == "checkpoints/pulled.safetensors"
    assert server.draw(model="pulled")["images"]


def test_downloads_and_drawing_do_not_wait_for_each_other(
    server: Server, cdn: Host, held: str, go_on: threading.Event
) -> None:
    """A drawing is held all the time; meanwhile downloads end, and waiting ones don't count as a queue of pictures."""
    cdn.serve("/beside.safetensors", DATA)
    assert pull(server, f"{cdn.url}/beside.safetensors", wait=True)["status"] == "completed"
    queue = server.client.get("/api/v1/queue/status").json()
    assert [job["job_id"] for job in queue["running"]] == [held]


def test_a_held_download_lets_pictures_pass(server: Server, cdn: Host, go_on: threading.Event) -> None:
    cdn.serve("/slow.safetensors", BIG, faults=Faults(held_back(go_on)))
    job = pull(server, f"{cdn.url}/slow.safetensors")["job_id"]
    arriving(server, job)
    assert server.draw()["status"] == "completed"
    assert server.job(job)["status"] == "running"
    assert server.job(job)["progress"]["done"] >= 1_000_000
    go_on.set()
    assert server.wait_for(job, "completed")["files"]


def test_the_same_pull_is_one_job(server: Server, cdn: Host, go_on: threading.Event) -> None:
    cdn.serve("/same.safetensors", BIG, faults=Faults(held_back(go_on)))
    first = pull(server, f"{cdn.url}/same.safetensors")["job_id"]
    arriving(server, first)
    assert pull(server, f"{cdn.url}/same.safetensors")["job_id"] == first
    go_on.set()
    server.wait_for(first, "completed")
    again = pull(server, f"{cdn.url}/same.safetensors", wait=True)
    assert again["job_id"] != first and again["files"][0]["notes"] == ["It was there already."]


def test_cancel_leaves_nothing_and_retry_begins_anew(
    server: Server, cdn: Host, go_on: threading.Event, tmp_path: Path
) -> None:
    cdn.serve("/cancelled.safetensors", BIG, faults=Faults(held_back(go_on)))
    job = pull(server, f"{cdn.url}/cancelled.safetensors")["job_id"]
    arriving(server, job)
    assert server.client.post(f"/api/v1/jobs/{job}/cancel").json()["status"] == "cancelled"
    go_on.set()
    server.client.post(f"/api/v1/jobs/{job}/retry").raise_for_status()
    for event in server.events(job, after=0):
        if event["type"] == "completed":
            break
    assert cdn.asked[-1].range is None
    assert server.client.delete(f"/api/v1/jobs/{job}").status_code == 204


def test_cancel_while_it_waits_leaves_nothing_of_an_earlier_attempt(
    server: Server, home: Path, cdn: Host, go_on: threading.Event
) -> None:
    cdn.serve("/waits.safetensors", BIG, faults=Faults(cut(1_000_000), refused(403)))
    job = pull(server, f"{cdn.url}/waits.safetensors")["job_id"]
    server.wait_for(job, "failed")
    assert parts(home) == ["waits.safetensors.part"]  # for a retry
    for name in ("busy1", "busy2"):
        cdn.serve(f"/{name}.safetensors", lora(3000, seed=len(name)), faults=Faults(held_back(go_on)))
        arriving(server, pull(server, f"{cdn.url}/{name}.safetensors")["job_id"])
    server.client.post(f"/api/v1/jobs/{job}/retry").raise_for_status()
    assert server.job(job)["status"] == "queued" and "waits.safetensors.part" in parts(home)
    assert server.client.post(f"/api/v1/jobs/{job}/cancel").json()["status"] == "cancelled"
    assert parts(home) == ["busy1.safetensors.part", "busy2.safetensors.part"]


def test_a_failure_is_told_as_what_it_is(server: Server, cdn: Host, hub: Hub) -> None:
    cdn.serve("/broken.safetensors", DATA)
    job = pull(server, f"{cdn.url}/broken.safetensors", sha256="0" * 64)["job_id"]
    failed = server.wait_for(job, "failed")
    assert failed["error"]["code"] == "corrupt_file"
    waited = server.client.post("/api/v1/models/pull", json={"source": f"{cdn.url}/nothing.safetensors", "wait": True})
    assert waited.status_code == 404 and waited.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source": "hf:org/repo", "missing_for": "doodle"},
        {"source": "/etc/passwd"},
        {"source": "file:///etc/passwd"},
        {"source": "https://user:secret@example.org/x"},
        {"source": "hf:org/repo", "name": "../x.safetensors"},
        {"source": "hf:org/repo", "sha256": "x"},
        {"source": "hf:org/repo", "type": "poem"},
    ],
)
def test_bad_requests_are_refused_at_once(server: Server, body: dict[str, Any]) -> None:
    answer = server.client.post("/api/v1/models/pull", json=body)
    assert answer.status_code == 422, answer.text
    assert "secret" not in answer.text


def test_what_is_missing_for_nothing_is_said(server: Server) -> None:
    assert server.client.post("/api/v1/models/pull", json={"missing_for": "nobody"}).status_code == 404
    answer = server.client.post("/api/v1/models/pull", json={"missing_for": "doodle", "wait": True})
    assert answer.status_code == 409 and "lacks nothing" in answer.json()["detail"]


def test_private_addresses_are_refused_without_the_setting(folder: Path, cdn: Host) -> None:
    cdn.serve("/inside.safetensors", DATA)
    asked = len(cdn.asked)
    with running_server(folder) as server:
        for source in (f"{cdn.url}/inside.safetensors", f"https://{cdn.address}/inside.safetensors"):
            job = server.wait_for(pull(server, source)["job_id"], "failed")
            assert job["error"]["code"] == "invalid_input"
    assert len(cdn.asked) == asked


def test_only_admins_pull(folder: Path, cdn: Host, hub: Hub) -> None:
    keys = "drawer:generate:0123456789abcdef, boss:admin:fedcba9876543210"
    cdn.serve("/mine.safetensors", DATA)
    with running_server(folder, api_keys=keys, **web(cdn, hub)) as server:
        body = {"source": f"{cdn.url}/mine.safetensors", "wait": True}
        for key, status in (("0123456789abcdef", 403), ("fedcba9876543210", 200)):
            headers = {"Authorization": f"Bearer {key}"}
            assert server.client.post("/api/v1/models/pull", json=body, headers=headers).status_code == status


def test_a_lane_has_a_width_and_an_order(folder: Path, cdn: Host, hub: Hub, go_on: threading.Event) -> None:
    for name in "abc":
        cdn.serve(f"/{name}.safetensors", lora(3000, seed=ord(name)), faults=Faults(held_back(go_on)))
    with running_server(folder, downloads_at_once=1, **web(cdn, hub)) as server:
        server.client.post("/api/v1/queue/pause").raise_for_status()  # of the drawing
        jobs = [pull(server, f"{cdn.url}/{name}.safetensors")["job_id"] for name in "abc"]
        arriving(server, jobs[0])
        assert [server.job(job)["queue_position"] for job in jobs] == [None, 0, 1]
        moved = server.client.post(f"/api/v1/jobs/{jobs[2]}/move", json={"place": 0})
        assert moved.json()["queue_position"] == 0
        assert server.client.post("/api/v1/queue/clear").json() == {"cleared": 0}  # the queue is of what draws
        go_on.set()
        ended = [server.wait_for(job, "completed")["finished"] for job in (jobs[0], jobs[2], jobs[1])]
        assert ended == sorted(ended)


def test_checksums_are_computed_as_a_job(server: Server, cdn: Host, held: str) -> None:
    """Beside a drawing that is held; the catalog knows them afterwards."""
    served = cdn.serve("/hashed.safetensors", lora(64, seed=14))
    pull(server, f"{cdn.url}/hashed.safetensors", wait=True)
    answer = server.client.post("/api/v1/models/hash", json={"models": ["hashed", "scripted"], "wait": False})
    assert answer.status_code == 202 and answer.json()["kind"] == "hash"
    job = server.wait_for(answer.json()["job_id"], "completed")
    assert [file["name"] for file in job["files"]] == ["hashed", "scripted"]
    assert job["files"][0]["sha256"] == served.sha256
    assert server.client.get("/api/v1/models/scripted").json()["sha256"] == job["files"][1]["sha256"]
    nobody = server.client.post("/api/v1/models/hash", json={"models": ["nobody"], "wait": False})
    assert nobody.status_code == 404
