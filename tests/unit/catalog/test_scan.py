"""Where models are looked for, what a folder's name says, and when a file is read again."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import pytest
from tests.unit.catalog.sparse import companion_file, diffusion_file, shapes_of, write_sparse

from safelight.catalog.architectures import companions
from safelight.catalog.catalog import Catalog
from safelight.catalog.folders import TYPES, folder_type
from safelight.catalog.records import FILE
from safelight.catalog.scan import MAX_DEPTH, Root, Source, find
from safelight.domain.errors import NotFound, SafelightError
from safelight.domain.models import ModelFormat, ModelKind

LORA = {"lora_unet_x.lora_up.weight": (1, 1), "lora_unet_x.lora_down.weight": (1, 1)}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "models", tmp_path / "embedded", cache_dir=tmp_path / "cache")


def again(catalog: Catalog) -> Catalog:
    """The same folders as another process finds them."""
    return Catalog(catalog.models_dir, catalog.embedded_dir, cache_dir=catalog.models_dir.parent / "cache")


def ids(catalog: Catalog) -> list[str]:
    return [model.id for model in catalog.list()]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("Stable-diffusion/x.ckpt", "checkpoint"),
        ("checkpoints/SDXL/photo/x.safetensors", "checkpoint"),
        ("Lora/x.safetensors", "lora"),
        ("LyCORIS/x.safetensors", "lora"),
        ("loras/flux/x.safetensors", "lora"),
        ("VAE/x.pt", "vae"),
        ("VAE-approx/x.pt", "taesd"),
        ("ESRGAN/x.pth", "esrgan"),
        ("upscale_models/x.pth", "upscaler"),
        ("unet/x.gguf", "diffusion_model"),
        ("diffusion_models/x.gguf", "diffusion_model"),
        ("clip/x.safetensors", "text_encoder"),
        ("text_encoders/x.safetensors", "text_encoder"),
        ("clip_vision/x.safetensors", "clip_vision"),
        ("ControlNet/x.safetensors", "controlnet"),
        ("photomaker/x.bin", "photomaker"),
        ("loras/checkpoints/x.safetensors", "checkpoint"),  # the nearest
        ("x.safetensors", None),
        ("holidays/x.safetensors", None),
    ],
)
def test_what_a_folder_is_for(place: str, name: str | None) -> None:
    found = folder_type(PurePosixPath(place))
    assert (found.name if found else None) == name


def test_types_have_the_numbers_of_the_server_they_are_taken_from() -> None:
    numbers = {one.name: one.number for one in TYPES if one.number}
    assert numbers == {
        "lora": 1,
        "checkpoint": 2,
        "vae": 4,
        "presets": 8,
        "prompts": 16,
        "neg_prompts": 32,
        "taesd": 64,
        "esrgan": 128,
        "controlnet": 256,
        "upscaler": 512,
        "embedding": 1024,
    }


def test_the_header_decides_and_the_folder_is_only_heard(catalog: Catalog) -> None:
    write_sparse(catalog.models_dir / "checkpoints" / "wrong.safetensors", LORA)
    write_sparse(catalog.models_dir / "loras" / "right.safetensors", LORA)
    wrong, right = catalog.resolve("wrong"), catalog.resolve("right")
    assert wrong.kind is right.kind is ModelKind.LORA
    assert any("folder for files of type checkpoint" in sentence for sentence in wrong.evidence)
    assert not any("folder" in sentence for sentence in right.evidence)


def test_texts_are_listed_in_their_folders_only(catalog: Catalog) -> None:
    for place in ("prompts/cats.txt", "neg_prompts/blur.txt", "presets/soft.json", "loras/readme.txt", "notes.txt"):
        path = catalog.models_dir / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a cat")
    found = {model.id: model for model in catalog.list()}
    kinds = {name: model.kind for name, model in found.items()}
    assert kinds == {
        "blur.txt": ModelKind.NEG_PROMPTS,
        "cats.txt": ModelKind.PROMPTS,
        "soft.json": ModelKind.PRESETS,
    }
    assert all(model.format is ModelFormat.TEXT and model.problem and not model.modes for model in found.values())


def test_very_deep_folders_are_left_out(catalog: Catalog) -> None:
    deep = catalog.models_dir.joinpath(*"abcdefgh")
    assert len(deep.relative_to(catalog.models_dir).parts) == MAX_DEPTH
    write_sparse(deep / "in.safetensors", LORA)
    write_sparse(deep / "i" / "out.safetensors", LORA)
    assert ids(catalog) == ["in"]


def shard(folder: Path, name: str, parts: int = 2) -> Path:
    """CLIP-L in several files with an index."""
    (clip,) = [one for one in companions() if one.name == "clip_l"]
    shapes = shapes_of(clip.layouts[0])
    places: dict[str, str] = {}
    for number in range(parts):
        mine = {key: shape for index, (key, shape) in enumerate(shapes.items()) if index % parts == number}
        file = f"{name}-{number + 1:05}-of-{parts:05}.safetensors"
        write_sparse(folder / file, mine)
        places |= dict.fromkeys(mine, file)
    index = folder / f"{name}.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places}))
    return index


def test_shards_are_one_model(catalog: Catalog) -> None:
    index = shard(catalog.models_dir / "text_encoders" / "my-clip", "model")
    write_sparse(catalog.models_dir / "text_encoders" / "my-clip" / "other-00001-of-00002.safetensors", LORA)
    found = {model.id: model for model in catalog.list()}
    assert set(found) == {"my-clip", "other-00001-of-00002"}
    model = found["my-clip"]
    assert (model.path, model.kind) == (index, ModelKind.TEXT_ENCODER)
    assert model.bytes == sum(file.stat().st_size for file in index.parent.glob("model-*.safetensors"))
    assert catalog.resolve("my-clip") == catalog.resolve("text_encoders/my-clip/model.safetensors.index.json") == model
    assert "no engine here reads" in model.evidence[-1]
    assert model.evidence[-1].endswith("a folder in diffusers layout: safelight models pull hf:OWNER/NAME")
    diffusion_file(catalog.models_dir / "needy.safetensors", "flux")
    assert all(one.path is None for one in catalog.resolve("needy").components)
    (catalog.models_dir / "needy.safetensors").unlink()
    next(index.parent.glob("model-00002*")).unlink()
    assert "is missing" in (catalog.list()[0].problem or "")


@pytest.mark.parametrize(
    "name", ["../x.safetensors", "/etc/x.safetensors", "a/b.safetensors", "a\\b.safetensors", "x.py"]
)
def test_an_index_of_shards_names_files_beside_it_only(catalog: Catalog, name: str) -> None:
    write_sparse(catalog.models_dir / "x.safetensors", LORA)
    index = catalog.models_dir / "sub" / "model.safetensors.index.json"
    index.parent.mkdir()
    index.write_text(json.dumps({"weight_map": dict.fromkeys(LORA, name)}))
    with pytest.raises(SafelightError, match="names the file"):
        catalog.resolve("sub")


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"weight_map": []}', '{"weight_map": {}}', "[" * 100_000])
def test_a_damaged_index_of_shards_is_a_problem_and_no_failure(catalog: Catalog, damaged: str) -> None:
    catalog.models_dir.mkdir()
    (catalog.models_dir / "big.safetensors.index.json").write_text(damaged)
    (model,) = catalog.list()
    assert model.id == "big" and model.problem


def hub(folder: Path) -> Path:
    """A Hugging Face cache: a repository with a file in folders, one in diffusers layout, one of no use here."""
    blob = companion_file(folder / "models--org--vae" / "blobs" / "abc", "kl_16")
    new = folder / "models--org--vae" / "snapshots" / "beef" / "split_files" / "vae"
    new.mkdir(parents=True)
    (new / "ae.safetensors").symlink_to(blob)
    old = folder / "models--org--vae" / "snapshots" / "0123"
    old.mkdir()
    (old / "old.safetensors").symlink_to(blob)
    (folder / "models--org--vae" / "refs").mkdir()
    (folder / "models--org--vae" / "refs" / "main").write_text("beef")
    whole = folder / "models--org--sd" / "snapshots" / "cafe"
    whole.mkdir(parents=True)
    (whole / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
    write_sparse(folder / "models--org--llama" / "snapshots" / "1" / "model.safetensors", {"layers.0": (1,)})
    (folder / "datasets--org--pictures" / "snapshots" / "1").mkdir(parents=True)
    return folder


def test_the_hugging_face_cache_is_listed_by_repository(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "models", tmp_path / "embedded", hub_dir=hub(tmp_path / "hub"))
    assert ids(catalog) == ["org/sd", "org/vae/split_files/vae/ae.safetensors"]
    vae = catalog.resolve("org/vae/split_files/vae/ae.safetensors")
    assert vae.kind is ModelKind.VAE
    assert catalog.place_of(vae).root.source is Source.HUGGINGFACE
    assert catalog.resolve("ae.safetensors") == vae
    (tmp_path / "hub" / "models--org--vae" / "refs" / "main").write_text("0123")
    assert ids(catalog) == ["org/sd", "org/vae/old.safetensors"]


@pytest.mark.parametrize("reference", ["../../../../etc", "/etc", "", "dead", "\0", "x" * 5000])
def test_a_strange_reference_in_the_cache_leads_nowhere_else(tmp_path: Path, reference: str) -> None:
    catalog = Catalog(tmp_path / "models", tmp_path / "embedded", hub_dir=hub(tmp_path / "hub"))
    (tmp_path / "hub" / "models--org--vae" / "refs" / "main").write_text(reference)
    assert all(model.path.is_relative_to(tmp_path / "hub") for model in catalog.list())


def test_several_folders_keep_their_models_apart(tmp_path: Path) -> None:
    for folder in ("models", "comfy", "a1111"):
        write_sparse(tmp_path / folder / "loras" / "same.safetensors", LORA)
    write_sparse(tmp_path / "comfy" / "mine.safetensors", LORA)
    catalog = Catalog(tmp_path / "models", tmp_path / "embedded", more_dirs=(tmp_path / "comfy", tmp_path / "a1111"))
    assert ids(catalog) == [
        "mine",
        "models/loras/same.safetensors",
        "models2/loras/same.safetensors",
        "models3/loras/same.safetensors",
    ]
    for model in catalog.list():
        assert catalog.resolve(model.id) == model


def test_folders_in_one_another_are_walked_once(tmp_path: Path) -> None:
    write_sparse(tmp_path / "models" / "sub" / "x.safetensors", LORA)
    roots = tuple(Root(folder, Source.MODELS, folder.name) for folder in (tmp_path / "models", tmp_path / "models/sub"))
    assert [found.place for found in find(roots)] == ["sub/x.safetensors"]


def test_links_are_followed_as_the_folders_owner_meant_them(catalog: Catalog, tmp_path: Path) -> None:
    file = write_sparse(tmp_path / "elsewhere" / "file.safetensors", LORA)
    write_sparse(tmp_path / "shared" / "inside.safetensors", LORA)
    catalog.models_dir.mkdir()
    (catalog.models_dir / "link.safetensors").symlink_to(file)
    (catalog.models_dir / "loras").symlink_to(tmp_path / "shared")
    assert ids(catalog) == ["inside", "link"]
    assert catalog.resolve("loras/inside.safetensors", paths=False).kind is ModelKind.LORA


@pytest.mark.parametrize(
    "name",
    [
        "{elsewhere}/file.safetensors",
        "{elsewhere}",
        "../elsewhere/file.safetensors",
        "loras/../../elsewhere/file.safetensors",
        "loras/./inside.safetensors",
        "loras//inside.safetensors",
        "file",
        "~/file.safetensors",
        "link.safetensors/../../elsewhere/file.safetensors",
        "loras\\inside.safetensors",
        "%2e%2e/elsewhere/file.safetensors",
        "link.safetensors\0",
    ],
)
def test_a_request_reaches_only_what_a_scan_found(catalog: Catalog, tmp_path: Path, name: str) -> None:
    file = write_sparse(tmp_path / "elsewhere" / "file.safetensors", LORA)
    write_sparse(catalog.models_dir / "loras" / "inside.safetensors", LORA)
    (catalog.models_dir / "link.safetensors").symlink_to(file)
    with pytest.raises(NotFound):
        catalog.resolve(name.format(elsewhere=tmp_path / "elsewhere"), paths=False)


def test_what_is_no_file_is_a_problem_and_blocks_nothing(catalog: Catalog) -> None:
    catalog.models_dir.mkdir()
    os.mkfifo(catalog.models_dir / "pipe.safetensors")
    (catalog.models_dir / "device.safetensors").symlink_to("/dev/zero")
    assert all(model.problem for model in catalog.list()) and len(catalog.list()) == 2


def rewrite_unseen(path: Path) -> None:
    """Change a file's content, and nothing by which a change is noticed."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"\xff" * 16)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_file_is_read_once_as_long_as_it_stays(catalog: Catalog) -> None:
    path = write_sparse(catalog.models_dir / "x.safetensors", LORA)
    (first,) = catalog.list()
    rewrite_unseen(path)
    assert catalog.list() == [first] == again(catalog).list()
    path.touch()
    assert catalog.list()[0].problem != first.problem
    assert again(catalog).list() == catalog.list()


def test_another_file_of_the_same_size_and_time_is_noticed(catalog: Catalog) -> None:
    path = write_sparse(catalog.models_dir / "x.safetensors", LORA)
    (first,) = catalog.list()
    other = write_sparse(catalog.models_dir.parent / "y.safetensors", {"strangely": (1, 2)})
    other.write_bytes(other.read_bytes().ljust(path.stat().st_size, b"\0"))
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert catalog.list()[0].kind is not first.kind


def test_a_change_inside_a_folder_or_of_a_shard_is_noticed(catalog: Catalog) -> None:
    index = shard(catalog.models_dir / "clip", "model")
    assert catalog.list()[0].kind is ModelKind.TEXT_ENCODER
    (index.parent / "model-00001-of-00002.safetensors").write_bytes(b"broken")
    assert catalog.list()[0].kind is ModelKind.UNKNOWN


def kept(catalog: Catalog) -> dict[str, str]:
    """Paths that the index on disk has, with the code that read them."""
    with sqlite3.connect(catalog.models_dir.parent / "cache" / FILE) as base:
        return {Path(path).name: reader for path, reader in base.execute("SELECT path, reader FROM readings")}


def test_files_that_went_are_forgotten_on_disk_too(catalog: Catalog) -> None:
    path = write_sparse(catalog.models_dir / "x.safetensors", LORA)
    write_sparse(catalog.models_dir / "y.safetensors", LORA)
    catalog.list()
    assert set(kept(catalog)) == {"x.safetensors", "y.safetensors"}
    path.unlink()
    again(catalog).list()
    assert set(kept(catalog)) == {"y.safetensors"}


def test_what_lies_on_a_drive_that_is_away_is_kept(catalog: Catalog, tmp_path: Path) -> None:
    write_sparse(catalog.models_dir / "x.safetensors", LORA)
    catalog.list()
    catalog.models_dir.rename(tmp_path / "away")
    assert again(catalog).list() == []
    assert set(kept(catalog)) == {"x.safetensors"}


def test_what_other_code_read_is_not_believed(catalog: Catalog) -> None:
    path = write_sparse(catalog.models_dir / "x.safetensors", LORA)
    (first,) = catalog.list()
    rewrite_unseen(path)
    with sqlite3.connect(catalog.models_dir.parent / "cache" / FILE) as base:
        base.execute("UPDATE readings SET reader = 'of another version'")
    assert again(catalog).list()[0].problem != first.problem


@pytest.mark.parametrize(
    "damaged",
    [b"", b"no database", b"SQLite format 3\0" + bytes(4096), b"\0" * 100_000],
    ids=["empty", "text", "header", "zeros"],
)
def test_a_damaged_index_is_begun_anew(catalog: Catalog, damaged: bytes) -> None:
    write_sparse(catalog.models_dir / "x.safetensors", LORA)
    wanted = catalog.list()
    (catalog.models_dir.parent / "cache" / FILE).write_bytes(damaged)
    assert again(catalog).list() == wanted
    assert set(kept(catalog)) == {"x.safetensors"}


def test_an_index_cut_short_or_with_other_columns_is_begun_anew(catalog: Catalog) -> None:
    write_sparse(catalog.models_dir / "x.safetensors", LORA)
    wanted = catalog.list()
    file = catalog.models_dir.parent / "cache" / FILE
    file.write_bytes(file.read_bytes()[:5000])
    assert again(catalog).list() == wanted
    shutil.rmtree(file.parent)
    file.parent.mkdir()
    with sqlite3.connect(file) as base:
        base.execute("CREATE TABLE readings (path TEXT)")
    assert again(catalog).list() == wanted
    assert set(kept(catalog)) == {"x.safetensors"}


def test_rows_that_make_no_sense_are_read_again(catalog: Catalog) -> None:
    write_sparse(catalog.models_dir / "x.safetensors", LORA)
    wanted = catalog.list()
    with sqlite3.connect(catalog.models_dir.parent / "cache" / FILE) as base:
        base.execute("UPDATE readings SET reading = '{\"model\": 3}'")
    assert again(catalog).list() == wanted


def test_a_cache_that_cannot_be_written_does_not_matter(catalog: Catalog, tmp_path: Path) -> None:
    path = write_sparse(catalog.models_dir / "x.safetensors", LORA)
    nowhere = Catalog(catalog.models_dir, catalog.embedded_dir, cache_dir=path / "no folder")
    assert nowhere.list() == catalog.list()


def test_many_processes_may_read_at_once(catalog: Catalog) -> None:
    for number in range(30):
        write_sparse(catalog.models_dir / f"{number}.safetensors", LORA | {f"lora_unet_{number}.alpha": ()})
    catalogs = [again(catalog) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        listed = list(threads.map(Catalog.list, catalogs))
    assert all(models == listed[0] for models in listed) and len(listed[0]) == 30
    assert len(kept(catalog)) == 30


def test_many_files_are_read_by_child_processes_with_the_same_result(catalog: Catalog) -> None:
    for number in range(60):
        write_sparse(catalog.models_dir / "loras" / f"{number:02}.safetensors", LORA, {"number": str(number)})
    many = {model.id: model for model in catalog.list()}
    assert len(many) == 60
    for name in ("00", "31", "59"):
        alone = Catalog(catalog.models_dir, catalog.embedded_dir)
        assert alone.resolve(name) == many[name]


def test_a_file_that_ends_its_reader_is_said_so_and_the_others_are_read(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        write_sparse(catalog.models_dir / f"{number:02}.safetensors", LORA)
    poison = write_sparse(catalog.models_dir / "07-poison.safetensors", LORA)
    dying = tmp_path / "python"
    dying.write_text(f"#!/bin/sh\nsed '/poison/,$d' | {sys.executable} \"$@\"\nexit 139\n")
    dying.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dying))
    found = {model.id: model for model in catalog.list()}
    assert len(found) == 61
    assert found.pop("07-poison").problem == "Reading its header ended the process that did it."
    assert {model.kind for model in found.values()} == {ModelKind.LORA}
    assert poison.name not in kept(catalog)  # it is tried again next time
