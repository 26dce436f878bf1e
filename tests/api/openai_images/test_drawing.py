"""The OpenAI dialect with the unmodified `openai` package: generations, edits, variations, streams."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import httpx2
import numpy as np
import openai
import openai.types
import pytest
from PIL import Image

from tests.api.openai_images.calls import half_transparent, jobs_of, newest, picture, png, saved
from tests.servers import Server


def test_generate_answers_with_the_picture_that_the_job_stored(server: Server, client: openai.OpenAI) -> None:
    answer = client.images.generate(prompt="red apple", model="scripted", size="128x64", extra_body={"seed": 7})
    assert answer.data and len(answer.data) == 1
    job = newest(server)
    assert (job["parameters"]["prompt"], job["parameters"]["model"], job["status"]) == (
        "red apple",
        "scripted",
        "completed",
    )
    stored = server.client.get(job["images"][0]["url"]).content
    assert base64.b64decode(answer.data[0].b64_json or "") == stored
    assert picture(answer.data[0].b64_json).size == (128, 64)
    assert (answer.size, answer.output_format, answer.background) == ("128x64", "png", "opaque")
    assert answer.data[0].model_extra == {"seed": 7}
    assert answer.usage and answer.usage.total_tokens == 0


def test_several_pictures_are_one_job(server: Server, client: openai.OpenAI) -> None:
    answer = client.images.generate(prompt="three", model="scripted", n=3, extra_body={"seed": 5})
    assert [item.model_extra for item in answer.data or []] == [{"seed": 5}, {"seed": 6}, {"seed": 7}]
    assert len(jobs_of(server, "three")) == 1


def test_what_openai_s_parameters_mean(server: Server, client: openai.OpenAI) -> None:
    answer = client.images.generate(
        prompt="all of them",
        model="scripted",
        size="100x130",
        quality="low",
        output_format="jpeg",
        output_compression=40,
        background="opaque",
        moderation="low",
        style="vivid",
        user="me",
        extra_body={"negative_prompt": "blur", "cfg_scale": 3, "sampler": "euler", "unheard_of": 1},
    )
    assert answer.data and picture(answer.data[0].b64_json).format == "JPEG"
    assert (answer.size, answer.quality, answer.output_format) == ("96x128", "low", "jpeg")
    usual = server.client.post("/api/v1/generate", json={"prompt": "usual", "model": "scripted"}).json()["parameters"]
    parameters = jobs_of(server, "all of them")[0]["parameters"]
    assert parameters["steps"] == usual["steps"] / 2
    wanted = {"width": 96, "height": 128, "quality": 40, "negative_prompt": "blur", "cfg_scale": 3, "sampler": "euler"}
    assert {name: parameters[name] for name in wanted} == wanted


def test_null_empty_and_auto_mean_the_model_s_own(server: Server) -> None:
    body = {
        "prompt": "auto",
        "model": "scripted",
        "size": "auto",
        "quality": "auto",
        "n": None,
        "user": "",
        "seed": None,
    }
    assert server.client.post("/v1/images/generations", json=body).status_code == 200
    mine = jobs_of(server, "auto")[0]["parameters"]
    server.client.post("/api/v1/generate", json={"prompt": "own", "model": "scripted"})
    own = newest(server)["parameters"]
    assert {**mine, "prompt": "", "seed": 0} == {**own, "prompt": "", "seed": 0}


def test_a_url_leads_to_the_picture(server: Server, client: openai.OpenAI) -> None:
    answer = client.images.generate(prompt="by url", model="scripted", response_format="url")
    assert answer.data and answer.data[0].url and answer.data[0].b64_json is None
    found = httpx2.get(answer.data[0].url)
    assert (found.status_code, found.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(found.content)).size == tuple(int(side) for side in (answer.size or "").split("x"))


def test_an_edit_changes_only_what_the_mask_leaves_transparent(server: Server, client: openai.OpenAI) -> None:
    answer = client.images.edit(
        image=("a.png", png((10, 200, 30))),
        mask=("m.png", half_transparent()),
        prompt="a hat",
        model="scripted",
        extra_body={"seed": 3, "strength": 0.9},
    )
    assert answer.data
    pixels = np.asarray(picture(answer.data[0].b64_json))
    assert (pixels[:, :32] == (10, 200, 30)).all()
    assert (pixels[:, 32:] != (10, 200, 30)).any()
    job = newest(server)
    assert (job["parameters"]["strength"], job["parameters"]["prompt"]) == (0.9, "a hat")


def test_an_edit_without_a_mask_redraws_everything(client: openai.OpenAI) -> None:
    answer = client.images.edit(image=[png((200, 200, 200), (128, 64))], prompt="x", model="scripted")
    assert answer.data and answer.size == "128x64"
    assert (np.asarray(picture(answer.data[0].b64_json)) != 200).any()


def test_transparency_is_a_mask_for_dall_e_only(client: openai.OpenAI) -> None:
    image = Image.new("RGBA", (64, 64), (10, 200, 30, 255))
    image.paste((10, 200, 30, 0), (32, 0, 64, 64))
    kept = client.images.edit(image=saved(image), prompt="x", model="dall-e-2")
    redrawn = client.images.edit(image=saved(image), prompt="x", model="gpt-image-2")
    assert kept.data and redrawn.data
    assert (np.asarray(picture(kept.data[0].b64_json))[:, :32] == (10, 200, 30)).all()
    assert (np.asarray(picture(redrawn.data[0].b64_json))[:, :32] != (10, 200, 30)).any()


def test_a_large_photo_is_edited_at_a_megapixel(client: openai.OpenAI) -> None:
    answer = client.images.edit(image=png((1, 2, 3), (3000, 1500)), prompt="x", model="scripted")
    assert answer.size == "1448x720"


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # at OpenAI, that is
def test_a_variation_starts_from_the_picture(server: Server, client: openai.OpenAI) -> None:
    answer = client.images.create_variation(image=png((240, 240, 240)), model="scripted", n=2, size="256x256")
    assert answer.data and len(answer.data) == 2
    assert np.asarray(picture(answer.data[0].b64_json)).min() >= 120  # half of it is the original, as scripted
    parameters = newest(server)["parameters"]
    assert (parameters["strength"], parameters["width"], parameters["prompt"]) == (0.6, 256, "")


def test_a_stream_brings_partial_images_then_the_picture(server: Server, client: openai.OpenAI, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    prompt = json.dumps({"at": 3, "wait": str(gate)})
    heard = []
    for event in client.images.generate(
        prompt=prompt, model="scripted", stream=True, partial_images=1, size="64x64", extra_body={"steps": 4, "seed": 9}
    ):
        heard.append(event)
        gate.touch()  # the engine waits for this after the step of the first preview
    assert [event.type for event in heard] == ["image_generation.partial_image", "image_generation.completed"]
    partial, completed = heard
    assert partial.type == "image_generation.partial_image"  # for the type checker
    assert (partial.partial_image_index, partial.output_format) == (0, "jpeg")
    assert picture(partial.b64_json).format == "JPEG"
    assert completed.type == "image_generation.completed"
    assert (completed.size, completed.usage.total_tokens) == ("64x64", 0)
    stored = server.client.get(newest(server)["images"][0]["url"]).content
    assert base64.b64decode(completed.b64_json) == stored


def test_a_streamed_edit_of_several_pictures(client: openai.OpenAI) -> None:
    events = list(client.images.edit(image=png((1, 1, 1)), prompt="x", model="scripted", n=2, stream=True))
    assert [event.type for event in events] == ["image_edit.completed"] * 2
    assert [event.output_format for event in events] == ["png"] * 2


def test_a_stream_that_fails_says_so(server: Server, client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIError, match="The script does not like it") as caught:
        list(client.images.generate(prompt=json.dumps({"raise": "invalid"}), model="scripted", stream=True))
    assert caught.value.code == "invalid_input"
    assert newest(server)["status"] == "failed"
