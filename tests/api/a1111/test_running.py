"""Drawing that runs while others look, interrupt, skip or leave; overrides; keys."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.a1111.calls import (
    RED,
    SMALL,
    Meanwhile,
    base64_of,
    draw,
    image_of,
    last_event,
    newest_job,
    post,
    script,
    wait_for_event,
)
from tests.servers import Server, wait_until


def test_overrides_hold_for_one_request(server: Server) -> None:
    overrides = {"sd_model_checkpoint": "other.safetensors", "CLIP_stop_at_last_layers": 2, "sd_vae": "Automatic"}
    reply, info = draw(server, override_settings=overrides | {"samples_format": "webp"}, clip_skip=1)
    assert image_of(reply["images"][0]).format == "WEBP"
    assert (info["sd_model_name"], info["clip_skip"]) == ("other", 2)
    assert newest_job(server)["parameters"]["model"] == "other"
    _, info = draw(server)
    assert (info["sd_model_name"], info["clip_skip"]) == ("scripted", 1)
    assert len(info["sd_model_hash"]) == 10
    assert f"Model hash: {info['sd_model_hash']}" in info["infotexts"][0]


def test_overrides_stay_when_they_are_not_to_be_restored(server: Server) -> None:
    draw(server, override_settings={"CLIP_stop_at_last_layers": 3}, override_settings_restore_afterwards=False)
    assert server.client.get("/sdapi/v1/options").json()["CLIP_stop_at_last_layers"] == 3
    _, info = draw(server)
    assert info["clip_skip"] == 3
    assert post(server, "options", CLIP_stop_at_last_layers=1).status_code == 200


def test_without_send_images_they_are_kept_all_the_same(server: Server) -> None:
    reply, info = draw(server, send_images=False)
    assert reply["images"] == []
    assert [picture["seed"] for picture in server.job(info["jobs"][0])["images"]] == info["all_seeds"]


def test_progress_is_seen_from_another_connection(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "go on"
    waiting = script(at=3, wait=str(gate))
    call = Meanwhile(lambda: draw(server, prompt=waiting, n_iter=2, seed=1))
    found = wait_until(lambda: (p := server.client.get("/sdapi/v1/progress").json())["state"]["sampling_step"] and p)
    found = wait_until(lambda: (p := server.client.get("/sdapi/v1/progress").json())["current_image"] and p)
    assert found["state"] | {"job": "", "job_timestamp": "", "sampling_step": 0} == {
        "skipped": False,
        "interrupted": False,
        "stopping_generation": False,
        "job": "",
        "job_count": 2,
        "job_timestamp": "",
        "job_no": 0,
        "sampling_step": 0,
        "sampling_steps": 4,
    }
    assert found["state"]["job"] == newest_job(server)["job_id"]
    assert 0 < found["progress"] < 0.5
    assert image_of(found["current_image"]).size == (8, 8)
    plain = server.client.get("/sdapi/v1/progress", params={"skip_current_image": "true"}).json()
    assert plain["current_image"] is None
    gate.touch()
    call.result()
    idle = server.client.get("/sdapi/v1/progress").json()
    assert (idle["progress"], idle["state"]["job_count"], idle["current_image"]) == (0, 0, None)


def test_a_call_that_waits_for_its_turn_keeps_the_server_busy_and_can_be_interrupted(
    server: Server, tmp_path: Path
) -> None:
    assert server.client.post("/api/v1/queue/pause").is_success
    call = Meanwhile(lambda: draw(server, prompt="waits"))
    found = wait_until(lambda: (p := server.client.get("/sdapi/v1/progress").json())["state"]["job_count"] and p)
    assert found["progress"] == 0
    assert post(server, "interrupt").json() == {}
    reply, _ = call.result()
    assert reply["images"] == []
    assert newest_job(server)["status"] == "cancelled"
    assert server.client.post("/api/v1/queue/resume").is_success


def test_interrupt_returns_what_is_finished_and_frees_the_engine(server: Server) -> None:
    after = last_event(server)
    call = Meanwhile(lambda: draw(server, prompt=script(pace=0.02), n_iter=500, seed=100))
    wait_for_event(server, after, "picture")
    began = time.monotonic()
    assert post(server, "interrupt").json() == {}
    reply, info = call.result()
    assert time.monotonic() - began < 2
    job = newest_job(server)
    assert job["status"] == "cancelled"
    assert 1 <= len(reply["images"]) == len(job["images"]) < 500
    assert info["all_seeds"] == [100 + i for i in range(len(reply["images"]))]
    state = server.client.get("/sdapi/v1/progress").json()["state"]
    assert state["interrupted"] and state["job_count"] == 0
    began = time.monotonic()
    draw(server, prompt="next")
    assert time.monotonic() - began < 2
    assert not server.client.get("/sdapi/v1/progress").json()["state"]["interrupted"]


def test_skip_leaves_one_picture_out(server: Server) -> None:
    after = last_event(server)
    call = Meanwhile(lambda: draw(server, prompt=script(pace=0.05), n_iter=5, seed=20))
    wait_for_event(server, after, "picture")
    assert post(server, "skip").json() == {}
    reply, info = call.result()
    assert len(reply["images"]) == 4
    assert len(info["jobs"]) == 2
    seeds = info["all_seeds"]
    assert len(seeds) == 4 == len(set(seeds)) and set(seeds) < set(range(20, 25))
    assert [server.job(job)["status"] for job in info["jobs"]] == ["cancelled", "completed"]
    assert server.client.get("/sdapi/v1/progress").json()["state"]["skipped"]


def test_a_job_cancelled_by_other_means_is_an_error(server: Server) -> None:
    after = last_event(server)
    call = Meanwhile(lambda: post(server, "txt2img", prompt=script(pace=0.05), n_iter=50, **SMALL))
    job = wait_for_event(server, after, "running")["job"]
    server.client.post(f"/api/v1/jobs/{job}/cancel").raise_for_status()
    assert call.result().status_code == 409


def test_the_job_goes_on_without_its_client_and_can_be_interrupted(server: Server, tmp_path: Path) -> None:
    after = last_event(server)
    waiting = script(wait=str(tmp_path / "never"))
    impatient = httpx2.Client(base_url=server.url, timeout=0.5, trust_env=False)
    with impatient, pytest.raises(httpx2.ReadTimeout):
        impatient.post("/sdapi/v1/txt2img", json=SMALL | {"prompt": waiting})
    job = wait_for_event(server, after, "running")["job"]
    assert server.job(job)["status"] == "running"
    post(server, "interrupt").raise_for_status()
    assert server.job(job)["status"] == "cancelled"


@pytest.mark.parametrize(("path", "more"), [("txt2img", {}), ("img2img", {"init_images": [base64_of(RED)]})])
def test_a_key_makes_a_second_call_the_first_one_again(server: Server, path: str, more: dict[str, Any]) -> None:
    def call(**body: Any) -> httpx2.Response:
        asked = SMALL | more | {"prompt": "once"} | body
        return server.client.post(f"/sdapi/v1/{path}", json=asked, headers={"Idempotency-Key": f"a1111 {path}"})

    first = call().json()
    total = server.client.get("/api/v1/jobs").json()["total"]
    again = call().json()
    assert first["images"] == again["images"]
    assert json.loads(first["info"])["jobs"] == json.loads(again["info"])["jobs"]
    assert server.client.get("/api/v1/jobs").json()["total"] == total
    assert call(prompt="other").status_code == 409


def test_the_rest_after_a_skip_is_a_job_beside_the_one_of_the_key(server: Server) -> None:
    after, headers = last_event(server), {"Idempotency-Key": "skipped"}
    body = SMALL | {"prompt": script(pace=0.2), "n_iter": 2, "seed": 5}
    call = Meanwhile(lambda: server.client.post("/sdapi/v1/txt2img", json=body, headers=headers))
    wait_for_event(server, after, "running")
    post(server, "skip").raise_for_status()
    assert json.loads(call.result().json()["info"])["all_seeds"] == [6]
