"""Names: which models a catalog lists, and what a name leads to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from safelight.catalog.catalog import Catalog
from safelight.domain.errors import CorruptFile, InvalidInput, NotFound
from safelight.domain.models import ModelFormat, ModelKind

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteSafetensors


def folder_model(path: Path) -> Path:
    """The least that is a folder in diffusers layout."""
    path.mkdir(parents=True)
    (path / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
    return path


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "models", tmp_path / "embedded")


def ids(catalog: Catalog) -> list[str]:
    return [info.id for info in catalog.list()]


def test_folders_need_not_exist(catalog: Catalog) -> None:
    assert catalog.list() == []


def test_embedded_models_come_first_then_the_rest(catalog: Catalog, write_safetensors: WriteSafetensors) -> None:
    folder_model(catalog.embedded_dir / "doodle")
    folder_model(catalog.models_dir / "checkpoints" / "My Model v1.5")
    write_safetensors("models/Zebra.safetensors", {"w": (1,)})
    write_safetensors("models/checkpoints/apple-v1.5.safetensors", {"w": (1,)})
    (catalog.models_dir / "notes.txt").write_text("not a model")
    (catalog.models_dir / "half.safetensors.part").write_text("not yet a model")
    write_safetensors("models/.cache/hidden.safetensors", {"w": (1,)})
    assert ids(catalog) == ["doodle", "apple-v1.5", "My Model v1.5", "Zebra"]


def test_files_inside_a_diffusers_folder_are_not_models_of_their_own(
    catalog: Catalog, write_safetensors: WriteSafetensors
) -> None:
    folder_model(catalog.models_dir / "sd")
    write_safetensors("models/sd/unet/diffusion_pytorch_model.safetensors", {"w": (1,)})
    assert ids(catalog) == ["sd"]


def test_ambiguous_names_become_paths(catalog: Catalog, write_safetensors: WriteSafetensors) -> None:
    folder_model(catalog.embedded_dir / "doodle")
    write_safetensors("models/a/same.safetensors", {"w": (1,)})
    write_safetensors("models/b/same.safetensors", {"w": (2,)})
    write_safetensors("models/doodle.safetensors", {"w": (3,)})
    assert ids(catalog) == ["doodle", "a/same.safetensors", "b/same.safetensors", "doodle.safetensors"]
    for info in catalog.list():
        assert catalog.resolve(info.id) == info
    assert catalog.resolve("b/same").path == catalog.models_dir / "b" / "same.safetensors"
    with pytest.raises(InvalidInput, match="Several models") as caught:
        catalog.resolve("same")
    assert caught.value.hint == "Say which: a/same.safetensors, b/same.safetensors."


@pytest.mark.parametrize("name", ["apple", "apple.safetensors", "lora/apple", "lora/apple.safetensors"])
def test_ways_to_name_a_model(catalog: Catalog, write_safetensors: WriteSafetensors, name: str) -> None:
    path = write_safetensors("models/lora/apple.safetensors", {"lora_unet_a.lora_up.weight": (1, 1)})
    info = catalog.resolve(name)
    assert (info.id, info.path, info.kind) == ("apple", path, ModelKind.LORA)


def test_any_path_names_a_model(
    catalog: Catalog, tmp_path: Path, write_safetensors: WriteSafetensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_safetensors("elsewhere/pear.safetensors", {"w": (1,)})
    folder = folder_model(tmp_path / "elsewhere" / "sd")
    assert catalog.resolve(str(path)).id == "pear"
    assert catalog.resolve(str(folder)).id == "sd"
    monkeypatch.chdir(tmp_path)
    assert catalog.resolve("elsewhere/pear.safetensors").id == "pear"
    assert catalog.inspect(path).id == "pear"


@pytest.mark.parametrize("name", ["../secret.safetensors", "lora/../../secret.safetensors", "..", "/etc/passwd", "\0"])
def test_ids_cannot_leave_the_models_folder(
    catalog: Catalog, write_safetensors: WriteSafetensors, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_safetensors("secret.safetensors", {"w": (1,)})
    write_safetensors("models/lora/apple.safetensors", {"w": (1,)})
    monkeypatch.chdir(catalog.models_dir)
    with pytest.raises(NotFound):
        catalog.resolve(name, paths=False)


def test_unknown_names_come_with_the_nearest(catalog: Catalog, write_safetensors: WriteSafetensors) -> None:
    folder_model(catalog.embedded_dir / "doodle")
    write_safetensors("models/Dreamshaper.safetensors", {"w": (1,)})
    with pytest.raises(NotFound) as caught:
        catalog.resolve("dreamshapr")
    assert caught.value.message == 'There is no model called "dreamshapr".'
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("Did you mean Dreamshaper? Models are looked for in ")
    assert str(catalog.models_dir) in caught.value.hint


@pytest.mark.parametrize("name", ["", "x" * 100_000, "~nobody-here/x", "a\nb"])
def test_odd_names_are_not_found(catalog: Catalog, name: str) -> None:
    with pytest.raises(NotFound) as caught:
        catalog.resolve(name)
    assert caught.value.message.isprintable()


def test_broken_models_are_listed_with_their_problem(catalog: Catalog, write_safetensors: WriteSafetensors) -> None:
    path = write_safetensors("models/broken.safetensors", {"w": (100,)})
    path.write_bytes(path.read_bytes()[:-7])
    (catalog.models_dir / "gone.ckpt").symlink_to("nowhere")
    (catalog.models_dir / "quantised.gguf").write_bytes(b"GGUF" + bytes(20))
    found = {info.id: info for info in catalog.list()}
    assert set(found) == {"broken", "gone", "quantised"}
    assert all(info.problem and not info.modes for info in found.values())
    assert "is truncated" in (found["broken"].problem or "")
    assert found["broken"].bytes == path.stat().st_size
    assert found["quantised"].format is ModelFormat.GGUF
    with pytest.raises(CorruptFile):
        catalog.resolve("broken")


def test_links_in_a_circle_end(catalog: Catalog, write_safetensors: WriteSafetensors) -> None:
    write_safetensors("models/a/apple.safetensors", {"w": (1,)})
    (catalog.models_dir / "a" / "again").symlink_to(catalog.models_dir)
    assert ids(catalog) == ["apple"]


def test_new_and_removed_models_are_noticed(catalog: Catalog, write_safetensors: WriteSafetensors) -> None:
    write_safetensors("models/apple.safetensors", {"w": (1,)})
    assert ids(catalog) == ["apple"]
    write_safetensors("models/pear.safetensors", {"w": (1,)})
    (catalog.models_dir / "apple.safetensors").unlink()
    assert ids(catalog) == ["pear"]
