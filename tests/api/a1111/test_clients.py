"""Programs written for A1111, unmodified: webuiapi, sd-backend-client, and requests as JavaScript clients send them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import sd_backend_client as sdb
import webuiapi
from PIL import Image
from sd_backend_client.api.a1111_webservice import A1111Webservice
from sd_backend_client.api.shared_data.generation_handle import GenerationProgress, GenerationStatus
from sd_backend_client.api.webui.diffusion_request_body import DiffusionRequestBody
from sd_backend_client.api.webui.response_formats import GenerationInfoData
from sd_backend_client.errors import AuthError, ServerError

from tests.api.a1111.calls import Meanwhile, image_of, last_event, newest_job, script, wait_for_event
from tests.servers import Server, running_server, save_scripted_model, wait_until

RED = Image.new("RGB", (64, 64), (200, 0, 0))
NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (128, 128, 3), dtype=np.uint8))


def left_half(size: int = 128) -> Image.Image:
    mask = Image.new("L", (size, size))
    mask.paste(255, (0, 0, size // 2, size))
    return mask


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("a1111-clients")
    save_scripted_model(folder / "models", "other")
    with running_server(folder, model="scripted", preview_seconds=0) as running:
        yield running


@pytest.fixture
def webui(server: Server) -> Iterator[webuiapi.WebUIApi]:
    api = webui_at(urlsplit(server.url).port)
    yield api
    api.session.close()


@pytest.fixture
def backend(server: Server) -> Iterator[A1111Webservice]:
    found = sdb.connect_to_backend(server.url)
    assert isinstance(found, A1111Webservice)
    yield found
    found.disconnect()


def webui_at(port: int | None, **fields: Any) -> webuiapi.WebUIApi:
    return webuiapi.WebUIApi(port=port, sampler="Euler", steps=4, **fields)


def asked(**fields: Any) -> DiffusionRequestBody:
    return DiffusionRequestBody(
        **({"sampler": "euler", "steps": 4, "width": 64, "height": 64, "cfg_scale": 1} | fields)
    )


def test_webuiapi_txt2img(server: Server, webui: webuiapi.WebUIApi) -> None:
    result = webui.txt2img(prompt="cat", negative_prompt="dog", seed=5, batch_size=2, n_iter=2, width=64, height=64)
    assert [image.size for image in result.images] == [(64, 64)] * 4
    assert result.info["all_seeds"] == [5, 6, 7, 8]
    job = newest_job(server)
    assert (job["parameters"]["prompt"], job["parameters"]["negative_prompt"]) == ("cat", "dog")
    assert len(job["images"]) == 4
    assert result.parameters["prompt"] == "cat"


async def test_webuiapi_async(webui: webuiapi.WebUIApi) -> None:
    result = await webui.txt2img(prompt="cat", width=64, height=64, use_async=True)
    assert result.image.size == (64, 64)


def test_webuiapi_img2img_and_its_default_inpainting(server: Server, webui: webuiapi.WebUIApi) -> None:
    result = webui.img2img(images=[RED], prompt="x", width=64, height=64, denoising_strength=0.5)
    assert newest_job(server)["parameters"]["strength"] == 0.5
    assert result.image.size == (64, 64)
    # As they are: only the masked part, filled with the colours around it, with a blur of 4.
    result = webui.img2img(images=[NOISE], mask_image=left_half(), prompt="x", width=64, height=64)
    changed = (np.asarray(result.image) != np.asarray(NOISE)).any(axis=-1)
    assert result.image.size == NOISE.size
    assert changed[:, :50].mean() > 0.9 and not changed[:, 84:].any()


def test_webuiapi_extras_and_png_info(webui: webuiapi.WebUIApi) -> None:
    drawn = webui.txt2img(prompt="an apple", width=64, height=64)
    assert webui.extra_single_image(drawn.image, upscaler_1=webuiapi.Upscaler.Lanczos).image.size == (128, 128)
    many = webui.extra_batch_images([drawn.image, RED], upscaler_1=webuiapi.Upscaler.Nearest, upscaling_resize=3)
    assert [image.size for image in many.images] == [(192, 192)] * 2
    assert webui.png_info(drawn.image).info == drawn.info["infotexts"][0]
    with pytest.raises(RuntimeError, match="not built"):
        webui.interrogate(RED)


def test_webuiapi_options_and_models(server: Server, webui: webuiapi.WebUIApi) -> None:
    before = webui.util_get_current_model()
    assert before in webui.util_get_model_names()
    webui.util_set_model("other")
    webui.util_wait_for_ready(check_interval=0.05)
    assert webui.util_get_current_model().startswith("other")
    webui.txt2img(prompt="x", width=64, height=64)
    assert newest_job(server)["parameters"]["model"] == "other"
    webui.util_set_model("scripted")
    webui.set_options({"CLIP_stop_at_last_layers": 2})
    assert webui.get_options()["CLIP_stop_at_last_layers"] == 2
    webui.txt2img(prompt="x", width=64, height=64, override_settings={"CLIP_stop_at_last_layers": 1})
    assert newest_job(server)["parameters"]["clip_skip"] == 1
    webui.set_options({"CLIP_stop_at_last_layers": 1})


def test_webuiapi_lists(webui: webuiapi.WebUIApi) -> None:
    assert webui.util_get_sampler_names() == ["DPM++ 2M", "Euler"]
    assert webui.util_get_scheduler_names() == ["automatic", "karras", "normal"]
    assert [found["name"] for found in webui.get_upscalers()] == ["None", "Lanczos", "Nearest"]
    assert webui.get_scripts() == {"txt2img": [], "img2img": []}
    assert webui.get_embeddings() == {"loaded": {}, "skipped": {}}
    assert webui.get_cmd_flags()["api"] is True
    assert webui.get_memory()["ram"]["total"] > 0
    assert webui.refresh_checkpoints() == {}
    empty = [
        "get_sd_vae",
        "get_latent_upscale_modes",
        "get_loras",
        "get_hypernetworks",
        "get_face_restorers",
        "get_realesrgan_models",
        "get_prompt_styles",
        "controlnet_model_list",
        "controlnet_module_list",
    ]
    assert [getattr(webui, ask)() for ask in empty] == [[]] * len(empty)
    assert webui.controlnet_version() == 0
    with pytest.raises(RuntimeError, match="not built"):
        webui.controlnet_detect([RED])


def test_webuiapi_interrupt_skip_and_progress(server: Server, webui: webuiapi.WebUIApi) -> None:
    for stop, finished in (("interrupt", range(1, 100)), ("skip", [99])):
        after = last_event(server)
        call = Meanwhile(
            lambda: webui_at(urlsplit(server.url).port).txt2img(
                prompt=script(pace=0.005), n_iter=100, width=64, height=64
            )
        )
        wait_for_event(server, after, "picture")
        assert webui.get_progress()["state"]["job_count"] == 100
        assert getattr(webui, stop)() == {}
        assert len(call.result().images) in finished
        assert webui.get_progress()["progress"] == 0


def test_passwords_are_keys_and_callers_are_kept_apart(folder: Path) -> None:
    keys = "alice:generate:alices-long-password,bob:generate:bobs-long-password"
    with running_server(folder, model="scripted", api_keys=keys) as guarded:
        port = urlsplit(guarded.url).port
        assert webui_at(port).session.get(f"{guarded.url}/sdapi/v1/options").status_code == 401
        with pytest.raises(AuthError):
            sdb.connect_to_backend(guarded.url)
        backend = sdb.connect_to_backend(guarded.url, lambda: ("bob", "bobs-long-password"))
        assert isinstance(backend, A1111Webservice)
        alice, bob = (webui_at(port, username=name, password=f"{name}s-long-password") for name in ("alice", "bob"))
        alice.set_options({"CLIP_stop_at_last_layers": 2})
        assert backend.get_config()["CLIP_stop_at_last_layers"] == 1
        gate, alices = folder / "go on", {"username": "anything", "password": "alices-long-password"}
        call = Meanwhile(lambda: alice.txt2img(prompt=script(at=2, wait=str(gate)), width=64, height=64))
        wait_until(lambda: webui_at(port, **alices).get_progress()["progress"] > 0.1)
        assert bob.get_progress()["state"]["job_count"] == 0
        bob.interrupt()
        bob.skip()
        gate.touch()
        assert len(call.result().images) == 1


def test_sd_backend_client_txt2img(server: Server, backend: A1111Webservice) -> None:
    seen: list[GenerationProgress] = []
    handle = backend.submit_txt2img(asked(prompt=script(pace=0.02), n_iter=3, seed=11))
    result = handle.wait(30, poll_interval=0.02, on_progress=seen.append)
    assert result.seeds == [11, 12, 13]
    assert [image.size for image in result.images] == [(64, 64)] * 3
    assert isinstance(result.raw_info, GenerationInfoData)
    assert result.raw_info.sd_model_name == "scripted"
    fractions = [found.progress for found in seen if found.progress]  # 0 before it begins and after it ended
    assert fractions == sorted(fractions) and max(fractions) > 0.5
    assert any(found.preview for found in seen)
    assert newest_job(server)["parameters"]["seed"] == 11


def test_sd_backend_client_cancels(server: Server, backend: A1111Webservice) -> None:
    after = last_event(server)
    handle = backend.submit_txt2img(asked(prompt=script(pace=0.1), steps=400))
    wait_for_event(server, after, "running")
    assert handle.cancel()
    wait_until(lambda: handle.poll().status.is_terminal, 2)
    assert handle.poll().status is GenerationStatus.CANCELLED
    assert newest_job(server)["status"] == "cancelled"


def test_sd_backend_client_img2img_inpaint_and_upscale(server: Server, backend: A1111Webservice) -> None:
    result = backend.submit_img2img(asked(init_images=[RED], denoising_strength=0.3)).wait(30)
    assert isinstance(result.raw_info, GenerationInfoData)
    assert result.raw_info.denoising_strength == 0.3 == newest_job(server)["parameters"]["strength"]
    masked = {"init_images": [NOISE], "mask": left_half(), "mask_blur": 2}
    result = backend.submit_inpaint(asked(**masked, width=128, height=128)).wait(30)
    kept = np.asarray(result.images[0].convert("RGB"))[:, 64:]
    assert (kept == np.asarray(NOISE)[:, 64:]).all()
    result = backend.submit_inpaint(asked(**masked, inpaint_full_res=True)).wait(30)
    assert result.images[0].size == NOISE.size
    assert (np.asarray(result.images[0].convert("RGB"))[:, 80:] == np.asarray(NOISE)[:, 80:]).all()
    cropped = asked(**masked, inpaint_full_res=True, inpaint_crop_points=[(120, 120)])  # which the client does itself
    assert backend.submit_inpaint(cropped).wait(30).images[0].size == NOISE.size
    assert backend.submit_upscale(RED, 100, 90).wait(30).images[0].size == (100, 90)


def test_sd_backend_client_lists(backend: A1111Webservice) -> None:
    assert {found.name.split(".")[0] for found in backend.list_checkpoints()} >= {"scripted", "other", "doodle"}
    assert [found.name for found in backend.list_samplers()] == ["euler", "dpmpp_2m"]
    assert [found.name for found in backend.list_schedulers()] == ["automatic", "normal", "karras"]
    assert [found.name for found in backend.list_upscalers()] == ["Lanczos", "Nearest"]
    for nothing in (
        backend.list_vaes,
        backend.list_loras,
        backend.list_hypernetworks,
        backend.list_controlnet_models,
        backend.get_latent_upscale_modes,
        backend.get_styles,
        backend.get_script_info,
        backend.get_controlnet_preprocessors,
        backend.get_soft_inpainting_parameters,
    ):
        assert nothing() == []
    able = backend.get_capabilities()
    assert able.scheduler
    assert not (able.interrogate or able.ultimate_upscale or able.soft_inpainting)
    assert backend.get_controlnet_version() == 0
    assert backend.get_controlnet_type_categories() is not None
    assert backend.get_controlnet_settings() == {"control_net_unit_count": 0}
    with pytest.raises(ServerError, match="not built"):
        backend.interrogate(RED)


def test_sd_backend_client_settings(server: Server, backend: A1111Webservice) -> None:
    backend.set_config({"samples_format": "webp"})
    assert backend.get_config()["samples_format"] == "webp"
    result = backend.txt2img(asked(sd_model_name="other.safetensors"))
    assert result["info"] is not None and result["info"].sd_model_name == "other"
    assert newest_job(server)["images"][0]["name"].endswith(".webp")
    backend.set_config({"samples_format": "png"})
    for refresh in (backend.refresh_checkpoints, backend.refresh_vae, backend.refresh_loras):
        assert refresh().json() == {}
    assert backend.progress_check().state.job_count == 0
    with pytest.raises(ServerError, match="nowhere"):
        backend.txt2img(asked(sd_model_name="nowhere"))


def test_open_webui(server: Server) -> None:
    client = server.client
    for value in ("Basic ", ""):  # which httpx2 would not send
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
        connection.request("GET", "/sdapi/v1/options", headers={"Authorization": value})
        assert connection.getresponse().status == 200
        connection.close()
    whole = client.get("/sdapi/v1/options").json()
    other = next(model["title"] for model in client.get("/sdapi/v1/sd-models").json() if model["model_name"] == "other")
    for title in (other, whole["sd_model_checkpoint"]):
        assert client.post("/sdapi/v1/options", json=whole | {"sd_model_checkpoint": title}).status_code == 200
        assert client.get("/sdapi/v1/options").json()["sd_model_checkpoint"].split(" ")[0] == title.split(" ")[0]
    body = {"prompt": "a lake", "batch_size": 2, "width": 64, "height": 64, "steps": 3, "negative_prompt": "boats"}
    answer = client.post("/sdapi/v1/txt2img", json=body).raise_for_status().json()
    assert len(answer["images"]) == 2 and json.loads(answer["info"])["steps"] == 3
    assert newest_job(server)["parameters"]["negative_prompt"] == "boats"


def test_librechat(server: Server) -> None:
    body = {
        "prompt": "a lake",
        "negative_prompt": "boats",
        "cfg_scale": 4.5,
        "steps": 22,
        "width": 1024,
        "height": 1024,
    }
    answer = server.client.post("/sdapi/v1/txt2img", json=body).raise_for_status().json()
    info = json.loads(answer["info"])
    assert (info["width"], info["height"]) == (1024, 1024) == image_of(answer["images"][0]).size
    assert "CFG scale: 4.5" in info["infotexts"][0]
    assert info["seed"] == newest_job(server)["images"][0]["seed"]


def test_sillytavern(server: Server, tmp_path: Path) -> None:
    client = server.client
    for path in (
        "options",
        "sd-models",
        "samplers",
        "schedulers",
        "upscalers",
        "latent-upscale-modes",
        "sd-vae",
        "sd-modules",
    ):
        assert client.get(f"/sdapi/v1/{path}").status_code == 200
    for model in ("other.safetensors", "scripted.safetensors"):
        client.post("/sdapi/v1/options", json={"sd_model_checkpoint": model}).raise_for_status()
        wait_until(
            lambda: (p := client.get("/sdapi/v1/progress").json())["progress"] == 0 and p["state"]["job_count"] == 0
        )
    body = {
        "prompt": script(at=2, wait=str(tmp_path / "never")),
        "negative_prompt": "",
        "sampler_name": "Euler",
        "scheduler": "normal",
        "steps": 20,
        "cfg_scale": 7,
        "width": 64,
        "height": 64,
        "restore_faces": False,
        "enable_hr": False,
        "hr_upscaler": "Latent",
        "hr_scale": 1,
        "hr_additional_modules": [],
        "denoising_strength": 0.7,
        "hr_second_pass_steps": 0,
        "seed": -1,
        "override_settings": {"CLIP_stop_at_last_layers": 1, "sd_vae": "Automatic", "forge_additional_modules": []},
        "override_settings_restore_afterwards": True,
        "clip_skip": 1,
        "save_images": True,
        "send_images": True,
        "do_not_save_grid": False,
        "do_not_save_samples": False,
    }
    after = last_event(server)
    call = Meanwhile(lambda: client.post("/sdapi/v1/txt2img", json=body))
    wait_for_event(server, after, "running")
    client.post("/sdapi/v1/interrupt").raise_for_status()
    assert call.result().json()["images"] == []
    assert newest_job(server)["status"] == "cancelled"
    body["prompt"] = "x"
    assert len(client.post("/sdapi/v1/txt2img", json=body).raise_for_status().json()["images"]) == 1
    assert client.post("/sdapi/v1/txt2img", json=body | {"enable_hr": True}).status_code == 501
