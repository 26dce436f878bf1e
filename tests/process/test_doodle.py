"""The embedded model: it is there, it draws what it is asked for, and the README's commands work."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import safelight
from safelight.settings import embedded_models
from tests.servers import running_server

README = Path(__file__).parents[2] / "README.md"
COLOURS = {"blue": (50, 100, 220), "yellow": (250, 214, 70), "white": (250, 250, 250), "black": (22, 22, 26)}


@pytest.fixture(scope="module")
def doodle() -> Iterator[safelight.LocalEngine]:
    with safelight.load("doodle") as engine:
        yield engine


def border(image: Image.Image) -> NDArray[np.float64]:
    """Median colour of the outermost pixels."""
    pixels = np.asarray(image.convert("RGB"), dtype=float)
    edge = np.concatenate([pixels[:4].reshape(-1, 3), pixels[-4:].reshape(-1, 3)])
    return np.asarray(np.median(edge, axis=0))


def test_it_is_small_enough_for_the_wheel() -> None:
    total = sum(file.stat().st_size for file in (embedded_models() / "doodle").rglob("*") if file.is_file())
    assert total <= 50 * 2**20


@pytest.mark.parametrize("colour", COLOURS)
def test_the_background_follows_the_prompt(doodle: safelight.LocalEngine, colour: str) -> None:
    images = doodle.generate(f"cat face, flat style, on a {colour} background", seed=1, count=3).images
    named = [min(COLOURS, key=lambda name: float(np.abs(border(i) - COLOURS[name]).sum())) for i in images]
    assert named.count(colour) >= 2


def test_different_things_look_different(doodle: safelight.LocalEngine) -> None:
    drawn = [
        np.asarray(doodle.generate(f"{thing}, flat style, on a white background", seed=3).images[0], dtype=float)
        for thing in ("strawberry", "house", "fish")
    ]
    assert all(np.abs(drawn[i] - drawn[j]).mean() > 10 for i in range(3) for j in range(i))


def test_a_red_apple_is_red_in_the_middle(doodle: safelight.LocalEngine) -> None:
    image = doodle.generate("red apple, flat style, on a blue background", seed=7).images[0]
    red, green, blue = np.asarray(image, dtype=float)[40:100, 40:90].reshape(-1, 3).mean(axis=0)
    assert red > green + 30
    assert red > blue + 30


def test_the_commands_of_the_readme_work(tmp_path: Path) -> None:
    """Every `safelight` line that needs nothing but what the lines before it made, and a server."""
    lines = re.findall(r"^    (.*\.venv/bin/safelight.*)$", README.read_text(), flags=re.MULTILINE)
    mask = Image.new("L", (128, 128), 0)
    mask.paste(255, (32, 32, 96, 96))
    mask.save(tmp_path / "mask.png")
    command = f"{shlex.quote(sys.executable)} -m safelight"
    run = [line for line in lines if "path/to" not in line and "make serve" not in line]
    assert len(run) >= 7
    with running_server(tmp_path / "server") as server:
        for line in run:
            here = line.replace(".venv/bin/safelight", command).replace("http://localhost:7860", server.url)
            here = here.replace(" jobs list", f" jobs list --server {server.url}")
            done = subprocess.run(here, shell=True, capture_output=True, cwd=tmp_path, check=False)  # noqa: S602
            assert done.returncode == 0, (line, done.stderr)
    assert {"apple.png", "cat.png", "berry.png", "strawberry.png"} <= {file.name for file in tmp_path.iterdir()}


def test_the_python_of_the_readme_works(tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    with Image.open(tmp_path / "apple.png") as image:
        assert image.size == (128, 128)
