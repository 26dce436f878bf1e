"""What the OpenAI dialect refuses, how requests are repeated, and what other clients of it send."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai
import openai.types
import pytest

from tests.api.openai_images.calls import client_of, half_transparent, jobs_of, picture, png
from tests.servers import Server, running_server


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"size": "huge"}, "size"),
        ({"size": "32x32"}, "width"),
        ({"background": "transparent"}, "transparency"),
        ({"output_format": "gif"}, "output_format"),
        ({"partial_images": 4}, "partial_images"),
        ({"n": 0}, "n:"),
        ({"extra_body": {"steps": 0}}, "steps"),
        ({"extra_body": {"sampler": "nope"}}, "sampler"),
    ],
)
def test_wrong_requests_are_bad_requests(
    server: Server, client: openai.OpenAI, wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(prompt="wrong", model="scripted", **wrong)
    assert said in caught.value.message
    assert isinstance(caught.value.body, dict)
    assert set(caught.value.body) == {"message", "type", "param", "code"}
    assert (caught.value.type, caught.value.code) == ("invalid_request_error", "invalid_input")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert not jobs_of(server, "wrong")


def test_wrong_edits_are_bad_requests(client: openai.OpenAI) -> None:
    image = png((1, 1, 1))
    for wrong, said in (
        ({"image": [image, image]}, "2 images"),
        ({"image": b"no picture"}, "not an image"),
        ({"image": image, "mask": image}, "alpha"),
        ({"image": image, "mask": half_transparent((128, 64))}, "one size"),
    ):
        with pytest.raises(openai.BadRequestError, match=said):
            client.images.edit(prompt="x", model="scripted", **wrong)


def test_an_engine_s_failure_is_not_tried_again(server: Server) -> None:
    prompt = json.dumps({"raise": "unknown"})
    with client_of(server, max_retries=2) as client, pytest.raises(openai.InternalServerError) as caught:
        client.images.generate(prompt=prompt, model="scripted")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert len(jobs_of(server, prompt)) == 1


def test_a_cancelled_job_is_a_conflict_that_is_not_tried_again(server: Server, tmp_path: Path) -> None:
    prompt = json.dumps({"wait": str(tmp_path / "never")})
    events = server.events()
    caught: list[openai.ConflictError] = []

    def ask() -> None:
        with client_of(server, max_retries=2) as client, pytest.raises(openai.ConflictError) as error:
            client.images.generate(prompt=prompt, model="scripted")
        caught.append(error.value)

    asking = threading.Thread(target=ask)
    asking.start()
    job = next(event["job"] for event in events if event["type"] == "running")
    server.client.post(f"/api/v1/jobs/{job}/cancel")
    asking.join()
    assert caught[0].code == "cancelled"
    assert len(jobs_of(server, prompt)) == 1


def test_a_full_queue_is_a_rate_limit_and_its_retry_finds_no_older_equal_job(folder: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with running_server(folder, model="scripted", queue_limit=1) as server, client_of(server) as client:
        before = client.images.generate(prompt="again")
        server.wait_for(server.queue({"wait": str(gate)}), "running")
        waiting = server.queue("the one that may wait")
        with pytest.raises(openai.RateLimitError) as caught:
            client.images.generate(prompt="again")
        assert caught.value.code == "queue_full"
        assert caught.value.response.headers["retry-after"] == "10"
        assert caught.value.response.headers["x-should-retry"] == "true"
        gate.touch()
        server.wait_for(waiting, "completed")
        after = client.images.generate(prompt="again", extra_headers={"x-stainless-retry-count": "1"})
        assert before.data and after.data
        assert before.data[0].model_extra != after.data[0].model_extra


def test_a_key_is_needed_where_there_are_keys(folder: Path) -> None:
    secret = "sk-0123456789abcdef0123456789abcdef"  # noqa: S105
    with running_server(folder, model="scripted", api_keys=f"me:generate:{secret}") as server:
        with client_of(server, api_key="wrong") as client, pytest.raises(openai.AuthenticationError) as caught:
            client.models.list()
        assert isinstance(caught.value.body, dict)
        assert caught.value.type == "authentication_error"
        with client_of(server, api_key=secret) as client:
            assert "scripted" in [model.id for model in client.models.list()]
            assert client.images.generate(prompt="x").data


def test_models_are_listed_and_openai_s_names_mean_the_default(server: Server, client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert {"doodle", "scripted"} <= set(names)
    assert client.models.retrieve("doodle").id == "doodle"
    assert client.models.retrieve("gpt-image-2").id == "scripted"
    client.images.generate(prompt="named by OpenAI", model="dall-e-3", size="1024x1024")
    parameters = jobs_of(server, "named by OpenAI")[0]["parameters"]
    assert (parameters["model"], parameters["width"]) == ("scripted", 1024)
    for ask in (lambda: client.models.retrieve("nope"), lambda: client.images.generate(prompt="x", model="nope")):
        with pytest.raises(openai.NotFoundError) as caught:
            ask()
        assert caught.value.code == "model_not_found"


def test_a_client_that_gives_up_waiting_and_asks_again_finds_its_job(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    prompt = json.dumps({"wait": str(gate)})
    tries = []

    def sent(request: httpx2.Request) -> None:
        tries.append(request.headers["x-stainless-retry-count"])
        if len(tries) == 3:
            gate.touch()

    http = openai.DefaultHttpxClient(event_hooks={"request": [sent]})
    with client_of(server, timeout=1.0, max_retries=4, http_client=http) as client:
        answer = client.images.generate(prompt=prompt, model="scripted", extra_body={"seed": 77})
    assert answer.data and answer.data[0].model_extra == {"seed": 77}
    assert tries[:3] == ["0", "1", "2"]
    assert len(jobs_of(server, prompt)) == 1


def test_only_a_repeated_request_finds_a_job_of_before(server: Server) -> None:
    def ask(count: str | None, **headers: str) -> int:
        given = headers | ({"x-stainless-retry-count": count} if count else {})
        answer = server.client.post(
            "/v1/images/generations", json={"prompt": "repeated", "model": "scripted"}, headers=given
        )
        seed: int = answer.raise_for_status().json()["data"][0]["seed"]
        return seed

    first = ask("0")
    assert ask("1") == ask("2") == first  # ended already: the answer is there at once
    assert ask("0") != first
    assert ask(None) != ask(None)
    assert len(jobs_of(server, "repeated")) == 4


def test_a_repeated_form_finds_its_job_under_another_boundary(server: Server) -> None:
    def ask(count: str, path: str = "/v1/images/edits") -> int:
        answer = server.client.post(
            path,
            data={"prompt": "form again", "model": "scripted"},
            files={"image": png((5, 5, 5))},
            headers={"x-stainless-retry-count": count},
        )
        seed: int = answer.raise_for_status().json()["data"][0]["seed"]
        return seed

    assert ask("0") == ask("1")
    assert len(jobs_of(server, "form again")) == 1


async def test_the_asynchronous_client(server: Server) -> None:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        answer = await client.images.generate(prompt="awaited", model="scripted")
        assert answer.data and picture(answer.data[0].b64_json)
        stream = await client.images.generate(prompt="awaited", model="scripted", stream=True)
        assert [event.type async for event in stream] == ["image_generation.completed"]
    assert len(jobs_of(server, "awaited")) == 2


def test_open_webui(server: Server) -> None:
    headers = {"Authorization": "Bearer none", "Content-Type": "application/json"}
    body = {"model": "scripted", "prompt": "webui", "n": 1, "size": "512x512", "response_format": "b64_json"}
    answer = server.client.post("/v1/images/generations", json=body | {"steps": 2}, headers=headers).json()
    assert "url" not in answer["data"][0]
    assert picture(answer["data"][0]["b64_json"]).size == (512, 512)
    edit = {"model": "scripted", "prompt": "webui edit", "n": "1", "size": "512x512", "response_format": "b64_json"}
    for name in ("image", "image[]"):
        files = [(name, ("image.png", png((4, 5, 6)), "image/png"))]
        answer = server.client.post("/v1/images/edits", data=edit | {"background": "auto"}, files=files).json()
        assert picture(answer["data"][0]["b64_json"]).size == (512, 512)
    assert len(jobs_of(server, "webui edit")) == 2


def test_librechat(server: Server) -> None:
    body = {
        "model": "gpt-image-1",
        "prompt": "libre",
        "n": 1,
        "quality": "auto",
        "size": "auto",
        "background": "auto",
    }
    answer = server.client.post("/v1/images/generations", json=body).json()
    assert picture(answer["data"][0]["b64_json"])
    edit = {"model": "gpt-image-1", "prompt": "libre edit", "quality": "auto", "size": "auto"}
    files = [("image[]", ("a.png", png((1, 2, 3)), "image/png"))]
    answer = server.client.post("/v1/images/edits", data=edit, files=files).json()
    assert picture(answer["data"][0]["b64_json"]).size == (64, 64)
    assert jobs_of(server, "libre edit")[0]["parameters"]["strength"] == 0.75


def test_sillytavern_asks_with_bare_options_and_paths_work_without_v1(server: Server) -> None:
    for prefix in ("/v1", ""):
        for path, method in (
            ("images/generations", "POST"),
            ("images/edits", "POST"),
            ("images/variations", "POST"),
            ("models", "GET"),
            ("models/doodle", "GET"),
        ):
            answer = server.client.options(f"{prefix}/{path}")
            assert (answer.status_code, answer.headers["allow"]) == (204, f"{method}, OPTIONS")
    assert "scripted" in [model["id"] for model in server.client.get("/models").json()["data"]]
    answer = server.client.post("/images/generations", json={"prompt": "no version", "model": "scripted"})
    assert picture(answer.json()["data"][0]["b64_json"])
    assert len(jobs_of(server, "no version")) == 1
    shown = server.client.get("/api/v1/openapi.json").json()["paths"]
    assert "/v1/images/edits" in shown and "/images/edits" not in shown


@pytest.mark.parametrize("path", ["generations", "edits", "variations"])
def test_no_body_whatsoever_is_our_fault(server: Server, path: str) -> None:
    boundary = "multipart/form-data; boundary="
    form = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nx\r\n--b--\r\n'
    for kind, body in (
        ("application/json", b""),
        ("application/json", b"[]"),
        ("application/json", b"null"),
        ("application/json", b'{"prompt": 3}'),
        ("application/json", b'{"prompt": "\xff"}'),
        ("application/json", b'{"prompt": "x", "seed": 1e400}'),
        ("application/json", b'{"prompt": "x", "seed": 99999999999999999999999}'),
        ("application/json", b'{"prompt": "x", "n": "\\ud800"}'),
        ("text/plain", b"hello"),
        ("multipart/form-data", b"x"),
        (boundary, b"x"),
        (boundary + "b", b"x"),
        (boundary + "b", b"--b\r\n\r\n\r\n--b--\r\n"),
        (boundary + "b", form[:40]),
        (boundary + "b; charset=utf-16", form),
        (boundary + "b", form),
        (boundary + "b", form.replace(b'name="image"', b'name="im\xffage"')),
    ):
        answer = server.client.post(f"/v1/images/{path}", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400, (kind, body, answer.text)
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    wrong_method = server.client.get(f"/v1/images/{path}")
    assert (wrong_method.status_code, wrong_method.json()["error"]["code"]) == (405, "method_not_allowed")


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # variations, at OpenAI
def test_a_key_makes_a_second_call_the_first_one_again(server: Server, client: openai.OpenAI) -> None:
    given: dict[str, Any] = {"size": "64x64", "model": "scripted"}
    calls: dict[str, Callable[[str], openai.types.ImagesResponse]] = {
        "generations": lambda key: client.images.generate(
            prompt="once", extra_headers={"Idempotency-Key": key}, **given
        ),
        "edits": lambda key: client.images.edit(
            image=png((9, 9, 9)), prompt="once", extra_headers={"Idempotency-Key": key}, **given
        ),
        "variations": lambda key: client.images.create_variation(
            image=png((9, 9, 9)), extra_headers={"Idempotency-Key": key}, **given
        ),
    }
    for name, call in calls.items():
        first = call(f"openai {name}")
        total = server.client.get("/api/v1/jobs").json()["total"]
        again = call(f"openai {name}")
        assert first.data and again.data and first.data[0].b64_json == again.data[0].b64_json
        assert server.client.get("/api/v1/jobs").json()["total"] == total
        call(f"another for {name}")
        assert server.client.get("/api/v1/jobs").json()["total"] == total + 1
    with pytest.raises(openai.ConflictError):
        client.images.generate(prompt="other", extra_headers={"Idempotency-Key": "openai generations"}, **given)
