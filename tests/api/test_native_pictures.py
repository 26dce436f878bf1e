"""Pictures over all jobs by HTTP: found, marked, deleted one by one, each seen by its owner only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, running_server


def found(server: Server, **query: Any) -> list[str]:
    """`prompt/index` of the pictures that match."""
    answer = server.client.get("/api/v1/pictures", params=query).raise_for_status().json()
    assert answer["total"] == len(answer["pictures"])
    return [f"{one['prompt']}/{one['index']}" for one in answer["pictures"]]


def refs(*pictures: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"job_id": job, "index": index} for job, index in pictures]


@pytest.mark.parametrize("arguments", [(), ("--private",)], ids=["disk", "private"])
def test_pictures_are_found_kept_and_deleted_one_by_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with running_server(tmp_path, *arguments) as server:
        one = server.draw("red apple")["job_id"]
        twins = server.draw("green twins", batch_count=2)["job_id"]
        assert found(server) == ["green twins/0", "green twins/1", "red apple/0"]
        assert found(server, search="APPLE scripted") == ["red apple/0"]
        assert found(server, mode="inpaint") == [] == found(server, since="2100-01-01T00:00:00Z")
        page = server.client.get("/api/v1/pictures", params={"limit": 2}).json()
        assert (page["total"], page["models"], len(page["pictures"])) == (3, ["scripted"], 2)
        rest = server.client.get("/api/v1/pictures", params={"limit": 2, "after": page["next"]}).json()
        assert [one["prompt"] for one in rest["pictures"]] == ["red apple"] and rest["next"] is None

        mark = {"pictures": refs((twins, 1), (one, 0), ("none", 0)), "favourite": True}
        assert server.client.post("/api/v1/pictures/favourite", json=mark).json() == {"changed": 2}
        assert found(server, favourite=True) == ["green twins/1", "red apple/0"]

        first, second = (image["url"] for image in server.job(twins)["images"])
        server.client.get(f"{first}?thumb=1").raise_for_status()
        assert server.client.delete(first).status_code == 204
        assert server.client.get(first).status_code == 404 == server.client.get(f"{first}?thumb=1").status_code
        assert server.client.get(second).status_code == 200
        assert server.client.delete(first).status_code == 404
        assert found(server) == ["green twins/1", "red apple/0"]
        if not arguments:
            assert [path.name for path in (tmp_path / "data").rglob("000*") if twins in str(path)] == ["0001.png"]
        doomed = {"pictures": refs((twins, 1), (twins, 1), ("none", 7))}
        assert server.client.post("/api/v1/pictures/delete", json=doomed).json() == {"changed": 1}
        assert server.client.get(f"/api/v1/jobs/{twins}").status_code == 404, "its last picture was its end"
        assert found(server) == ["red apple/0"]


def test_favourites_survive_a_restart_and_pictures_are_their_owners(tmp_path: Path) -> None:
    keys = "ann:generate:ann-0123456789abc,bob:generate:bob-0123456789abc,eve:read:eve-0123456789abc,admin-0123456789a"
    with running_server(tmp_path, api_keys=keys) as server:
        server.client.headers["Authorization"] = "Bearer ann-0123456789abc"
        job = server.draw("of ann")["job_id"]
        mark = {"pictures": refs((job, 0)), "favourite": True}
        for key, changed in (("bob-0123456789abc", 0), ("ann-0123456789abc", 1)):
            server.client.headers["Authorization"] = f"Bearer {key}"
            assert server.client.post("/api/v1/pictures/favourite", json=mark).json() == {"changed": changed}
            assert len(found(server)) == changed
        server.client.headers["Authorization"] = "Bearer bob-0123456789abc"
        assert server.client.post("/api/v1/pictures/delete", json={"pictures": refs((job, 0))}).json() == {"changed": 0}
        server.client.headers["Authorization"] = "Bearer eve-0123456789abc"
        assert server.client.post("/api/v1/pictures/favourite", json=mark).status_code == 403
        server.kill()
    with running_server(tmp_path, api_keys=keys) as again:
        again.client.headers["Authorization"] = "Bearer admin-0123456789a"
        assert found(again, favourite=True) == ["of ann/0"]


def test_a_job_that_runs_keeps_its_pictures(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with running_server(tmp_path) as server:
        job = server.queue({"wait": str(gate)}, batch_count=2)
        server.wait_for(job, "running")
        assert server.client.delete(f"/api/v1/jobs/{job}/output/0000.png").status_code in (404, 409)
        assert found(server) == []
        gate.touch()
        server.wait_for(job, "completed")
        assert len(found(server)) == 2
