"""The in-process Python API."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import safelight
from safelight.domain.errors import InvalidInput, NotFound
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.settings import load_settings
from tests.processes import workers_of


@pytest.fixture
def engine(scripted_model: ModelInfo) -> Iterator[safelight.LocalEngine]:
    with safelight.LocalEngine(scripted_model, load_settings()) as engine:
        yield engine


def test_pictures_and_what_describes_them(engine: safelight.LocalEngine) -> None:
    result = engine.generate("a cat", seed=7, count=2)
    assert [(image.size, data.seed) for image, data in zip(result.images, result.metadata, strict=True)] == [
        ((64, 64), 7),
        ((64, 64), 8),
    ]
    assert result.request.sampling.seed == 7
    assert "Seed: 8" in result.metadata[1].infotext
    assert Image.open(io.BytesIO(result.files[0])).info["parameters"] == result.metadata[0].infotext


def test_a_random_seed_is_told_and_draws_the_same_again(engine: safelight.LocalEngine) -> None:
    first = engine.generate("a cat")
    again = engine.generate("a cat", seed=first.metadata[0].seed)
    np.testing.assert_array_equal(np.asarray(first.images[0]), np.asarray(again.images[0]))


def test_pictures_go_in_as_image_bytes_or_path(engine: safelight.LocalEngine, tmp_path: Path) -> None:
    red = Image.new("RGB", (64, 64), "red")
    red.save(tmp_path / "red.png")
    given = (red, (tmp_path / "red.png").read_bytes(), tmp_path / "red.png", str(tmp_path / "red.png"))
    drawn = [np.asarray(engine.generate("a cat", seed=1, init_image=image).images[0]) for image in given]
    assert all(np.array_equal(pixels, drawn[0]) for pixels in drawn)
    assert drawn[0][0, 0, 0] > 127


def test_a_mask_of_another_size_is_refused(engine: safelight.LocalEngine) -> None:
    with pytest.raises(InvalidInput, match="64x64 and the mask 32x64; they must be of one size"):
        engine.generate("a cat", init_image=Image.new("RGB", (64, 64)), mask=Image.new("L", (32, 64)))


@pytest.mark.parametrize("given", [{"width": 100}, {"wdth": 64}, {"sampler": "nonsense"}, {"steps": "many"}])
def test_bad_options_are_refused(engine: safelight.LocalEngine, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        engine.generate("a cat", **given)


def test_progress_is_told(engine: safelight.LocalEngine) -> None:
    told: list[Progress] = []
    engine.generate("a cat", on_progress=told.append)
    assert [p.step for p in told if p.phase is Phase.DENOISING] == [1, 2, 3, 4]


def test_closing_ends_the_worker(scripted_model: ModelInfo) -> None:
    engine = safelight.LocalEngine(scripted_model, load_settings())
    engine.load()
    assert workers_of()
    engine.close()
    engine.close()
    assert not workers_of()


def test_the_public_names_are_declared() -> None:
    assert all(hasattr(safelight, name) for name in safelight.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        safelight.nonsense  # noqa: B018
    with pytest.raises(NotFound, match="no model called"):
        safelight.load("nonsense")
