"""`safelight models` as people type it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers import SCRIPTED, save_scripted_model
from tests.unit.catalog.sparse import companion_file, diffusion_file, write_sparse

Models = Callable[..., subprocess.CompletedProcess[str]]
LORA = {"lora_unet_x.lora_up.weight": (1, 1), "lora_unet_x.lora_down.weight": (1, 1)}


@pytest.fixture
def models(tmp_path: Path) -> Models:
    """A function that runs `safelight models …` with folders of the test's own."""
    environment = os.environ | {
        "SAFELIGHT_MODELS_DIR": str(tmp_path / "models"),
        "SAFELIGHT_CACHE_DIR": str(tmp_path / "cache"),
    }
    environment.pop("COLUMNS", None)

    def run(*words: str, columns: str | None = "400") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "safelight", "models", *words]
        given = environment | ({"COLUMNS": columns} if columns else {})
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=given)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Models of several sorts."""
    write_sparse(tmp_path / "models" / "Lora" / "style.safetensors", LORA)
    diffusion_file(tmp_path / "models" / "unet" / "my-chroma.safetensors", "chroma")
    companion_file(tmp_path / "models" / "clip" / "t5.safetensors", "t5xxl")
    return tmp_path / "models"


def read(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_list_says_what_is_ready_and_what_is_missing(models: Models, folder: Path) -> None:
    done = models("list")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert lines["doodle"].rstrip().endswith("ready")
    assert "add-on" in lines["style"] and "companion" in lines["t5"]
    assert "chroma" in lines["my-chroma"] and "f16" in lines["my-chroma"]
    assert lines["my-chroma"].rstrip().endswith("Get what is missing: safelight models pull missing:my-chroma")


LONG = "a_very_long_name_that_people_give_their_files_v1.0-fp8_e4m3fn-000012"


def test_list_fits_80_columns_and_cuts_no_name(models: Models, folder: Path) -> None:
    diffusion_file(folder / "unet" / f"{LONG}.safetensors", "flux")
    lines = models("list", columns="80").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    rows = {line.split()[0]: line.split()[-1] for line in lines[: lines.index("")]}
    assert (rows["doodle"], rows["style"], rows["my-chroma"]) == ("ready", "add-on", "incomplete")
    name = lines.index(next(line for line in lines if line.startswith(LONG[:20])))
    assert "".join(line.split()[0] for line in lines[name : name + 3]).startswith(LONG)
    assert f"safelight models pull missing:{LONG}" in " ".join(" ".join(lines).split())
    piped = models("list", columns=None).stdout.splitlines()
    assert any(line.startswith(LONG) and f"missing:{LONG}" in line for line in piped)


def test_list_narrows_sorts_and_searches(models: Models, folder: Path) -> None:
    assert [one["id"] for one in read(models("list", "--type", "lora", "--json"))] == ["style"]
    assert [one["id"] for one in read(models("list", "--search", "CHROMA unet", "--json"))] == []
    assert [one["id"] for one in read(models("list", "--search", "CHROMA", "--json"))] == ["my-chroma"]
    sizes = [one["bytes"] for one in read(models("list", "--sort", "size", "--reverse", "--json"))]
    assert sizes == sorted(sizes, reverse=True)
    refused = models("list", "--type", "poem")
    assert refused.returncode == 2 and "no type of models" in refused.stderr


def test_several_folders_may_be_given(models: Models, folder: Path, tmp_path: Path) -> None:
    companion_file(tmp_path / "comfy" / "vae" / "ae.safetensors", "kl_16")
    found = read(models("list", "--models-dir", str(folder), "--models-dir", str(tmp_path / "comfy"), "--json"))
    (chroma,) = [one for one in found if one["id"] == "my-chroma"]
    assert chroma["problem"] is None and chroma["missing"] == []
    assert str(tmp_path / "comfy" / "vae" / "ae.safetensors") in [one["path"] for one in chroma["components"]]
    only = read(models("list", "--models-dir", str(tmp_path / "comfy"), "--json"))
    assert {one["id"] for one in only} == {"doodle", "ae"}


def test_inspect_says_why_and_where_to_get_what_is_missing(models: Models, folder: Path) -> None:
    shown = models("inspect", "my-chroma").stdout
    assert "because" in shown and "clip/t5.safetensors" in shown
    assert "missing: a VAE with 16 latent channels" in shown and "safelight models pull hf:" in shown
    facts = read(models("inspect", str(folder / "unet" / "my-chroma.safetensors"), "--json"))
    assert facts["architecture"] == "chroma" and [one["role"] for one in facts["missing"]] == ["vae"]
    unknown = models("inspect", "my-chrome")
    assert unknown.returncode == 2 and "Did you mean my-chroma?" in unknown.stderr


def test_hash_prints_what_other_tools_print(models: Models, folder: Path) -> None:
    wanted = hashlib.sha256((folder / "Lora" / "style.safetensors").read_bytes()).hexdigest()
    assert models("hash", "style").stdout == f"{wanted}  style\n"
    assert read(models("hash", "style", "--json")) == {"style": wanted}


def test_validate_tells_whole_files_from_damaged_ones(models: Models, folder: Path) -> None:
    good = models("validate", "style", "doodle")
    assert good.returncode == 0, good.stderr
    assert "doodle: whole" in good.stdout and "style: whole" in good.stdout
    path = folder / "Lora" / "style.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    bad = models("validate", "style", "doodle", "--json")
    assert bad.returncode == 1
    found = {one["model"]: one for one in json.loads(bad.stdout)}
    assert found["doodle"]["whole"] and found["doodle"]["engines"] and not found["style"]["whole"]
    assert "truncated" in found["style"]["problem"]


def test_what_was_read_is_kept_for_the_next_command(models: Models, folder: Path, tmp_path: Path) -> None:
    path = folder / "Lora" / "style.safetensors"
    before = read(models("list", "--type", "lora", "--json"))
    facts = path.stat()
    with path.open("r+b") as file:
        file.write(b"\xff" * 16)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert read(models("list", "--type", "lora", "--json")) == before
    assert (tmp_path / "cache" / "models.sqlite3").exists()


def test_further_folders_from_the_settings_hold_for_every_command(folder: Path, tmp_path: Path) -> None:
    save_scripted_model(tmp_path / "more" / "checkpoints", "drawer")
    environment = os.environ | {
        "SAFELIGHT_MODELS_DIR": str(folder),
        "SAFELIGHT_MORE_MODELS_DIRS": os.pathsep.join((str(tmp_path / "none"), str(tmp_path / "more"))),
        "SAFELIGHT_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(SCRIPTED),
    }
    command = [
        sys.executable,
        "-m",
        "safelight",
        "generate",
        "x",
        "-m",
        "drawer",
        "-o",
        "x.png",
        "-W",
        "64",
        "-H",
        "64",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.png").exists()
