"""The tutorial dialect: the request and the answer of `seeds/001`, as the pages' own clients use them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from tests.servers import Server, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Draws with the scripted model unless told otherwise."""
    with running_server(tmp_path_factory.mktemp("tutorial"), model="scripted") as running:
        yield running


def newest(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.client.get("/api/v1/jobs?limit=1").json()["jobs"][0]
    return found


def test_the_pages_request_is_answered_with_the_picture_that_was_stored(server: Server) -> None:
    body = {
        "prompt": "a serene mountain landscape at sunset, digital art",
        "negative_prompt": "blurry, low quality, distorted",
        "num_inference_steps": 30,
        "guidance_scale": 7.5,
        "seed": 42,
        "width": 512,
        "height": 256,
    }
    answer = server.client.post("/generate", json=body)
    assert answer.status_code == 200
    found = answer.json()
    assert found["seed"] == 42
    assert isinstance(found["generation_time"], float)
    data = base64.b64decode(found["image_base64"])
    assert Image.open(io.BytesIO(data)).size == (512, 256)
    job = newest(server)
    assert server.client.get(job["images"][0]["url"]).content == data
    parameters = job["parameters"]
    assert (parameters["steps"], parameters["cfg_scale"]) == (30, 7.5)
    assert parameters["negative_prompt"] == body["negative_prompt"]


def test_what_is_left_out_is_the_model_s_own_and_a_seed_is_drawn(server: Server) -> None:
    seeds = [server.client.post("/generate", json={"prompt": "x", "seed": None}).json()["seed"] for _ in range(2)]
    assert seeds[0] != seeds[1]
    tutorial = newest(server)["parameters"]
    server.client.post("/api/v1/generate", json={"prompt": "x"})
    assert newest(server)["parameters"] | {"seed": 0} == tutorial | {"seed": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"prompt": ""},
        {"prompt": "x" * 501},
        {"prompt": "x", "width": 500},
        {"prompt": "x", "height": 2048},
        {"prompt": "x", "num_inference_steps": 151},
        {"prompt": "x", "guidance_scale": 0.5},
        {"prompt": "x", "seed": 2**60},
        {"prompt": 5},
        [],
    ],
)
def test_what_is_out_of_the_pages_bounds_is_refused_in_fastapi_s_form(server: Server, wrong: object) -> None:
    before = server.client.get("/api/v1/jobs").json()["total"]
    answer = server.client.post("/generate", json=wrong)
    assert answer.status_code == 422
    assert set(answer.json()) == {"detail"} and isinstance(answer.json()["detail"], str)
    assert server.client.get("/api/v1/jobs").json()["total"] == before


def test_other_errors_have_that_form_too(server: Server) -> None:
    for answer, status in (
        (server.client.post("/generate", json={"prompt": "x", "model": "nope"}), 404),
        (server.client.get("/generate"), 405),
        (server.client.post("/generate", json={"prompt": json.dumps({"raise": "unknown"})}), 500),
    ):
        assert (answer.status_code, set(answer.json())) == (status, {"detail"})
    assert newest(server)["status"] == "failed"


def test_when_memory_runs_out_a_smaller_picture_is_drawn_and_said_to_be(server: Server) -> None:
    script = json.dumps({"raise": "oom", "over": 300 * 300})
    found = server.client.post("/generate", json={"prompt": script, "width": 512, "height": 512}).json()
    size = Image.open(io.BytesIO(base64.b64decode(found["image_base64"]))).size
    assert size == (found["width"], found["height"]) and size[0] * size[1] < 300 * 300
    assert any("512x512" in note for note in found["notes"])
    native = server.client.post("/api/v1/generate", json={"prompt": script, "width": 512, "height": 512})
    assert native.json()["code"] == "out_of_memory"  # elsewhere only where it is asked for


def test_a_key_makes_a_second_call_the_first_one_again(server: Server) -> None:
    body, headers = {"prompt": "once", "width": 64, "height": 64}, {"Idempotency-Key": "tutorial"}
    first = server.client.post("/generate", json=body, headers=headers).json()
    total = server.client.get("/api/v1/jobs").json()["total"]
    assert server.client.post("/generate", json=body, headers=headers).json() == first
    assert server.client.get("/api/v1/jobs").json()["total"] == total
    assert server.client.post("/generate", json=body | {"prompt": "other"}, headers=headers).status_code == 409
