"""Models of every sort by HTTP: types, folders, companions, and files that come, change and go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, running_server, wait_until
from tests.unit.catalog.sparse import companion_file, diffusion_file, write_sparse

LORA = {"lora_unet_x.lora_up.weight": (1, 1), "lora_unet_x.lora_down.weight": (1, 1)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as ComfyUI users have it, with a link to a file elsewhere."""
    folder = tmp_path_factory.mktemp("catalog-server")
    models = folder / "models"
    write_sparse(models / "loras" / "style.safetensors", LORA)
    write_sparse(folder / "secret" / "outside.safetensors", LORA)
    diffusion_file(models / "unet" / "my-chroma.safetensors", "chroma")
    companion_file(models / "text_encoders" / "t5.safetensors", "t5xxl")
    (models / "prompts").mkdir()
    (models / "prompts" / "cats.txt").write_text("a cat")
    (models / "linked.safetensors").symlink_to(folder / "secret" / "outside.safetensors")
    return folder


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    """A server with these models."""
    with running_server(home) as running:
        yield running


def model(server: Server, name: str) -> dict[str, Any]:
    found: dict[str, Any] = server.client.get(f"/api/v1/models/{name}").raise_for_status().json()
    return found


def listed(server: Server, **query: Any) -> list[str]:
    return [one["id"] for one in server.client.get("/api/v1/models", params=query).json()["models"]]


def test_types_say_what_they_are_for_and_where_they_lie(server: Server) -> None:
    types = {one["type"]: one for one in server.client.get("/api/v1/models/types").json()}
    assert {"lora", "checkpoint", "vae", "presets", "prompts", "neg_prompts", "taesd", "esrgan"} <= types.keys()
    assert {"controlnet", "upscaler", "embedding"} <= types.keys()
    assert types["lora"]["value"] == 1 and types["embedding"]["value"] == 1024
    assert ".safetensors" in types["lora"]["extensions"] and "loras" in types["lora"]["folders"]
    assert types["prompts"]["extensions"] == [".txt", ".json"]
    for name, one in types.items():
        assert one["count"] == len(listed(server, type=name))
    assert listed(server, type="lora") == ["linked", "style"] and listed(server, type="prompts") == ["cats.txt"]


def test_directories_say_what_their_folders_are_for(server: Server, home: Path) -> None:
    folders = {one["name"]: one for one in server.client.get("/api/v1/models/directories").json()}
    assert folders["models"]["path"] == str(home / "models") and folders["models"]["source"] == "models"
    inside = {one["path"]: (one["type"], one["models"]) for one in folders["models"]["folders"]}
    assert inside == {
        "loras": ("lora", 1),
        "prompts": ("prompts", 1),
        "text_encoders": ("text_encoder", 1),
        "unet": ("diffusion_model", 1),
    }
    assert not folders["embedded"]["writable"]


def test_a_model_tells_its_companions_and_what_it_lacks(server: Server, home: Path) -> None:
    lacking = model(server, "my-chroma")
    assert not lacking["ready"] and lacking["engines"] == [] and "beside its own file" in lacking["problem"]
    assert [(one["role"], one["path"]) for one in lacking["components"]] == [
        ("t5xxl", "text_encoders/t5.safetensors"),
    ]
    (vae,) = lacking["missing"]
    assert vae["role"] == "vae" and vae["offer"]["repository"] and vae["offer"]["licence"]
    assert str(home) not in server.client.get("/api/v1/models/my-chroma").text
    file = companion_file(home / "models" / "vae" / "ae.safetensors", "kl_16")
    try:
        wait_until(lambda: not model(server, "my-chroma")["missing"])
        assert {one["role"] for one in model(server, "my-chroma")["components"]} == {"vae", "t5xxl"}
    finally:
        file.unlink()
    wait_until(lambda: model(server, "my-chroma")["missing"])


def test_files_that_come_change_and_go_are_noticed_without_being_asked_to(server: Server, home: Path) -> None:
    file = write_sparse(home / "models" / "loras" / "newcomer.safetensors", LORA)
    try:
        wait_until(lambda: "newcomer" in listed(server))
        file.write_bytes(file.read_bytes()[:-1])
        wait_until(lambda: "truncated" in (model_or_problem(server, "newcomer")))
    finally:
        file.unlink()
    wait_until(lambda: "newcomer" not in listed(server))
    assert server.client.get("/api/v1/models/newcomer").status_code == 404


def model_or_problem(server: Server, name: str) -> str:
    answer = server.client.get(f"/api/v1/models/{name}").json()
    return str(answer.get("detail") or answer.get("problem"))


def test_validate_reads_whole_files_when_it_is_told_to(server: Server, home: Path) -> None:
    path = home / "models" / "big.safetensors"
    write_sparse(path, {"lora_unet_x.lora_up.weight": (2000, 1000), "lora_unet_x.lora_down.weight": (1, 1)})
    try:
        wait_until(lambda: "big" in listed(server))
        body = {"models": ["big"], "whole": True}
        for whole in (True, False):
            (empty,) = server.client.post("/api/v1/models/validate", json=body | {"whole": whole}).json()["results"]
            assert not empty["ok"] and "zeros where its weights should be" in empty["error"]["message"]
        everything = server.client.post("/api/v1/models/validate").json()["results"]
        assert [(one["ok"], one["checked"]) for one in everything if one["model"] == "big"] == [(True, None)]
        with path.open("r+b") as file:
            file.seek(1000)
            file.write(b"\x3c" * 1000)
        (one,) = server.client.post("/api/v1/models/validate", json=body).json()["results"]
        assert one["bytes_read"] == path.stat().st_size and "zeros" in one["doubts"][0]
        (one,) = server.client.post("/api/v1/models/validate", json={"models": ["big"]}).json()["results"]
        assert one["bytes_read"] is None and one["checked"].startswith("Some numbers of 1 of 2 tensors")
    finally:
        path.unlink()
    refused = server.client.post("/api/v1/models/validate", json={"whole": True})
    assert refused.status_code == 422 and "named" in refused.json()["detail"]


def test_validate_reads_headers_anew(server: Server, home: Path) -> None:
    path = home / "models" / "loras" / "style.safetensors"
    whole, before = path.read_bytes(), path.stat()
    with path.open("r+b") as file:
        file.write(b"\xff" * 16)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    try:
        (one,) = server.client.post("/api/v1/models/validate", json={"models": ["style"]}).json()["results"]
        assert not one["ok"] and "ff ff" in one["error"]["message"]
    finally:
        path.write_bytes(whole)
    (one,) = server.client.post("/api/v1/models/validate", json={"models": ["style"]}).json()["results"]
    assert one["ok"] and one["engines"] == []  # a LoRA in order, which nothing runs by itself


@pytest.mark.parametrize(
    "name",
    [
        "{home}/secret/outside.safetensors",
        "../secret/outside.safetensors",
        "..%2Fsecret%2Foutside.safetensors",
        "%2e%2e/secret/outside.safetensors",
        "loras/../../secret/outside.safetensors",
        "loras%2F..%2F..%2Fsecret%2Foutside.safetensors",
        "outside",
        "file:///etc/passwd",
        "prompts//cats.txt",
        "{home}/models/loras/style.safetensors",
        "%00",
    ],
)
def test_no_request_reaches_a_file_that_no_scan_found(server: Server, home: Path, name: str) -> None:
    """By every route that takes a name: what lies outside, or is named by another way to it, is not found."""
    name = name.format(home=home)
    for method, path in (("GET", ""), ("POST", "/load"), ("POST", "/unload")):
        answer = server.client.request(method, f"/api/v1/models/{name}{path}")
        assert answer.status_code in {400, 404, 405, 307}, answer.text
    for path, extra in (
        ("validate", {}),
        ("hash", {}),
        ("batch", {"operation": "hash"}),
        ("batch", {"operation": "load"}),
    ):
        answer = server.client.post(f"/api/v1/models/{path}", json={"models": [name]} | extra)
        assert [one["ok"] for one in answer.json()["results"]] == [False]
        assert answer.json()["results"][0]["error"]["code"] == "not_found"
        assert "secret" not in answer.text.replace(name, "")
    drawn = server.client.post("/api/v1/generate", json={"prompt": "x", "model": name})
    assert drawn.status_code == 404


def test_a_link_that_the_owner_made_is_followed(server: Server) -> None:
    assert model(server, "linked")["type"] == "lora"
    (one,) = server.client.post("/api/v1/models/hash", json={"models": ["linked"]}).json()["results"]
    assert one["ok"] and len(one["sha256"]) == 64


def test_texts_are_listed_and_never_drawn_with(server: Server) -> None:
    assert model(server, "cats.txt")["problem"]
    assert server.client.post("/api/v1/generate", json={"prompt": "x", "model": "cats.txt"}).status_code == 422
    assert server.client.post("/api/v1/models/cats.txt/load").status_code == 422
