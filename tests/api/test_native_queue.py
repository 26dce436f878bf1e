"""The queue's own paths: what they show and do is seen through `/jobs`, events and files too."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from tests.servers import Server, wait_until


def test_status_shows_what_runs_and_what_waits_in_order(server: Server, held: str) -> None:
    low, high = server.queue("low"), server.queue("high", priority=5)
    shown = server.client.get("/api/v1/queue/status").json()
    assert [job["job_id"] for job in shown["running"]] == [held]
    assert [job["job_id"] for job in shown["queued"]] == [high, low]
    assert [job["queue_position"] for job in shown["queued"]] == [0, 1]
    assert shown["waiting"] == shown["counts"]["queued"] == 2
    assert len(server.client.get("/api/v1/queue/status", params={"limit": 1}).json()["queued"]) == 1
    for job in (low, high):
        server.client.post("/api/v1/queue/cancel", json={"job_id": job})
    assert server.client.get("/api/v1/queue/status").json()["waiting"] == 0


def test_a_job_is_the_same_by_either_address(server: Server) -> None:
    job = server.draw()["job_id"]
    assert server.client.get(f"/api/v1/queue/job/{job}").json() == server.job(job)
    assert server.client.get(f"/api/queue/job/{job}").json() == server.job(job)
    assert server.client.get("/api/v1/queue/job/nobody").status_code == 404


def test_pictures_are_served_as_they_are_stored(server: Server) -> None:
    drawn = server.draw(width=256, height=128)
    job, name = drawn["job_id"], drawn["images"][0]["name"]
    path = f"/api/v1/queue/job/{job}/output/{name}"
    answer = server.client.get(path)
    assert answer.headers["content-type"] == "image/png"
    assert answer.content == server.client.get(drawn["images"][0]["url"]).content
    small = server.client.get(path, params={"thumb": 1, "size": 50})
    assert Image.open(io.BytesIO(small.content)).size == (50, 25)
    assert small.headers["content-type"] == "image/webp"
    assert server.client.get(f"/api/v1/queue/job/{job}/output/9999.png").status_code == 404
    assert server.client.get(f"/api/v1/queue/job/{job}/output/..%2Fjobs.sqlite3").status_code == 404


def test_cancel_takes_a_waiting_job_out(server: Server, held: str) -> None:
    job = server.queue("unwanted")
    answer = server.client.post("/api/queue/cancel", json={"job_id": job})
    assert answer.status_code == 200 and answer.json()["status"] == "cancelled"
    assert server.job(job)["status"] == "cancelled"
    again = server.client.post("/api/v1/queue/cancel", json={"job_id": job})
    assert again.status_code == 409 and again.json()["code"] == "conflict"
    assert server.client.post("/api/v1/queue/cancel", json={"job_id": "nobody"}).status_code == 404
    assert server.client.post("/api/v1/queue/cancel", json={}).status_code == 422


def test_cancel_ends_a_running_job(server: Server, held: str) -> None:
    server.client.post("/api/v1/queue/cancel", json={"job_id": held}).raise_for_status()
    assert server.wait_for(held, "cancelled")["status"] == "cancelled"
    assert server.draw("next")["status"] == "completed"


def test_clear_cancels_what_waits_and_leaves_what_runs(server: Server, held: str) -> None:
    waiting = [server.queue(str(index)) for index in range(3)]
    assert server.client.post("/api/v1/queue/clear").json() == {"cleared": 3}
    assert {server.job(job)["status"] for job in waiting} == {"cancelled"}
    assert server.job(held)["status"] == "running"
    assert server.client.post("/api/v1/queue/clear").json() == {"cleared": 0}


def test_a_paused_queue_begins_nothing(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    first = server.queue({"wait": str(gate)})
    server.wait_for(first, "running")
    assert server.client.post("/api/v1/queue/pause").json()["paused"] is True
    second = server.queue("second")
    gate.touch()
    server.wait_for(first, "completed")
    wait_until(lambda: not server.client.get("/api/v1/queue/status").json()["running"])
    assert server.job(second)["status"] == "queued"
    assert server.client.get("/api/v1/status").json()["status"] == "paused"
    assert server.client.post("/api/v1/queue/resume").json()["paused"] is False
    assert server.wait_for(second, "completed")["images"]
    assert server.client.get("/api/v1/status").json()["status"] == "ok"
