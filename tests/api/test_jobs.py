"""Jobs once they are admitted: cancelled, tried again, moved, deleted, listed, kept over a restart."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.servers import Server, running_server, start_server


def begun(server: Server, jobs: list[str]) -> list[str]:
    """The order in which jobs were begun, the last time each, when all have ended."""
    for job in jobs:
        server.wait_for(job, "completed", "failed", "cancelled")
    order: list[str] = []
    for event in server.events(after=0):
        if event["type"] == "loading" and event["job"] in jobs:
            order = [*(job for job in order if job != event["job"]), event["job"]]
        if len(order) == len(jobs):
            return order
    raise AssertionError(order)


def cancel(server: Server, job: str) -> float:
    """Cancel a job; return the seconds that took."""
    start = time.monotonic()
    answer = server.client.post(f"/api/v1/jobs/{job}/cancel")
    assert answer.status_code == 200 and answer.json()["status"] == "cancelled", answer.text
    assert server.wait_for(job, "cancelled")["status"] == "cancelled"
    return time.monotonic() - start


def test_a_waiting_job_is_cancelled_and_never_begun(server: Server, held: str) -> None:
    job = server.queue("unwanted")
    cancel(server, job)
    assert [event["type"] for event in until_end(server, job)] == ["queued", "cancelled"]
    assert server.client.post(f"/api/v1/jobs/{job}/cancel").status_code == 409


@pytest.mark.parametrize("script", [{"pace": 0.02}, {"deaf": 60}, {"at": "decode", "deaf": 60}])
def test_a_running_job_is_cancelled_within_two_seconds_and_the_next_is_right(
    server: Server, script: dict[str, Any]
) -> None:
    right = server.draw(seed=9)["images"][0]["data"]
    job = server.queue(script, steps=500 if "pace" in script else 4)
    for event in server.events(job, after=0):
        if event["type"] == "progress" or (event["type"] == "running" and "deaf" in script):
            break
    assert cancel(server, job) <= 2
    assert server.draw(seed=9)["images"][0]["data"] == right
    assert server.job(job)["images"] == []


def until_end(server: Server, job: str) -> list[dict[str, Any]]:
    """A job's durable events."""
    events = []
    for event in server.events(job, after=0):
        if "id" in event:
            events.append(event)
        if event["type"] in ("completed", "failed", "cancelled"):
            break
    return events


def test_a_failed_job_can_be_tried_again(server: Server, tmp_path: Path) -> None:
    job = server.queue({"mark": str(tmp_path / "failed once"), "raise": "unknown"}, seed=7)
    failed = server.wait_for(job, "failed")
    assert failed["error"]["code"] == "engine_failure" and failed["images"] == []
    again = server.client.post(f"/api/v1/jobs/{job}/retry")
    assert again.status_code == 200 and again.json()["status"] == "queued"
    for event in server.events(job, after=0):
        if event["type"] == "completed":
            break
    done = server.job(job)
    assert done["error"] is None and done["images"][0]["seed"] == 7
    assert server.client.get(done["images"][0]["url"]).status_code == 200
    assert server.client.post(f"/api/v1/jobs/{job}/retry").status_code == 409
    assert server.client.post("/api/v1/jobs/nobody/retry").status_code == 404


def test_another_try_keeps_what_was_drawn(server: Server) -> None:
    job = server.queue({"pace": 0.1}, seed=7, batch_count=3)
    for event in server.events(job, after=0):
        if event["type"] == "picture":
            break
    cancel(server, job)
    drawn = server.job(job)["images"]
    assert 0 < len(drawn) < 3
    liked = {"pictures": [{"job_id": job, "index": 0}], "favourite": True}
    server.client.post("/api/v1/pictures/favourite", json=liked).raise_for_status()
    server.client.post(f"/api/v1/jobs/{job}/retry").raise_for_status()
    assert server.client.get(drawn[0]["url"]).status_code == 200, "also while it is drawn again"
    images = server.wait_for(job, "completed")["images"]
    assert images[: len(drawn)] == drawn and [one["seed"] for one in images] == [7, 8, 9]
    listed = server.client.get("/api/v1/pictures", params={"job": job}).json()["pictures"]
    assert [(one["index"], one["favourite"]) for one in listed] == [(0, True), (1, False), (2, False)]
    told = [event["sequence"] for event in until_end(server, job)]
    assert told == list(range(1, len(told) + 1))


def test_priority_and_place_decide_the_order(folder: Path, tmp_path: Path) -> None:
    with running_server(folder) as server:
        gate = tmp_path / "gate"
        server.wait_for(server.queue({"wait": str(gate)}), "running")
        a, b, c, d = (server.queue(name) for name in "abcd")
        urgent = server.queue("urgent", priority=10)
        assert server.client.post(f"/api/v1/jobs/{d}/move", json={"place": 0}).json()["queue_position"] == 1
        assert server.client.post(f"/api/v1/jobs/{b}/move", json={"priority": 5}).json()["queue_position"] == 1
        assert server.client.post(f"/api/v1/jobs/{a}/move", json={"place": 99}).json()["queue_position"] == 4
        order = [urgent, b, d, c, a]
        assert [job["job_id"] for job in server.client.get("/api/v1/queue/status").json()["queued"]] == order
        assert [server.job(job)["queue_position"] for job in order] == [0, 1, 2, 3, 4]
        gate.touch()
        assert begun(server, order) == order
        assert server.client.post(f"/api/v1/jobs/{a}/move", json={"place": 0}).status_code == 409


@pytest.mark.parametrize(
    "body", [{"priority": 101}, {"priority": -101}, {"place": -1}, {"place": "first"}, {"seat": 1}]
)
def test_a_wrong_move_is_refused(server: Server, held: str, body: dict[str, Any]) -> None:
    job = server.queue()
    assert server.client.post(f"/api/v1/jobs/{job}/move", json=body).status_code == 422
    assert server.job(job)["priority"] == 0
    cancel(server, job)


def test_deleting_a_job_removes_its_files(folder: Path) -> None:
    with running_server(folder) as server:
        image = server.draw()["images"][0]["data"]
        drawn = server.draw(init_image=image, batch_count=2)
        job, url = drawn["job_id"], drawn["images"][0]["url"]
        assert server.client.get(url, params={"thumb": 1}).status_code == 200

        def files() -> list[Path]:
            return [file for file in (folder / "data").rglob("*") if file.is_file() and job in str(file)]

        inputs = folder / "data" / "inputs"
        assert len([file for file in files() if file.suffix == ".png"]) == 2 and len(list(inputs.glob("?" * 64))) == 1
        assert server.client.delete(f"/api/v1/jobs/{job}").status_code == 204
        assert files() == [] and list(inputs.glob("?" * 64)) == []
        for path in (f"/api/v1/jobs/{job}", url, f"/api/v1/events?job={job}"):
            assert server.client.get(path).status_code == 404
        assert server.client.delete(f"/api/v1/jobs/{job}").status_code == 404
        assert server.client.get("/api/v1/jobs").json()["total"] == 1


def test_a_job_that_has_not_ended_is_not_deleted(server: Server, held: str) -> None:
    answer = server.client.delete(f"/api/v1/jobs/{held}")
    assert answer.status_code == 409 and "Cancel it first" in answer.json()["hint"]
    assert server.job(held)["status"] == "running"


def test_thumbnails_are_small_and_kept(server: Server) -> None:
    url = server.draw(width=512, height=256)["images"][0]["thumbnail_url"]
    for size, wanted in ((None, (200, 100)), (64, (64, 32)), (1024, (512, 256))):
        query = {} if size is None else {"size": size}
        answer = server.client.get(url, params={"thumb": 1, **query})
        image = Image.open(io.BytesIO(answer.content))
        assert (image.format, image.size) == ("WEBP", wanted)
        assert server.client.get(url, params={"thumb": 1, **query}).content == answer.content
    for wrong in (0, 15, 1025, "big"):
        assert server.client.get(url, params={"thumb": 1, "size": wrong}).status_code == 422


def test_pages_of_jobs_hold_each_once(folder: Path) -> None:
    with running_server(folder) as server:
        drawn = [server.draw()["job_id"] for _ in range(5)]
        cancelled = server.queue({"pace": 10})
        cancel(server, cancelled)
        newest = [cancelled, *reversed(drawn)]
        pages = [server.client.get("/api/v1/jobs", params={"limit": 2, "offset": n}).json() for n in (0, 2, 4, 6)]
        assert [job["job_id"] for page in pages for job in page["jobs"]] == newest
        assert {page["total"] for page in pages} == {6}
        only = server.client.get("/api/v1/jobs", params={"status": ["cancelled", "failed"]}).json()
        assert (only["total"], only["jobs"][0]["job_id"]) == (1, cancelled)
        for wrong in ({"limit": 0}, {"offset": -1}, {"status": "lost"}):
            assert server.client.get("/api/v1/jobs", params=wrong).status_code == 422


def test_the_order_outlives_a_power_cut(folder: Path, tmp_path: Path) -> None:
    server = start_server(folder)
    done = server.draw(seed=1)
    running = server.queue({"wait": str(tmp_path / "gate")})
    server.wait_for(running, "running")
    first, second, third = (server.queue(name) for name in ("first", "second", "third"))
    server.client.post(f"/api/v1/jobs/{third}/move", json={"place": 0}).raise_for_status()
    server.kill()
    (tmp_path / "gate").touch()
    with running_server(folder) as again:
        assert begun(again, [first, second, third, running]) == [running, third, first, second]
        attempts = [event["type"] for event in until_end(again, running)]
        assert attempts.count("loading") == 2 and attempts.count("completed") == 1
        kept = again.job(done["job_id"])
        assert kept["status"] == "completed" and again.client.get(kept["images"][0]["url"]).status_code == 200
        assert again.client.get("/api/v1/jobs").json()["total"] == 5
