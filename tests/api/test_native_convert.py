"""Conversion by HTTP: a job beside the drawing, whose result is listed, and never unasked over another file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sdcpp_models import INSTALLED, needs_sdcpp
from tests.servers import Server, running_server
from tests.unit.catalog.sparse import write_sparse
from tests.unit.catalog.test_scan import shard

NAME = "scripted"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a LoRA, shards, a file of which nobody knows what it is, and a file in the way."""
    folder = tmp_path_factory.mktemp("convert")
    write_sparse(folder / "models" / "style.safetensors", {"lora_unet_x.lora_up.weight": (1, 1)})
    write_sparse(folder / "models" / "strange.safetensors", {"strange": (1, 1)})
    shard(folder / "models" / "sharded", "model")
    (folder / "models" / "there.gguf").write_bytes(b"mine")
    return folder


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with running_server(home) as running:
        yield running


def convert(server: Server, status: int = 202, **body: Any) -> dict[str, Any]:
    answer = server.client.post("/api/v1/models/convert", json={"model_name": NAME, "quantization_type": "f16"} | body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


@needs_sdcpp
def test_a_conversion_is_a_job_and_its_file_a_model(server: Server) -> None:
    job = convert(server, output_path="sub.gguf")
    assert job["kind"] == "convert"
    phases, done = set(), ""
    for event in server.events(job["job_id"], after=0):
        phases.add(event.get("phase"))
        if event["type"] in ("completed", "failed"):
            done = event["type"]
            break
    assert done == "completed"
    assert server.job(job["job_id"])["files"][0]["name"] == "sub.gguf"
    model = server.client.get("/api/v1/models/sub").raise_for_status().json()
    assert (model["format"], model["architecture"], model["dtype"]) == ("gguf", "scripted", "f16")


@needs_sdcpp
def test_nothing_is_replaced_unasked(server: Server, home: Path) -> None:
    assert convert(server, 200, wait=True)["files"][0]["name"] == f"{NAME}-f16.gguf"
    written = (home / "models" / f"{NAME}-f16.gguf").stat()
    jobs = server.client.get("/api/v1/jobs", params={"kind": "convert"}).json()["total"]
    refused = convert(server, 409)
    assert refused["code"] == "conflict" and "overwrite" in refused["hint"]
    assert server.client.get("/api/v1/jobs", params={"kind": "convert"}).json()["total"] == jobs
    assert (home / "models" / f"{NAME}-f16.gguf").stat() == written
    assert convert(server, 200, wait=True, overwrite=True)["status"] == "completed"
    assert [path.name for path in (home / "models").iterdir() if path.suffix == ".part"] == []


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"quantization_type": "q9_9"}, 422, "no weight type"),
        ({"model_name": "nobody"}, 404, "nobody"),
        ({"output_path": "../out.gguf"}, 422, "models folder"),
        ({"output_path": "/etc/out.gguf"}, 422, "models folder"),
        ({"rules": "nothing"}, 422, "no rule"),
        ({"vae": "nobody"}, 404, "nobody"),
        ({"vae": NAME, "output_path": "new.gguf"}, 422, "not a VAE"),
        ({"model_name": "style"}, 422, "not a model that can be converted"),
        ({"model_name": "sharded"}, 422, "only single files can be converted"),
        ({"model_name": "strange"}, 422, "not a model that can be converted"),
        ({"output_path": "there.gguf"}, 409, "is there already"),
        ({"output_path": "out.safetensors"}, 422, "does not end in .gguf"),
        ({"output_path": "no/out.gguf"}, 422, "is not there"),
    ],
)
def test_what_can_not_be_is_refused_at_once(server: Server, body: dict[str, Any], status: int, said: str) -> None:
    assert said in str(convert(server, status, **body))


def test_whether_it_is_there_is_said(server: Server) -> None:
    features = server.client.get("/api/v1/system").raise_for_status().json()["features"]
    assert features["convert"] is INSTALLED
