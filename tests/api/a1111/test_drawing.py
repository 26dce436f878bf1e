"""Drawing over the A1111 dialect: what calls change is looked at through the native dialect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.a1111.calls import (
    RED,
    SMALL,
    base64_of,
    draw,
    image_of,
    newest_job,
    post,
    script,
)
from tests.servers import Server


def test_every_picture_of_a_batch_is_drawn_with_its_own_seed(server: Server) -> None:
    reply, info = draw(server, prompt="four", seed=7, batch_size=2, n_iter=2, cfg_scale=3)
    job = newest_job(server)
    assert len(reply["images"]) == 4
    assert info["all_seeds"] == [7, 8, 9, 10] == [picture["seed"] for picture in job["images"]]
    assert [job["job_id"]] == info["jobs"]
    assert job["parameters"]["cfg_scale"] == 3
    assert image_of(reply["images"][2]).info["parameters"] == info["infotexts"][2]
    assert "Seed: 9" in info["infotexts"][2]
    alone, _ = draw(server, prompt="four", seed=9, cfg_scale=3)
    assert alone["images"] == [reply["images"][2]]


def test_sizes_are_rounded_down_and_the_models_defaults_fill_in(server: Server) -> None:
    answer = post(server, "txt2img", prompt="x", width=131, height=79)
    info = json.loads(answer.json()["info"])
    assert (info["width"], info["height"], info["steps"]) == (128, 72, 4)
    assert image_of(answer.json()["images"][0]).size == (128, 72)
    assert newest_job(server)["parameters"]["seed"] == info["seed"] >= 0


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"sampler_name": "DPM++ 2M Karras"}, ("dpmpp_2m", "karras")),
        ({"sampler_name": None, "sampler_index": "Euler", "scheduler": "Karras"}, ("euler", "karras")),
        ({"sampler_name": "Automatic", "scheduler": "Automatic"}, ("euler", "discrete")),
        ({"sampler_name": "k_euler", "scheduler": "automatic"}, ("euler", "discrete")),
        ({"sampler_name": "DPM++ 2M", "scheduler": None}, ("dpmpp_2m", "karras")),
    ],
)
def test_samplers_go_by_their_many_names(server: Server, names: dict[str, Any], expected: tuple[str, str]) -> None:
    draw(server, **names)
    job = newest_job(server)
    assert (job["parameters"]["sampler"], job["parameters"]["scheduler"]) == expected


def test_null_means_not_given_and_unknown_fields_are_echoed(server: Server) -> None:
    fields: dict[str, Any] = dict.fromkeys(("styles", "subseed", "hr_scale", "negative_prompt", "seed", "s_tmax"))
    fields |= {"made_up": {"by": ["somebody"]}, "alwayson_scripts": {"ADetailer": {"args": [False]}}}
    reply, _ = draw(server, **fields)
    assert reply["parameters"]["made_up"] == {"by": ["somebody"]}
    assert reply["parameters"]["width"] == 64


def test_what_json_can_not_carry_back_is_not_echoed(server: Server) -> None:
    body = '{"prompt": "x", "a": NaN, "b": "\\ud800", "c": ' + "[" * 400 + "]" * 400 + ', "steps": 1}'
    answer = server.client.post("/sdapi/v1/txt2img", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["parameters"]["a"] is None


@pytest.mark.parametrize(
    "asked",
    [
        {"enable_hr": True},
        {"tiling": True},
        {"restore_faces": True},
        {"subseed_strength": 0.2},
        {"seed_resize_from_w": 512},
        {"refiner_checkpoint": "fine"},
        {"infotext": "Steps: 3"},
        {"prompt": "a cat <lora:fur:0.8>"},
        {"override_settings": {"sd_vae": "vae-ft-mse.safetensors"}},
        {"alwayson_scripts": {"ControlNet": {"args": [{"module": "canny", "model": "c"}]}}},
        {"alwayson_scripts": {"ADetailer": {"args": [True, {"ad_model": "face"}]}}},
    ],
)
def test_what_would_give_another_picture_is_refused(server: Server, asked: dict[str, Any]) -> None:
    before = newest_job(server)["job_id"]
    answer = post(server, "txt2img", **(SMALL | asked))
    assert answer.status_code == 501
    assert answer.json()["error"] == "NotBuilt"
    assert "not built" in answer.json()["detail"] == answer.json()["errors"]
    assert newest_job(server)["job_id"] == before


def test_what_is_ignored_is_said_in_the_notes(server: Server) -> None:
    _, info = draw(server, eta=0.4, s_noise=1, s_churn=0, override_settings={"eta_noise_seed_delta": 31337})
    assert info["notes"] == ["eta 0.4 was not applied.", "override_settings.eta_noise_seed_delta was not applied."]
    _, info = draw(server, eta=1.0, s_churn=0, s_tmax=0)
    assert info["notes"] == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (422, {"sampler_name": "Ouroboros"}),
        (422, {"steps": "many"}),
        (422, {"width": 4}),
        (422, {"cfg_scale": 1e9}),
        (422, {"n_iter": 0}),
        (422, {"styles": ["cinematic"]}),
        (422, {"script_name": "x/y/z plot"}),
        (422, {"override_settings": {"samples_format": "tiff"}}),
        (404, {"override_settings": {"sd_model_checkpoint": "nowhere.safetensors"}}),
    ],
)
def test_errors_come_in_a1111s_form(server: Server, status: int, body: dict[str, Any]) -> None:
    answer = post(server, "txt2img", **(SMALL | body))
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "detail", "body", "errors"}


def test_every_error_of_the_dialect_is_json(server: Server) -> None:
    client = server.client
    for answer in (
        client.get("/sdapi/v1/nothing"),
        client.get("/sdapi/v1/txt2img"),
        client.post("/sdapi/v1/txt2img", content=b"{", headers={"content-type": "application/json"}),
        client.post("/sdapi/v1/options", json=[]),
        client.post("/controlnet/detect", json={"controlnet_module": "canny"}),
        post(server, "interrogate", image=base64_of(RED)),
        client.get("/sdapi/v1/interrogate"),
    ):
        assert answer.status_code >= 400
        assert set(answer.json()) == {"error", "detail", "body", "errors"}, answer.text


def test_it_is_not_taken_for_comfyui(server: Server) -> None:
    answer = server.client.get("/system_stats")
    assert answer.status_code == 404
    assert "system" not in answer.json()


def test_a_failed_job_answers_with_its_error(server: Server) -> None:
    answer = post(server, "txt2img", prompt=script(**{"raise": "invalid"}), **SMALL)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "The script does not like it."
