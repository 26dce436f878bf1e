"""Hugging Face: single files and whole repositories, gated ones, redirects, keys that stay where they belong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

from safelight.catalog.downloads.download import look
from safelight.catalog.downloads.hub import pipeline_files
from safelight.domain.errors import (
    Conflict,
    CorruptFile,
    DownloadFailed,
    DownloadRefused,
    InvalidInput,
    NotFound,
)
from safelight.domain.work import DownloadRequest
from safelight.settings import Settings
from tests.hosts import COMMIT, Faults, Host, Hub, cut, refused
from tests.unit.downloads.conftest import lora
from tests.unit.downloads.test_transfer import files_below

Pull = Callable[..., Any]
DATA = lora(64)
BIG = lora(3000)


async def test_a_file_of_a_repository_is_fetched_through_its_redirect(pull: Pull, hub: Hub, cdn: Host) -> None:
    hub.publish("org/repo", {"style.safetensors": DATA, "README.md": b"hello"}, cardData={"license": "mit"})
    (file,) = await pull("hf:org/repo")
    assert (file.name, file.sha256) == ("lora/style.safetensors", hub.blob(DATA).sha256)
    assert hub.paths("resolve") == [f"/org/repo/resolve/{COMMIT}/style.safetensors"]
    assert len(cdn.asked) == 1


async def test_what_is_offered_is_told_before(web_settings: Callable[..., Settings], hub: Hub, cdn: Host) -> None:
    hub.publish("org/repo", {"a/style.safetensors": DATA}, cardData={"license": "mit"}, gated="auto")
    offer = await look(DownloadRequest(source="hf:org/repo@main"), web_settings())
    (file,) = offer.files
    assert (file.name, file.bytes, file.license, offer.bytes) == ("style.safetensors", len(DATA), "mit", len(DATA))
    assert file.notes == ("Its makers want their terms accepted: see its page.",)
    assert cdn.asked == []


async def test_the_key_is_sent_to_its_host_and_to_no_other(pull: Pull, hub: Hub, cdn: Host) -> None:
    hub.publish("org/repo", {"style.safetensors": DATA})
    await pull("hf:org/repo", settings={"hf_token": "hf_secret", "civitai_key": None})
    assert {asked.headers.get("authorization") for asked in hub.asked} == {"Bearer hf_secret"}
    assert {asked.headers.get("authorization") for asked in cdn.asked} == {None}


async def test_a_download_resumes_through_the_redirect(pull: Pull, hub: Hub, cdn: Host) -> None:
    hub.publish("org/repo", {"big.safetensors": BIG})
    hub.blob(BIG).faults = Faults(cut(1_500_000))
    await pull("hf:org/repo")
    assert [asked.range for asked in cdn.asked] == [None, "bytes=1500000-"]


async def test_a_published_hash_is_enforced(pull: Pull, hub: Hub, web_settings: Callable[..., Settings]) -> None:
    hub.publish("org/repo", {"style.safetensors": DATA})
    hub.blob(DATA).data = lora(64, seed=3)  # as long, of other numbers
    with pytest.raises(CorruptFile, match="has the SHA-256"):
        await pull("hf:org/repo")
    assert files_below(web_settings().models_dir) == []


async def test_the_hash_in_the_redirect_is_enforced_for_plain_addresses(pull: Pull, hub: Hub, cdn: Host) -> None:
    hub.publish("org/repo", {"style.safetensors": DATA})
    hub.blob(DATA).data = lora(64, seed=3)
    with pytest.raises(CorruptFile, match="has the SHA-256"):
        await pull(f"{hub.url}/org/repo/resolve/{COMMIT}/style.safetensors")


async def test_another_hash_than_the_published_is_refused_before_anything_is_fetched(
    pull: Pull, hub: Hub, cdn: Host
) -> None:
    hub.publish("org/repo", {"style.safetensors": DATA})
    with pytest.raises(CorruptFile, match="is published with"):
        await pull("hf:org/repo", sha256="0" * 64)
    assert cdn.asked == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_gated_model_is_explained(pull: Pull, hub: Hub, status: int) -> None:
    hub.publish("org/gated", {"style.safetensors": DATA}, gated="manual")
    place = f"/org/gated/resolve/{COMMIT}/style.safetensors"
    hub.pages[place] = refused(status, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."})
    with pytest.raises(DownloadRefused, match="is gated") as caught:
        await pull("hf:org/gated")
    assert "SAFELIGHT_HF_TOKEN" in str(caught.value.hint)
    assert len(hub.paths("resolve")) == 1


async def test_a_private_model_comes_with_the_key(pull: Pull, hub: Hub) -> None:
    hub.publish("org/private", {"style.safetensors": DATA})
    api = hub.files["/api/models/org/private"]
    api.needs_key, api.refusal = "hf_secret", {"X-Error-Code": "RepoNotFound"}
    with pytest.raises(NotFound, match="or it is private"):
        await pull("hf:org/private")
    (file,) = await pull("hf:org/private", settings={"hf_token": "hf_secret"})
    assert file.name == "lora/style.safetensors"


async def test_what_is_not_there_is_said(pull: Pull, hub: Hub) -> None:
    hub.publish("org/repo", {"a.safetensors": DATA, "b.safetensors": BIG, "notes.txt": b"x"})
    hub.pages["/api/models/org/repo/revision/v9"] = refused(404, {"X-Error-Code": "RevisionNotFound"})
    with pytest.raises(InvalidInput, match="has 2 model files") as caught:
        await pull("hf:org/repo")
    assert "hf:org/repo/a.safetensors, hf:org/repo/b.safetensors" in str(caught.value.hint)
    with pytest.raises(NotFound, match="no file 'c"):
        await pull("hf:org/repo/c.safetensors")
    with pytest.raises(NotFound, match="no such branch, tag or commit"):
        await pull("hf:org/repo@v9")
    with pytest.raises(NotFound):
        await pull("hf:org/nothing")


@pytest.mark.parametrize("answer", [b"<html>", b"[1]", b'{"id": "org/repo", "siblings": [{}]}', b"{" * 100_000])
async def test_an_answer_that_is_none_is_no_crash(pull: Pull, hub: Hub, answer: bytes) -> None:
    hub.serve("/api/models/org/repo", answer)
    with pytest.raises(DownloadFailed, match="is not one of"):
        await pull("hf:org/repo")


async def test_a_rate_limit_is_waited_out(pull: Pull, hub: Hub) -> None:
    hub.publish("org/repo", {"style.safetensors": DATA})
    hub.files["/api/models/org/repo"].faults = Faults(refused(429, {"Retry-After": "0"}), refused(503))
    assert (await pull("hf:org/repo"))[0].name == "lora/style.safetensors"


def test_one_kind_of_weights_for_every_component() -> None:
    index = {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "safety_checker": [None, None],
        "requires_safety_checker": True,
    }
    paths = {
        "": "model_index.json README.md v1-5.ckpt v1-5.safetensors run.py",
        "unet/": "config.json diffusion_pytorch_model.bin diffusion_pytorch_model.fp16.safetensors "
        "diffusion_pytorch_model-00001-of-00002.safetensors diffusion_pytorch_model-00002-of-00002.safetensors "
        "diffusion_pytorch_model.safetensors.index.json diffusion_pytorch_model.non_ema.safetensors",
        "text_encoder/": "config.json pytorch_model.bin flax_model.msgpack",
        "vae/": "config.json diffusion_pytorch_model.fp16.safetensors evil.py",
        "tokenizer/": "vocab.json merges.txt",
        "safety_checker/": "model.safetensors",
    }
    everything = [f"{folder}{name}" for folder, names in paths.items() for name in names.split()]
    assert pipeline_files(index, everything) == [
        "model_index.json",
        "text_encoder/config.json",
        "text_encoder/pytorch_model.bin",
        "tokenizer/merges.txt",
        "tokenizer/vocab.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
        "unet/diffusion_pytorch_model-00002-of-00002.safetensors",
        "unet/diffusion_pytorch_model.safetensors.index.json",
        "vae/config.json",
        "vae/diffusion_pytorch_model.fp16.safetensors",
    ]


def doodle() -> dict[str, bytes]:
    """The embedded model, as a repository."""
    from safelight.settings import embedded_models

    folder = embedded_models() / "doodle"
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix in (".json", ".txt", ".safetensors"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


async def test_a_whole_repository_appears_when_it_is_complete(
    pull: Pull, hub: Hub, cdn: Host, web_settings: Callable[..., Settings]
) -> None:
    files = doodle() | {"README.md": b"read me", "unet/evil.py": b"import os", "tokenizer/empty.txt": b""}
    hub.publish("org/doodle", files)
    unet = files["unet/diffusion_pytorch_model.safetensors"]
    hub.blob(unet).faults = Faults(cut(100_000), *[cut(50_000)] * 4)
    models = web_settings().models_dir
    with pytest.raises(DownloadFailed):
        await pull("hf:org/doodle")
    assert not (models / "checkpoints").exists()
    (file,) = await pull("hf:org/doodle")
    assert file.name == "checkpoints/org--doodle"
    landed = set(files_below(models / file.name))
    assert landed >= {"unet/diffusion_pytorch_model.safetensors", "tokenizer/empty.txt"}
    assert not landed & {"README.md", "unet/evil.py"}
    assert not list(models.glob(".downloads/*"))
    asked = len(cdn.asked)
    (again,) = await pull("hf:org/doodle")
    assert again.notes == ("It was there already.",) and len(cdn.asked) == asked
    (models / file.name / "model_index.json").write_bytes(b"{}")
    with pytest.raises(Conflict):
        await pull("hf:org/doodle")


async def test_a_repository_whose_files_lead_outside_is_refused(
    pull: Pull, hub: Hub, web_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    index = {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    hub.publish("org/evil", {"model_index.json": json.dumps(index).encode(), "unet/../../../../evil.json": b"{}"})
    with pytest.raises(InvalidInput, match="is not written here"):
        await pull("hf:org/evil")
    assert not list(tmp_path.rglob("evil.json"))


async def test_a_file_that_is_shorter_than_listed_is_refused(pull: Pull, hub: Hub) -> None:
    """Small files have no published hash; their size is checked."""
    hub.publish("org/repo", {"style.safetensors": DATA}, small=("style.safetensors",))
    hub.files[f"/org/repo/resolve/{COMMIT}/style.safetensors"].data = DATA[:-8]
    with pytest.raises(DownloadFailed, match="and its host lists"):
        await pull("hf:org/repo")


async def test_names_with_brackets_are_found_again(pull: Pull, hub: Hub, cdn: Host) -> None:
    hub.publish("org/repo", {"style [v1].safetensors": DATA})
    for _ in range(2):
        (file,) = await pull("hf:org/repo")
    assert file.notes == ("It was there already.",) and len(cdn.asked) == 1


def test_the_stand_in_answers_as_the_hubs_own_library_expects(hub: Hub) -> None:
    hub.publish(
        "org/repo", {"style.safetensors": DATA, "config.json": b"{}"}, cardData={"license": "mit"}, gated="auto"
    )
    hub.pages["/api/models/org/closed"] = refused(403, {"X-Error-Code": "GatedRepo"})
    hub.pages["/api/models/org/private"] = refused(401, {"X-Error-Code": "RepoNotFound"})
    api = huggingface_hub.HfApi(endpoint=hub.url, token=False)
    told = api.model_info("org/repo", files_metadata=True)
    lfs = {file.rfilename: file.lfs and file.lfs.sha256 for file in told.siblings or ()}
    assert lfs == {"style.safetensors": hub.blob(DATA).sha256, "config.json": None}
    assert (told.sha, told.gated) == (COMMIT, "auto")
    try:
        with pytest.raises(GatedRepoError):
            api.model_info("org/closed")
        with pytest.raises(RepositoryNotFoundError):
            api.model_info("org/private")
    finally:
        huggingface_hub.close_session()
