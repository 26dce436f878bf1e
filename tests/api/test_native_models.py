"""Models by HTTP: what one path changes is seen through another, and no answer tells where the machine keeps them."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, running_server, save_scripted_model

UNKNOWN_TENSORS = {"strange": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}


def save_tensors(path: Path, tensors: dict[str, Any], size: int) -> None:
    """A safetensors file of `size` bytes of data, with a hole where nothing is written."""
    header = json.dumps(tensors).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    with path.open("r+b") as file:
        file.truncate(8 + len(header) + size)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models of all sorts: good, of the same name, strange, broken."""
    folder = tmp_path_factory.mktemp("models-server")
    for place in (".", "x", "y"):
        save_scripted_model(folder / "models" / place, "same" if place != "." else "other")
    broken = save_scripted_model(folder / "models", "broken")
    broken.write_bytes(broken.read_bytes()[:-8])
    save_tensors(folder / "models" / "strange.safetensors", UNKNOWN_TENSORS, 4)
    return folder


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    """A server with these models."""
    with running_server(home) as running:
        yield running


def listed(server: Server, **query: Any) -> list[str]:
    return [model["id"] for model in server.client.get("/api/v1/models", params=query).json()["models"]]


def test_list_filters_searches_sorts_and_pages(server: Server) -> None:
    everything = {"doodle", "scripted", "other", "x/same.safetensors", "y/same.safetensors", "broken", "strange"}
    assert set(listed(server)) == everything
    assert listed(server) == sorted(everything)
    assert listed(server, sort_order="desc") == sorted(everything, reverse=True)
    assert set(listed(server, type="checkpoint")) == everything - {"broken", "strange"}
    assert listed(server, search="SAME y") == ["y/same.safetensors"]
    assert listed(server, sort_by="size", sort_order="desc")[0] == "doodle"
    assert listed(server, sort_by="type")[-2:] == ["broken", "strange"]
    page = server.client.get("/api/models", params={"limit": 3, "page": 3}).json()
    assert (page["total"], page["pages"], [model["id"] for model in page["models"]]) == (7, 3, listed(server)[6:])
    assert server.client.get("/api/v1/models", params={"page": 99}).json()["models"] == []
    for wrong in ({"type": "poem"}, {"sort_by": "colour"}, {"page": 0}, {"limit": 5000}):
        assert server.client.get("/api/v1/models", params=wrong).status_code == 422


def test_a_model_is_found_by_its_names(server: Server) -> None:
    shown = server.client.get("/api/v1/models/x/same.safetensors").json()
    assert shown["id"] == shown["path"] == "x/same.safetensors"
    assert shown["engines"] == ["scripted"] and shown["source"] == "models" and shown["loaded"] is None
    assert server.client.get("/api/v1/models/x/same").json() == shown
    assert server.client.get("/api/v1/models/other.safetensors").json()["id"] == "other"
    assert server.client.get("/api/v1/models/doodle").json()["source"] == "embedded"
    assert server.client.get("/api/v1/models/same").status_code == 422  # two are called so
    unknown = server.client.get("/api/v1/models/othr")
    assert unknown.status_code == 404 and unknown.json()["hint"] == "Did you mean other?"
    nothing_near = server.client.get("/api/v1/models/zzzzzzzz")
    assert nothing_near.status_code == 404 and "hint" not in nothing_near.json()
    assert server.client.get("/api/v1/models/..%2F..%2Fetc%2Fpasswd").status_code == 404


def test_no_answer_tells_a_path_of_the_machine(server: Server, home: Path) -> None:
    paths = ["/models", "/models/other", "/models/broken", "/models/nope", "/models/stats", "/models/types", "/status"]
    for path in paths:
        assert str(home) not in server.client.get(f"/api/v1{path}").text
    for path in ("validate", "hash"):
        assert str(home) not in server.client.post(f"/api/v1/models/{path}", json={}).text


def test_load_and_unload_are_seen_by_status_and_used_by_jobs(server: Server) -> None:
    loaded = server.client.post("/api/v1/models/x/same.safetensors/load").json()
    assert loaded["loaded"]["plan"]["engine"] == "scripted" and loaded["loaded"]["memory"] > 2**20
    assert "x/same.safetensors" in server.client.get("/api/v1/status").json()["loaded_models"]
    loads = server.client.get("/api/v1/models/stats").json()["loads"]
    server.draw(model="x/same.safetensors")
    assert server.client.get("/api/v1/models/stats").json()["loads"] == loads  # the one that was there drew
    gone = server.client.post("/api/v1/models/x/same.safetensors/unload").json()
    assert (gone["was_loaded"], gone["loaded"]) == (True, False)
    assert "x/same.safetensors" not in server.client.get("/api/v1/status").json()["loaded_models"]
    again = server.client.post("/api/v1/models/x/same.safetensors/unload").json()
    assert again["was_loaded"] is False
    assert server.client.post("/api/v1/models/nope/load").status_code == 404
    assert server.client.post("/api/v1/models/nope/unload").status_code == 404
    assert server.client.post("/api/v1/models/broken/load").status_code == 422


def test_a_busy_model_is_unloaded_after_its_job(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    job = server.queue({"wait": str(gate)}, model="other")
    server.wait_for(job, "running")
    assert server.client.post("/api/v1/models/other/unload").json()["was_loaded"] is True
    gate.touch()
    assert server.wait_for(job, "completed")["images"]


def test_refresh_finds_new_files(server: Server, home: Path) -> None:
    listed(server)
    save_scripted_model(home / "models", "newcomer")
    try:
        server.client.post("/api/v1/models/refresh").raise_for_status()
        assert "newcomer" in listed(server)
        assert server.draw(model="newcomer")["parameters"]["model"] == "newcomer"
    finally:
        (home / "models" / "newcomer.safetensors").unlink()
        server.client.post("/api/v1/models/refresh").raise_for_status()
    assert "newcomer" not in listed(server)


def test_types_stats_and_directories_agree_with_the_list(server: Server, home: Path) -> None:
    models = server.client.get("/api/v1/models").json()["models"]
    stats = server.client.get("/api/v1/models/stats").json()
    assert stats["models"] == len(models) == sum(stats["by_type"].values())
    assert stats["bytes"] == sum(model["size"] for model in models)
    assert stats["unusable"] == sum(model["problem"] is not None for model in models) == 2
    types = {one["type"]: one for one in server.client.get("/api/v1/models/types").json()}
    assert types["checkpoint"]["count"] == 5 and types["checkpoint"]["supported"]
    assert types["lora"]["count"] == 0 and not types["lora"]["supported"]
    folders = {one["name"]: one for one in server.client.get("/api/v1/models/directories").json()}
    assert folders["models"]["path"] == str(home / "models")  # who needs no key is an admin
    assert folders["models"]["models"] == 6 and folders["embedded"]["models"] == 1
    assert folders["models"]["writable"] and folders["models"]["free_bytes"] > 0


def test_batch_tells_of_each_what_became_of_it(server: Server) -> None:
    names = ["scripted", "nope", "y/same"]
    done = server.client.post("/api/v1/models/batch", json={"operation": "load", "models": names}).json()
    assert [(one["ok"], one["loaded"]) for one in done["results"]] == [(True, True), (False, None), (True, True)]
    assert done["failed"] == 1 and done["results"][1]["error"]["code"] == "not_found"
    assert {"scripted", "y/same.safetensors"} <= set(server.client.get("/api/v1/status").json()["loaded_models"])
    body = {"operation": "unload", "models": ["scripted", "y/same"]}
    server.client.post("/api/models/batch", json=body).raise_for_status()
    assert not {"scripted", "y/same.safetensors"} & set(server.client.get("/api/v1/status").json()["loaded_models"])
    for wrong in ({"operation": "eat", "models": ["scripted"]}, {"operation": "load", "models": []}):
        assert server.client.post("/api/v1/models/batch", json=wrong).status_code == 422


def test_validate_says_what_is_wrong_with_a_file(server: Server, home: Path) -> None:
    found = server.client.post("/api/v1/models/validate").json()["results"]
    by_name = {one["model"]: one for one in found}
    assert by_name["other"]["ok"] and by_name["other"]["engines"] == ["scripted"]
    assert not by_name["broken"]["ok"] and by_name["broken"]["error"]["code"] == "corrupt_file"
    assert not by_name["strange"]["ok"] and by_name["strange"]["error"]["message"]
    file = home / "models" / "other.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:-8])
    try:
        (other,) = server.client.post("/api/v1/models/validate", json={"models": ["other"]}).json()["results"]
        assert not other["ok"]
    finally:
        file.write_bytes(whole)
    assert server.client.post("/api/v1/models/validate", json={"models": ["other"]}).json()["failed"] == 0


def test_many_are_named_as_one_is(server: Server) -> None:
    names = ["other.safetensors", "x/same", "same", "broken", "othr", "../models/other"]
    wanted = ["", "", "invalid_input", "corrupt_file", "not_found", "not_found"]
    for path in ("validate", "hash"):
        found = server.client.post(f"/api/v1/models/{path}", json={"models": names}).json()["results"]
        assert [one["error"]["code"] if one["error"] else "" for one in found] == wanted
        assert [one["model"] for one in found] == names
        assert found[4]["error"]["hint"] == "Did you mean other?"
    later = server.client.post("/api/v1/models/hash", json={"models": names, "wait": False})
    assert later.status_code == 422 and later.json()["hint"].startswith("Say which: x/same")


def test_hash_is_that_of_the_file_as_long_as_it_stays(server: Server, home: Path) -> None:
    file = save_scripted_model(home / "models", "hashed")
    try:
        assert server.client.get("/api/v1/models/hashed").json()["sha256"] is None
        wanted = hashlib.sha256(file.read_bytes()).hexdigest()
        done = server.client.post("/api/v1/models/hash", json={"models": ["hashed", "nope"]}).json()
        assert [one["sha256"] for one in done["results"]] == [wanted, None]
        assert server.client.get("/api/v1/models/hashed").json()["sha256"] == wanted
        assert f"Model hash: {wanted[:10]}" in server.draw(model="hashed")["images"][0]["infotext"]
        file.touch()
        server.client.post("/api/v1/models/refresh").raise_for_status()
        assert server.client.get("/api/v1/models/hashed").json()["sha256"] is None
    finally:
        file.unlink()


def test_hashing_does_not_keep_pictures_waiting(server: Server, home: Path) -> None:
    size = 2 * 2**30
    tensors = {
        name: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
        for name in ("first_stage_model.x", "cond_stage_model.scripted.x")
    } | {
        "model.diffusion_model.input_blocks.0.0.weight": {
            "dtype": "F32",
            "shape": [size // 4 - 2],
            "data_offsets": [8, size],
        }
    }
    tensors["cond_stage_model.scripted.x"]["data_offsets"] = [4, 8]
    save_tensors(home / "models" / "huge.safetensors", tensors, size)
    server.draw(model="scripted")
    try:
        server.client.post("/api/v1/models/refresh").raise_for_status()
        with ThreadPoolExecutor() as threads:
            hashing = threads.submit(server.client.post, "/api/v1/models/hash", json={"models": ["huge"]})
            assert server.draw(model="scripted")["images"]
            assert not hashing.done()
            assert hashing.result().json()["failed"] == 0
    finally:
        (home / "models" / "huge.safetensors").unlink()


def test_plans_are_told_with_what_they_take_and_why_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = [
        {"id": "tiny", "name": "Small card", "memory": 1000},
        {"id": "gpu", "name": "Card"},
        {"id": "cpu", "name": "CPU"},
    ]
    monkeypatch.setenv("SCRIPTED_DEVICES", json.dumps(devices))
    with running_server(tmp_path) as server:
        told = server.client.get("/api/v1/models/scripted/plans").raise_for_status().json()
        assert told["engines"] == [{"engine": "scripted", "rank": "only", "problem": None}]
        assert all(one["footprint"]["device"] > one["available"] for one in told["plans"] if one["fits"] is False)
        known = {one["plan"]["device"]: one["verdict"] for one in plans_of(server)}
        assert known == {"tiny": "too_large", "gpu": "first", "cpu": "next"}
        drawn = server.draw({"raise": "lost", "on": {"device": "gpu"}})
        seen = {one["plan"]["device"]: one for one in plans_of(server)}
        assert seen["gpu"]["verdict"] == "avoided" and "lost" in seen["gpu"]["failure"]
        assert seen[drawn["plan"]["device"]]["verdict"] == "first", "what is told is what happens"
        assert server.client.get("/api/v1/models/none/plans").status_code == 404


def plans_of(server: Server) -> list[dict[str, Any]]:
    """The scripted model's, the last ones first."""
    found: list[dict[str, Any]] = server.client.get("/api/v1/models/scripted/plans").raise_for_status().json()["plans"]
    return found[::-1]
