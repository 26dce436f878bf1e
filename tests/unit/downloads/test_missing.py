"""What a model lacks is fetched from where it is published, into the folder of its kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safelight.catalog.catalog import open_catalog
from safelight.domain.errors import Conflict, InvalidInput, NotFound
from safelight.settings import Settings
from tests.hosts import Hub
from tests.unit.catalog.sparse import companion_file, diffusion_file

Pull = Callable[..., Any]


async def test_what_is_missing_is_fetched_and_the_model_is_ready(
    pull: Pull, hub: Hub, web_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = web_settings()
    diffusion_file(settings.models_dir / "unet" / "mine.safetensors", "chroma")
    companion_file(settings.models_dir / "text_encoders" / "t5.safetensors", "t5xxl")
    catalog = open_catalog(settings)
    (missing,) = catalog.missing(catalog.resolve("mine"))
    assert missing.offer
    vae = companion_file(tmp_path / "vae.safetensors", "kl_16").read_bytes()
    hub.publish(
        missing.offer.repository, {missing.offer.file: vae, "other.safetensors": b"x"}, cardData={"license": "mit"}
    )
    (file,) = await pull("missing:mine")
    assert file.name == "vae/ae.safetensors"
    assert file.notes[1] == "Its licence: mit."
    assert catalog.resolve("mine").problem is None
    with pytest.raises(Conflict, match="lacks nothing"):
        await pull("missing:mine")


async def test_several_missing_ones_are_one_download(
    pull: Pull, hub: Hub, web_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = web_settings()
    diffusion_file(settings.models_dir / "mine.safetensors", "flux")
    companion_file(settings.models_dir / "t5.safetensors", "t5xxl")
    catalog = open_catalog(settings)
    for number, missing in enumerate(catalog.missing(catalog.resolve("mine"))):
        assert missing.offer
        file = companion_file(tmp_path / f"{number}.safetensors", missing.offer.companion)
        hub.publish(missing.offer.repository, {missing.offer.file: file.read_bytes()})
    with pytest.raises(InvalidInput, match="is 2 files"):
        await pull("missing:mine", sha256="0" * 64)
    assert {file.name for file in await pull("missing:mine")} == {
        "vae/ae.safetensors",
        "text_encoders/clip_l.safetensors",
    }


async def test_a_model_that_is_not_there_lacks_nothing(pull: Pull) -> None:
    with pytest.raises(NotFound):
        await pull("missing:nobody")
    with pytest.raises(NotFound):
        await pull("missing:/etc/passwd")
