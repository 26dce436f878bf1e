"""The A1111 dialect over HTTP: what calls change is looked at through the native dialect."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

from tests.api.a1111 import Meanwhile, base64_of, image_of, last_event, newest_job, script, wait_for_event
from tests.servers import Server, running_server, save_scripted_model, wait_until

SMALL = {"width": 64, "height": 64, "steps": 4, "sampler_name": "Euler"}
RED = Image.new("RGB", (64, 64), (200, 0, 0))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("a1111")
    other = save_scripted_model(folder / "models", "other")
    safetensors.numpy.save_file(safetensors.numpy.load_file(other), other, metadata={"of": "another hash"})
    with running_server(folder, model="scripted", preview_seconds=0) as running:
        yield running


def post(server: Server, path: str, **body: Any) -> httpx2.Response:
    return server.client.post(f"/sdapi/v1/{path}", json=body)


def draw(server: Server, path: str = "txt2img", **body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer, which must be 200, and its `info`."""
    answer = post(server, path, **(SMALL | body))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found, json.loads(found["info"])


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


def test_img2img_starts_from_the_image(server: Server) -> None:
    plain, _ = draw(server, seed=3)
    reply, info = draw(
        server, "img2img", init_images=[f"data:image/png;base64,{base64_of(RED)}"], denoising_strength=0.4, seed=3
    )
    drawn, alone = (np.asarray(image_of(found["images"][0])).astype(int) for found in (reply, plain))
    assert np.array_equal(drawn, alone // 2 + np.asarray(RED) // 2)  # what the scripted engine does
    assert info["denoising_strength"] == 0.4 == newest_job(server)["parameters"]["strength"]
    assert "Denoising strength: 0.4" in info["infotexts"][0]
    assert "init_images" not in reply["parameters"]
    again, _ = draw(server, "img2img", init_images=[base64_of(RED)], include_init_images=True)
    assert again["parameters"]["init_images"] == [base64_of(RED)]


@pytest.mark.parametrize(("mode", "corner"), [(0, (0, 0, 255)), (1, (200, 0, 0)), (2, (0, 0, 255))])
def test_resize_modes(server: Server, mode: int, corner: tuple[int, int, int]) -> None:
    wide = Image.new("RGB", (192, 64), (200, 0, 0))
    wide.paste((0, 0, 255), (0, 0, 64, 64))
    plain, _ = draw(server, seed=3)
    reply, _ = draw(server, "img2img", init_images=[base64_of(wide)], resize_mode=mode, seed=3)
    found = np.asarray(image_of(reply["images"][0]))[0, 0].astype(int)
    alone = np.asarray(image_of(plain["images"][0]))[0, 0].astype(int)
    assert np.allclose(found, alone // 2 + np.array(corner) // 2, atol=3)


def test_white_in_the_mask_is_repainted(server: Server) -> None:
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 0, 32, 64))
    fields = {"init_images": [base64_of(RED)], "mask": base64_of(mask), "mask_blur": 0, "inpainting_fill": 1}
    for invert, kept in ((0, np.s_[:, 32:]), (1, np.s_[:, :32])):
        reply, _ = draw(server, "img2img", **fields, inpainting_mask_invert=invert)
        same = (np.asarray(image_of(reply["images"][0])) == np.asarray(RED)).all(axis=-1)
        assert same[kept].all() and same.sum() == 64 * 32
    assert newest_job(server)["parameters"]["mask_blur"] == 0


def test_only_the_masked_part_is_drawn_at_full_size(server: Server) -> None:
    size = (256, 192)
    source = Image.fromarray(np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    mask = Image.new("RGBA", size)
    mask.paste((0, 0, 0, 255), (100, 80, 140, 110))  # what is opaque is repainted
    reply, info = draw(
        server,
        "img2img",
        init_images=[base64_of(source)],
        mask=base64_of(mask),
        mask_blur=0,
        inpaint_full_res=True,
        inpaint_full_res_padding=8,
    )
    whole = image_of(reply["images"][0])
    assert whole.size == size
    changed = (np.asarray(whole) != np.asarray(source)).any(axis=-1)
    assert changed[80:110, 100:140].mean() > 0.9
    changed[80:110, 100:140] = False
    assert not changed.any()
    assert whole.info["parameters"] == info["infotexts"][0]
    [stored] = newest_job(server)["images"]
    assert (stored["width"], stored["height"]) == (64, 64)


def test_a_blank_mask_redraws_all(server: Server) -> None:
    blank = base64_of(Image.new("L", (64, 64)))
    _, info = draw(server, "img2img", init_images=[base64_of(RED)], mask=blank, inpaint_full_res=True)
    assert info["notes"] == ["The mask is blank: the whole picture was redrawn."]
    assert newest_job(server)["parameters"]["strength"] == 0.75


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (422, {}),
        (422, {"init_images": []}),
        (422, {"init_images": ["not base64!"]}),
        (422, {"init_images": [base64_of(RED)[:60]]}),
        (422, {"init_images": ["https://127.0.0.1/x.png"]}),
        (501, {"init_images": [base64_of(RED)] * 2}),
        (501, {"init_images": [base64_of(RED)], "resize_mode": 3}),
        (501, {"init_images": [base64_of(RED)], "mask": base64_of(RED), "inpainting_fill": 2}),
        (501, {"init_images": [base64_of(RED)], "mask": base64_of(RED), "mask_blur_x": 9}),
        (422, {"init_images": [base64_of(RED)], "denoising_strength": 7}),
    ],
)
def test_img2img_says_what_is_wrong(server: Server, status: int, body: dict[str, Any]) -> None:
    answer = post(server, "img2img", **(SMALL | body))
    assert answer.status_code == status, answer.text


def test_options_are_kept_and_obeyed(server: Server) -> None:
    changes = {"CLIP_stop_at_last_layers": 2, "samples_format": "jpg", "enable_pnginfo": False, "jpeg_quality": 50}
    assert post(server, "options", **changes).json() == {}
    shown = server.client.get("/sdapi/v1/options").json()
    assert {name: shown[name] for name in changes} == changes
    reply, info = draw(server)
    picture = image_of(reply["images"][0])
    assert picture.format == "JPEG" and not picture.getexif()
    assert info["clip_skip"] == 2
    assert newest_job(server)["parameters"]["quality"] == 50
    post(server, "options", CLIP_stop_at_last_layers=1, samples_format="png", enable_pnginfo=True, jpeg_quality=92)
    assert post(server, "options", sd_vae="some.vae").status_code == 501
    assert post(server, "options", sd_model_checkpoint="nowhere").status_code == 404
    assert post(server, "options", CLIP_stop_at_last_layers=99).status_code == 422


def test_without_previews_there_is_no_image_in_progress(server: Server, tmp_path: Path) -> None:
    post(server, "options", live_previews_enable=False).raise_for_status()
    gate = tmp_path / "go on"
    call = Meanwhile(lambda: draw(server, prompt=script(at=3, wait=str(gate))))
    found = wait_until(
        lambda: (p := server.client.get("/sdapi/v1/progress").json())["state"]["sampling_step"] == 2 and p
    )
    assert found["current_image"] is None
    gate.touch()
    call.result()
    post(server, "options", live_previews_enable=True).raise_for_status()


def test_switching_the_model_loads_it_and_shows_a_busy_server(server: Server) -> None:
    def loaded() -> set[str]:
        models = server.client.get("/api/v1/models").raise_for_status().json()["models"]
        return {model["id"] for model in models if model["loaded"]}

    post(server, "options", sd_model_checkpoint="other").raise_for_status()
    post(server, "unload-checkpoint").raise_for_status()
    assert "other" not in loaded()
    post(server, "options", sd_model_checkpoint="scripted").raise_for_status()
    seen = []
    call = Meanwhile(lambda: post(server, "options", sd_model_checkpoint="other.safetensors"))
    while call.running:
        seen.append(server.client.get("/sdapi/v1/progress").json()["state"]["job_count"])
    assert call.result().status_code == 200
    assert 1 in seen
    assert server.client.get("/sdapi/v1/progress").json()["state"]["job_count"] == 0
    assert "other" in loaded()
    _, info = draw(server)
    assert info["sd_model_name"] == "other"
    post(server, "unload-checkpoint").raise_for_status()
    assert "other" not in loaded()
    post(server, "reload-checkpoint").raise_for_status()
    assert "other" in loaded()
    post(server, "options", sd_model_checkpoint="scripted").raise_for_status()


def test_models_go_by_title_name_and_hash(server: Server) -> None:
    draw(server)
    models = {model["model_name"]: model for model in server.client.get("/sdapi/v1/sd-models").json()}
    scripted = models["scripted"]
    assert scripted["title"] == f"scripted.safetensors [{scripted['hash']}]"
    assert scripted["sha256"].startswith(scripted["hash"])
    assert not any(model["filename"].startswith("/") for model in models.values())
    assert "doodle" in models
    for name in (scripted["title"], "scripted", "scripted.safetensors", scripted["hash"], scripted["sha256"]):
        draw(server, override_settings={"sd_model_checkpoint": name})
        assert newest_job(server)["parameters"]["model"] == "scripted"


def test_a_new_model_is_found_after_a_refresh(folder: Path) -> None:
    with running_server(folder, model="scripted") as fresh:
        before = fresh.client.get("/sdapi/v1/sd-models").json()
        save_scripted_model(folder / "models", "newcomer")
        assert fresh.client.get("/sdapi/v1/sd-models").json() == before
        post(fresh, "refresh-checkpoints").raise_for_status()
        after = {model["model_name"] for model in fresh.client.get("/sdapi/v1/sd-models").json()}
        assert after == {model["model_name"] for model in before} | {"newcomer"}


@pytest.mark.parametrize("path", ["refresh-loras", "refresh-vae", "refresh-embeddings"])
def test_other_refreshes(server: Server, path: str) -> None:
    assert post(server, path).json() == {}


def test_samplers_and_schedulers_are_those_of_the_model(server: Server) -> None:
    assert {s["name"] for s in server.client.get("/sdapi/v1/samplers").json()} == {"Euler", "DPM++ 2M"}
    schedulers = {s["name"]: s["label"] for s in server.client.get("/sdapi/v1/schedulers").json()}
    assert schedulers == {"automatic": "Automatic", "normal": "Normal", "karras": "Karras"}
    for name in schedulers:
        draw(server, scheduler=name)


def test_extras_resize_plainly_and_keep_the_infotext(server: Server) -> None:
    reply, info = draw(server)
    larger = post(server, "extra-single-image", image=reply["images"][0], upscaler_1="Lanczos", upscaling_resize=1.5)
    picture = image_of(larger.json()["image"])
    assert picture.size == (96, 96)
    assert picture.info["parameters"] == info["infotexts"][0]
    wide = {"image": base64_of(Image.new("RGB", (40, 20))), "resize_mode": 1, "upscaler_1": "nearest"}
    sized = {"upscaling_resize_w": 30, "upscaling_resize_h": 30}
    assert image_of(post(server, "extra-single-image", **wide, **sized).json()["image"]).size == (30, 30)
    kept = post(server, "extra-single-image", **wide, **sized, upscaling_crop=False)
    assert image_of(kept.json()["image"]).size == (60, 30)
    unchanged = post(server, "extra-single-image", image=base64_of(RED))
    assert image_of(unchanged.json()["image"]).size == (64, 64)
    blended = post(
        server,
        "extra-single-image",
        image=base64_of(RED),
        upscaler_1="Lanczos",
        upscaler_2="Nearest",
        extras_upscaler_2_visibility=0.5,
    )
    assert image_of(blended.json()["image"]).getpixel((5, 5)) == (200, 0, 0)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (501, {"gfpgan_visibility": 1}),
        (422, {"upscaler_1": "R-ESRGAN 4x+"}),
        (422, {"upscaling_resize": 9}),
        (422, {"resize_mode": 1, "upscaler_1": "Lanczos", "upscaling_resize_w": 65535, "upscaling_resize_h": 65535}),
        (422, {"image": "AAAA"}),
    ],
)
def test_extras_say_what_is_wrong(server: Server, status: int, body: dict[str, Any]) -> None:
    assert post(server, "extra-single-image", **({"image": base64_of(RED)} | body)).status_code == status


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_png_info_reads_what_was_written(server: Server, kind: str) -> None:
    reply, info = draw(
        server, prompt="two\nlines, of words", negative_prompt="blur", override_settings={"samples_format": kind}
    )
    found = post(server, "png-info", image=reply["images"][0]).json()
    assert found["info"] == info["infotexts"][0] == found["items"]["parameters"]
    expected = {"Prompt": "two\nlines, of words", "Negative prompt": "blur", "Steps": "4", "Size-1": "64"}
    assert expected.items() <= found["parameters"].items()
    assert found["parameters"]["Seed"] == str(info["seed"])


def test_png_info_of_a_picture_without_any(server: Server) -> None:
    empty = {"info": "", "items": {}, "parameters": {}}
    assert post(server, "png-info", image=base64_of(RED)).json() == empty
    assert post(server, "png-info", image="").json() == empty
    assert post(server, "png-info", image="AAAA").status_code == 422


def test_memory_is_measured(server: Server) -> None:
    draw(server)
    ram = server.client.get("/sdapi/v1/memory").json()["ram"]
    assert 50e6 < ram["used"] < ram["total"]
    assert 0 < ram["free"] < ram["total"]


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
