"""Everything of the A1111 dialect besides drawing: options, models, extras, png-info, memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.api.a1111.calls import (
    RED,
    Meanwhile,
    base64_of,
    draw,
    image_of,
    newest_job,
    post,
    script,
)
from tests.servers import Server, running_server, save_scripted_model, wait_until


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
