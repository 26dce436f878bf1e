"""Generation by the native dialect: waiting or not, again by key, left behind, refused."""

from __future__ import annotations

import base64
import io
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.servers import Server, running_server


def picture(seed: int, width: int = 64, height: int = 64) -> str:
    """Noise as a PNG in base64."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels))


def encoded(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def pixels(text: str) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB")).astype(int)


def test_generate_waits_and_brings_the_pictures(server: Server) -> None:
    drawn = server.draw("a red apple", seed=5, batch_count=2, width=128)
    assert drawn["status"] == "completed" and drawn["generation_time"] >= 0
    first, second = drawn["images"]
    assert (first["seed"], second["seed"]) == (5, 6)
    assert second["parameters"]["seed"] == 6
    assert server.client.get(first["url"]).content == base64.b64decode(first["data"])
    image = Image.open(io.BytesIO(base64.b64decode(first["data"])))
    assert image.size == (128, 64)
    assert image.info["parameters"].startswith("a red apple")
    assert server.job(drawn["job_id"])["images"][0]["data"] is None


def test_the_curls_of_the_readme_are_readable_and_bring_the_picture(server: Server) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    [body] = re.findall(r"curl .*/api/v1/generate .*-d '(.*)'", readme)
    [path] = re.findall(r"curl .*localhost:7860(/api/v1/jobs/\S+)", readme)
    answer = server.client.post("/api/v1/generate", json=json.loads(body) | {"model": "scripted"})
    assert answer.status_code == 202 and len(answer.text) < 2000
    job = answer.json()["job_id"]
    server.wait_for(job, "completed")
    assert server.client.get(path.replace("JOB_ID", job)).content.startswith(b"\x89PNG")


def test_a_random_seed_is_told_and_draws_the_same_again(server: Server) -> None:
    first = server.draw(seed="random")
    again = server.draw(seed=first["images"][0]["seed"])
    assert first["images"][0]["data"] == again["images"][0]["data"]


@pytest.mark.parametrize("prefix", ["/api/v1", "/api"])
def test_the_other_calls_answer_at_once(server: Server, prefix: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "text2img": {},
        "img2img": {"init_image": picture(1)},
        "inpainting": {"source_image": picture(1), "mask_image": picture(2)},
    }
    for name, more in bodies.items():
        body = {"prompt": "x", "model": "scripted", "steps": 2} | more
        answer = server.client.post(f"{prefix}/generate/{name}", json=body)
        assert answer.status_code == 202, answer.text
        job = answer.json()["job_id"]
        assert answer.headers["location"] == f"/api/v1/jobs/{job}"
        assert server.wait_for(job, "completed")["images"]
        waited = server.client.post(f"{prefix}/generate/{name}", json=body | {"wait": True})
        assert waited.status_code == 200 and waited.json()["images"][0]["data"]


def test_img2img_starts_from_the_picture(server: Server) -> None:
    white = encoded(Image.new("RGB", (64, 64), "white"))
    plain = pixels(server.draw(seed=3)["images"][0]["data"])
    redrawn = server.draw(seed=3, init_image=white, strength=0.5)
    assert np.array_equal(pixels(redrawn["images"][0]["data"]), plain // 2 + 127)
    assert redrawn["parameters"]["strength"] == 0.5


def test_inpainting_keeps_what_is_black_in_the_mask(server: Server) -> None:
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 32, 64))
    source = picture(4)
    drawn = server.draw(init_image=source, mask_image=encoded(mask), seed=3)
    before, after = pixels(source), pixels(drawn["images"][0]["data"])
    assert np.array_equal(before[:, 32:], after[:, 32:])
    assert not np.array_equal(before[:, :32], after[:, :32])


def test_the_embedded_model_inpaints(server: Server) -> None:
    mask = Image.new("L", (128, 128), 0)
    mask.paste(255, (0, 0, 64, 128))
    source = picture(4, 128, 128)
    body = {"model": "doodle", "width": 128, "height": 128, "steps": 2, "mask_image": encoded(mask)}
    drawn = server.draw("red apple", init_image=source, **body)
    before, after = pixels(source), pixels(drawn["images"][0]["data"])
    assert np.array_equal(before[:, 64:], after[:, 64:])
    assert np.abs(before[:, :64] - after[:, :64]).mean() > 5


def test_a_key_makes_a_second_call_the_first_one_again(server: Server) -> None:
    def call(key: str) -> httpx2.Response:
        body = {"prompt": "x", "model": "scripted", "wait": False}
        return server.client.post("/api/v1/generate", json=body, headers={"Idempotency-Key": key})

    before = server.client.get("/api/v1/jobs").json()["total"]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(call, ["one key"] * 8))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    assert call("another").json()["job_id"] != answers[0].json()["job_id"]
    assert server.client.get("/api/v1/jobs").json()["total"] == before + 2
    assert call("k" * 201).status_code == 422


@pytest.mark.parametrize("other", [{"prompt": "y"}, {"steps": 5}, {"seed": 5}, {"batch_count": 2}])
def test_a_key_is_for_one_request(server: Server, other: dict[str, Any]) -> None:
    body = {"prompt": "x", "model": "scripted", "width": 64, "steps": 4, "wait": False}
    headers = {"Idempotency-Key": f"for one request {other}"}
    first = server.client.post("/api/v1/generate", json=body, headers=headers).json()["job_id"]
    total = server.client.get("/api/v1/jobs").json()["total"]
    refused = server.client.post("/api/v1/generate", json=body | other, headers=headers)
    assert refused.status_code == 409 and "was used for another request" in refused.json()["detail"]
    again = server.client.post("/api/v1/generate", json=body | {"seed": -1, "preview_every": 1}, headers=headers)
    assert again.json()["job_id"] == first
    assert server.client.get("/api/v1/jobs").json()["total"] == total


def leave(server: Server, body: dict[str, Any]) -> str:
    """Ask and wait for pictures, go away when the job runs; return the job's id."""
    data = json.dumps({"model": "scripted", "width": 64, "height": 64, "steps": 4} | body).encode()
    after = max((event["id"] for event in latest(server)), default=0)
    with socket.create_connection((httpx2.URL(server.url).host, httpx2.URL(server.url).port or 0)) as client:
        head = (
            "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\n\r\n"
        )
        client.sendall(head.encode() + data)
        for event in server.events(after=after):
            if event["type"] == "running":
                return str(event["job"])
    raise AssertionError


def latest(server: Server) -> list[dict[str, Any]]:
    """Every event of the newest job."""
    jobs = server.client.get("/api/v1/jobs", params={"limit": 1}).json()["jobs"]
    events = []
    for event in server.events(jobs[0]["job_id"], after=0) if jobs else ():
        events.append(event)
        if event["type"] in ("completed", "failed", "cancelled"):
            break
    return events


def test_a_job_goes_on_without_its_client(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    server.draw()
    job = leave(server, {"prompt": json.dumps({"wait": str(gate)})})
    other = server.queue()
    gate.touch()
    assert server.wait_for(job, "completed")["images"]
    assert server.wait_for(other, "completed")["images"]


def test_a_job_ends_with_its_client_if_it_says_so(server: Server, tmp_path: Path) -> None:
    server.draw()
    job = leave(server, {"prompt": json.dumps({"wait": str(tmp_path / "never")}), "disconnect": "cancel"})
    server.wait_for(job, "cancelled")
    assert latest(server)[-1]["reason"] == "The client went away."
    assert server.draw()["status"] == "completed"


def test_a_full_queue_refuses_and_says_when_to_come_again(folder: Path, tmp_path: Path) -> None:
    with running_server(folder, queue_limit=2) as server:
        gate = tmp_path / "gate"
        server.wait_for(server.queue({"wait": str(gate)}), "running")
        waiting = [server.queue(), server.queue()]
        body = {"prompt": "x", "model": "scripted"}
        for path in ("generate", "generate/text2img"):
            refused = server.client.post(f"/api/v1/{path}", json=body)
            assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
            assert refused.json()["code"] == "queue_full"
        server.client.post(f"/api/v1/jobs/{waiting[0]}/cancel")
        assert server.client.post("/api/v1/generate/text2img", json=body).status_code == 202
        gate.touch()


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "prompt is missing."),
        ({"prompt": "x", "hight": 64}, 422, "There is no parameter called 'hight'."),
        ({"prompt": "x", "width": 65}, 422, "width should be a multiple of 8, not 65."),
        ({"prompt": "x", "steps": 0}, 422, "steps should be greater than or equal to 1, not 0."),
        ({"prompt": "x", "steps": "many"}, 422, "steps: input should be a valid integer"),
        ({"prompt": "x", "sampler": "eulr"}, 422, "There is no sampler 'eulr'."),
        ({"prompt": "x", "model": "scriptd"}, 404, 'There is no model called "scriptd".'),
        ({"prompt": "x", "init_image": "%%%"}, 422, "An image is not valid base64."),
        ({"prompt": "x", "init_image": "aGVsbG8="}, 422, "The image is not an image that can be read."),
        ({"prompt": "x", "init_image": "http://127.0.0.1/a.png"}, 422, "This server does not fetch images by URL."),
        ({"prompt": "x", "mask_image": picture(1)}, 422, "A mask or a strength needs an image to start from."),
        ({"prompt": "x", "priority": 101}, 422, "priority: input should be less than or equal to 100."),
        ({"prompt": "x" * 20_001}, 422, "prompt"),
        ({"prompt": "x", "vae_model": "other"}, 422, "vae_model"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(server: Server, body: dict[str, Any], status: int, says: str) -> None:
    answer = server.client.post("/api/v1/generate", json={"model": "scripted"} | body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert says in answer.json()["detail"]
    assert server.client.post("/api/v1/generate/text2img", json={"model": "scripted"} | body).status_code == status


@pytest.mark.parametrize("data", [b"", b"{", b'"text"', b"[]", b"\xff\xfe", b'{"prompt": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(server: Server, data: bytes) -> None:
    answer = server.client.post("/api/v1/generate", content=data, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and answer.json()["detail"]


def test_images_must_go_to_the_calls_that_take_them(server: Server) -> None:
    body = {"prompt": "x", "model": "scripted"}
    for path, more in (("text2img", {"init_image": picture(1)}), ("img2img", {}), ("inpainting", {"image": "x"})):
        assert server.client.post(f"/api/v1/generate/{path}", json=body | more).status_code == 422
    assert server.client.post("/api/v1/generate/inpainting", json=body | {"init_image": picture(1)}).status_code == 422


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        ({"raise": "invalid"}, 422, "invalid_input"),
        ({"raise": "unknown"}, 500, "engine_failure"),
    ],
)
def test_an_engines_failure_is_the_answer(server: Server, script: dict[str, Any], status: int, code: str) -> None:
    answer = server.client.post("/api/v1/generate", json={"prompt": json.dumps(script), "model": "scripted"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    newest = server.client.get("/api/v1/jobs", params={"limit": 1}).json()["jobs"][0]
    assert newest["status"] == "failed" and newest["error"]["message"] == answer.json()["detail"]


def test_who_waits_for_a_cancelled_job_is_told(server: Server, tmp_path: Path) -> None:
    body = {"prompt": json.dumps({"wait": str(tmp_path / "never")}), "model": "scripted"}
    headers = {"Idempotency-Key": "cancelled while waited for"}
    job = server.client.post("/api/v1/generate/text2img", json=body, headers=headers).json()["job_id"]
    server.wait_for(job, "running")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(server.client.post, "/api/v1/generate", json=body, headers=headers)
        server.client.post(f"/api/v1/jobs/{job}/cancel").raise_for_status()
        assert waiting.result().status_code == 409
        assert waiting.result().json()["code"] == "cancelled"


def test_what_is_not_built_says_so(server: Server) -> None:
    control = {"prompt": "x", "control_image": picture(1), "control_net_model": "canny"}
    for path, body in (("controlnet", control), ("upscale", {"image": picture(1), "esrgan_model": "x4"})):
        answer = server.client.post(f"/api/v1/generate/{path}", json=body)
        assert answer.status_code == 501 and answer.json()["code"] == "not_built"


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b'{"prompt": "x"}', "text/plain", "Content-Type: application/json"),
        (b"[]", "application/json", "not a JSON object"),
        (b'{"prompt": ', "application/json", "not JSON"),
    ],
)
def test_a_body_that_is_no_json_object_is_said(server: Server, body: bytes, kind: str, said: str) -> None:
    answer = server.client.post("/api/v1/generate", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, said in answer.json()["detail"]) == (422, True), answer.text
