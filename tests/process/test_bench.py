"""`safelight bench`: measured with a real engine, and remembered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models import save_folder

COMMAND = [sys.executable, "-m", "safelight"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_folder(tmp_path_factory.mktemp("models") / "tiny", "sd1")


def run(tmp_path: Path, *words: str) -> str:
    environment = os.environ | {"SAFELIGHT_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def test_what_was_measured_tells_times_afterwards(tiny: Path, tmp_path: Path) -> None:
    said = json.loads(
        run(tmp_path, "bench", str(tiny), "--size", "64", "--steps", "3", "--engine", "diffusers", "--json")
    )
    assert (said["size"], said["steps"]) == (64, 3)
    types = [speed["dtype"] for speed in said["speeds"]]
    assert "f32" in types and len(set(types)) == len(types)
    for speed in said["speeds"]:
        assert not speed["problem"]
        assert speed["product"] > 1e9 and 0 < speed["step"] < speed["picture"]
        assert speed["share"] == pytest.approx(speed["operations"] / speed["product"])
    kept = json.loads((tmp_path / "cache" / "speeds.json").read_text())
    assert {one["dtype"]: one["operations"] for one in kept["products"]} == {
        speed["dtype"]: speed["product"] for speed in said["speeds"]
    }
    assert [one["dtype"] for one in kept["speeds"]] == types
    assert "by what it took here before" in run(tmp_path, "models", "inspect", str(tiny))


def test_a_device_that_is_not_there_is_refused(tiny: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "bench", str(tiny), "--device", "cuda:7"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and "There is no device 'cuda:7' here." in done.stderr
