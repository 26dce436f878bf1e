"""Civitai: model and version ids, its hashes and scans, keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from safelight.domain.errors import CorruptFile, DownloadFailed, DownloadRefused, InvalidInput, NotFound
from tests.hosts import Host, Hub, refused
from tests.unit.downloads.conftest import lora

Pull = Callable[..., Any]
DATA = lora(64)
OTHER = lora(64, seed=2)


def publish(hub: Hub, cdn: Host, **of_the_file: Any) -> None:
    """Model 10 of version 100 with a main file and a VAE, as the API tells of them."""
    model, version = 10, 100
    cdn.serve(f"/r2/{version}", DATA)
    cdn.serve(f"/r2/{version}-vae", OTHER)
    hub.redirect(f"/api/download/models/{version}", f"{cdn.url}/r2/{version}?X-Amz-Signature=s")
    file = {
        "name": "My Style v2.safetensors",
        "type": "Model",
        "sizeKB": len(DATA) / 1024,
        "hashes": {"AutoV2": "ABCDEF", "SHA256": cdn.files[f"/r2/{version}"].sha256.upper()},
        "primary": True,
        "pickleScanResult": "Success",
        "virusScanResult": "Success",
        "downloadUrl": f"{hub.url}/api/download/models/{version}",
    } | of_the_file
    vae = {"name": "its.vae.safetensors", "type": "VAE", "sizeKB": 1.0, "downloadUrl": f"{cdn.url}/r2/{version}-vae"}
    told = {"id": version, "modelId": model, "name": "v2", "model": {"name": "My Style"}, "files": [vae, file]}
    hub.tell(f"/api/v1/model-versions/{version}", told)
    older = {"id": version - 1, "name": "v1", "files": []}
    hub.tell(f"/api/v1/models/{model}", {"id": model, "name": "My Style", "modelVersions": [told, older]})


@pytest.mark.parametrize("source", ["civitai:10", "civitai:10@100", "civitai:@100", "civitai:100"])
async def test_the_main_file_of_a_version_is_fetched(pull: Pull, hub: Hub, cdn: Host, source: str) -> None:
    publish(hub, cdn)
    (file,) = await pull(source, settings={"civitai_key": "civ_secret", "hf_token": None})
    assert file.name == "lora/My Style v2.safetensors"
    assert file.sha256 == cdn.files["/r2/100"].sha256
    assert hub.asked[-1].headers["authorization"] == "Bearer civ_secret"
    assert [asked.headers.get("authorization") for asked in cdn.asked] == [None]  # a signed address refuses keys


async def test_a_named_file_is_fetched(pull: Pull, hub: Hub, cdn: Host) -> None:
    publish(hub, cdn)
    (file,) = await pull("civitai:10@100/its.vae.safetensors")
    assert file.name == "lora/its.vae.safetensors"
    assert "Civitai publishes no SHA-256 of it." in file.notes
    with pytest.raises(NotFound, match="has no file") as caught:
        await pull("civitai:10@100/other.safetensors")
    assert "My Style v2.safetensors" in str(caught.value.hint)


async def test_its_hash_is_enforced(pull: Pull, hub: Hub, cdn: Host) -> None:
    publish(hub, cdn, hashes={"SHA256": "AB" * 32})
    with pytest.raises(CorruptFile, match="should have abab"):
        await pull("civitai:10")


@pytest.mark.parametrize("scan", ["pickleScanResult", "virusScanResult"])
async def test_what_its_scans_found_dangerous_is_not_fetched(pull: Pull, hub: Hub, cdn: Host, scan: str) -> None:
    publish(hub, cdn, **{scan: "Danger"})
    with pytest.raises(InvalidInput, match="dangerous"):
        await pull("civitai:10")
    assert cdn.asked == []


async def test_a_login_is_explained(pull: Pull, hub: Hub, cdn: Host) -> None:
    publish(hub, cdn)
    body = b'{"error":"Unauthorized","message":"The creator of this asset requires you to be logged in"}'
    hub.pages["/api/download/models/100"] = refused(401, {}, body)
    with pytest.raises(DownloadRefused, match="requires you to be logged in") as caught:
        await pull("civitai:10")
    assert "SAFELIGHT_CIVITAI_KEY" in str(caught.value.hint)


async def test_what_is_not_there_is_said(pull: Pull, hub: Hub, cdn: Host) -> None:
    with pytest.raises(NotFound, match="no model 7"):
        await pull("civitai:7")
    hub.tell("/api/v1/models/8", {"id": 8, "name": "Gone", "modelVersions": []})
    with pytest.raises(NotFound, match="no version"):
        await pull("civitai:8")
    hub.tell("/api/v1/models/9", {"modelVersions": "none"})
    with pytest.raises(DownloadFailed, match="not one of Civitai"):
        await pull("civitai:9")


async def test_its_names_stay_in_their_folder(pull: Pull, hub: Hub, cdn: Host) -> None:
    publish(hub, cdn, name="../../../../tmp/evil.safetensors")
    assert (await pull("civitai:10"))[0].name == "lora/evil.safetensors"
