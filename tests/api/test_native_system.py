"""What the server says of itself, compared with what it was told, what it does, and what Python sees."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from safelight.server.routes.system import shown_value
from safelight.version import __version__
from safelight.workers.remembered import PlacementMemory
from tests.servers import Server, running_server, wait_until


def test_status_follows_what_happens(server: Server, tmp_path: Path) -> None:
    before = server.client.get("/api/v1/status").json()
    assert before["status"] == "ok" and before["version"] == __version__ and before["uptime_seconds"] > 0
    gate = tmp_path / "gate"
    job = server.queue({"wait": str(gate)})
    server.wait_for(job, "running")
    server.queue("waits")
    during = server.client.get("/api/status").json()
    assert (during["running"], during["waiting"], during["loaded_models"]) == (1, 1, ["scripted"])
    gate.touch()
    server.wait_for(job, "completed")


def test_version_is_the_packages(server: Server) -> None:
    shown = server.client.get("/api/v1/version").json()
    assert shown["version"] == __version__ and shown["api"] == "v1"
    libraries = set(shown["libraries"]) - {"stable-diffusion-cpp-python"}
    assert libraries == {"diffusers", "openvino", "torch", "transformers"}


def test_system_shows_the_machine_engines_and_limits(server: Server) -> None:
    shown = server.client.get("/api/v1/system").json()
    assert shown["hardware"]["memory"] == psutil.virtual_memory().total
    assert shown["hardware"]["cpus"] == os.cpu_count()
    engines = {engine["name"]: engine for engine in shown["engines"]}
    (device,) = engines["scripted"]["devices"]
    assert (device["id"], device["name"]) == ("cpu", "Script")
    assert engines["diffusers"]["devices"][-1]["id"] == "cpu" and engines["diffusers"]["problem"] is None
    pids = {child.pid for child in psutil.Process(server.process.pid).children()}
    assert server.client.get("/api/v1/system").json()["engines"] == shown["engines"]
    assert {child.pid for child in psutil.Process(server.process.pid).children()} == pids
    too_many = shown["limits"]["max_steps"] + 1
    assert server.client.post("/api/v1/generate", json={"prompt": "x", "steps": too_many}).status_code == 422
    assert shown["features"]["controlnet"] is False


def test_an_engine_whose_worker_fails_is_reported(tmp_path: Path) -> None:
    with running_server(tmp_path / "server", worker_start_seconds=0.001) as server:
        engines = server.client.get("/api/v1/system").json()["engines"]
        assert all(engine["problem"] and not engine["devices"] for engine in engines)
        assert server.client.get("/api/v1/status").json()["status"] == "ok"


def test_config_shows_what_was_set(tmp_path: Path) -> None:
    with running_server(tmp_path / "server", queue_limit=7) as server:
        shown = {one["name"]: one for one in server.client.get("/api/v1/config").json()}
        assert shown["queue_limit"]["value"] == 7
        assert shown["queue_limit"]["environment"] == "SAFELIGHT_QUEUE_LIMIT"
        assert "429" in shown["queue_limit"]["description"]
        assert shown["data_dir"]["value"] == str(tmp_path / "server" / "data")


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in str(shown_value("database", "postgresql+asyncpg://me:s3cret@db/safelight"))
    assert shown_value("api_keys", ["s3cret"]) == "set"
    assert shown_value("api_keys", []) == "not set"
    assert shown_value("port", 7860) == 7860


def test_restart_is_not_built(server: Server) -> None:
    answer = server.client.post("/api/v1/system/restart")
    assert answer.status_code == 501
    assert server.client.get("/api/v1/status").json()["status"] == "ok"


def test_keys_decide_what_is_seen_and_done(tmp_path: Path) -> None:
    keys = "rita:read:reader-0123456789,gus:generate:drawer-0123456789,admin-0123456789"
    with running_server(tmp_path / "server", api_keys=keys) as server:
        rita, gus, admin = ({"X-API-Key": f"{name}-0123456789"} for name in ("reader", "drawer", "admin"))

        def get(path: str, key: dict[str, str] | None = None) -> Any:
            return server.client.get(f"/api/v1{path}", headers=key).raise_for_status().json()

        def post(path: str, key: dict[str, str], **body: Any) -> int:
            return server.client.post(f"/api/v1{path}", headers=key, json=body).status_code

        assert get("/status")["loaded_models"] is None and get("/status", rita)["loaded_models"] == []
        assert get("/version") == {"version": __version__, "api": "v1", "python": None, "platform": None} | {
            "libraries": None
        }
        assert get("/version", rita)["python"]
        assert [one["path"] for one in get("/models/directories", gus)] == [None, None]
        assert str(tmp_path / "server" / "models") in [one["path"] for one in get("/models/directories", admin)]
        assert server.client.get("/api/v1/config", headers=gus).status_code == 403
        assert "0123456789" not in server.client.get("/api/v1/config", headers=admin).text
        assert post("/queue/pause", gus) == 403 and get("/status")["status"] == "ok"
        assert post("/queue/pause", admin) == 200 and get("/status")["status"] == "paused"
        order = {"prompt": "x", "model": "scripted"}
        assert post("/generate/text2img", rita, **order) == post("/queue/clear", rita) == 403
        assert post("/generate/text2img", gus, **order) == post("/generate/text2img", admin, **order) == 202
        for key, seen in ((rita, 0), (gus, 1), (admin, 2)):
            shown = get("/queue/status", key)
            assert (len(shown["queued"]), shown["counts"]["queued"], shown["waiting"]) == (seen, seen, 2)
        theirs = get("/jobs", admin)["jobs"][0]["job_id"]
        assert server.client.get(f"/api/v1/queue/job/{theirs}", headers=gus).status_code == 404
        assert post("/queue/cancel", gus, job_id=theirs) == 404
        assert post("/queue/clear", gus) == 200 and get("/status")["waiting"] == 1


def test_plans_that_failed_are_listed_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_DEVICES", json.dumps([{"id": "gpu", "name": "Card"}, {"id": "cpu", "name": "CPU"}]))
    with running_server(tmp_path) as server:
        assert server.client.get("/api/v1/system/remembered").json() == []
        drawn = server.draw({"raise": "lost", "on": {"device": "gpu"}})
        assert drawn["plan"]["device"] == "cpu"
        [seen] = server.client.get("/api/v1/system/remembered").json()
        assert (seen["plan"]["device"], seen["device"], seen["cause"]) == ("gpu", "Card", "crash")
        assert server.client.delete(f"/api/v1/system/remembered/{seen['id']}").status_code == 204
        assert server.client.delete(f"/api/v1/system/remembered/{seen['id']}").status_code == 404
        assert server.client.get("/api/v1/system/remembered").json() == []
        server.client.post("/api/v1/models/scripted/unload").raise_for_status()
        assert server.draw()["plan"]["device"] == "gpu", "it is tried again"
        server.draw({"raise": "lost", "on": {"device": "gpu"}})
        assert server.client.delete("/api/v1/system/remembered").json() == {"forgotten": 1}
        assert not PlacementMemory(tmp_path / "cache").entries()


def tail(server: Server, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.client.get("/api/v1/system/logs", params=query).json()["lines"]
    return found


def test_the_tail_of_the_log_has_what_workers_print_and_is_filtered(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.draw({"print": "\x1b[31mWARNING a library: hot\x1b[0m"})
        [said] = wait_until(lambda: [line for line in tail(server) if "a library" in line["message"]])
        assert said["message"].endswith(": WARNING a library: hot") and said["level"] == "WARNING"
        assert not [line for line in tail(server) if line["logger"] == "safelight.requests"]
        asked = [line for line in tail(server, requests=True) if "POST /api/v1/generate 200" in line["message"]]
        assert len(asked) == 1 and asked[0]["request_id"]
        assert not [line for line in tail(server, requests=True) if "/system/logs" in line["message"]]
        assert [line["number"] for line in tail(server, level="WARNING")] == [said["number"]]
        assert said["number"] not in [line["number"] for line in tail(server, since=said["number"])]
        for _ in range(320):
            server.client.get("/livez")
        assert len(tail(server, requests=True, limit=1000)) <= 320
        assert said["number"] in [line["number"] for line in tail(server)], "requests push nothing else out"


def test_the_tail_of_a_private_server_has_nothing_of_its_workers(tmp_path: Path) -> None:
    with running_server(tmp_path, "--private", api_keys="gus:generate:drawer-0123456789,admin-0123456789") as server:
        server.client.headers["Authorization"] = "Bearer drawer-0123456789"
        assert server.client.get("/api/v1/system/logs").status_code == 403
        assert server.client.get("/api/v1/system/remembered").status_code == 403
        server.draw({"print": "CRITICAL a secret garden", "pace": 0.01})
        job = server.queue({"raise": "unknown", "print": "a secret garden"})
        server.wait_for(job, "failed")
        server.client.headers["Authorization"] = "Bearer admin-0123456789"
        lines = tail(server, requests=True, level="DEBUG", limit=1000)
        assert any("/api/v1/generate" in line["message"] for line in lines)
        assert "secret" not in json.dumps(lines) and job not in json.dumps(lines)
        assert not [line for line in server.log if "secret" in line]
