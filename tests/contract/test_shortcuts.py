"""Shortcuts leave out what they say, and nothing where nothing was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput
from safelight.domain.plans import DType, Plan
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.spec import SPEC
from safelight.engines.options import check_draw_options
from safelight.settings import Settings
from tests.families import save
from tests.models import save_folder
from tests.sinks import Silent

Draw = Callable[..., NDArray[np.uint8]]
PLAN = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)


def drawing(folder: Path, **load_options: Any) -> tuple[Any, Draw]:
    """A pipeline's UNet, and a function that draws with it."""
    model, engine = inspect(folder), DiffusersEngine()
    engine.configure(load_options)
    pipeline = engine.load(model, PLAN, Silent())

    def draw(cfg_scale: float = 25, **options: Any) -> NDArray[np.uint8]:
        draft = GenerationDraft(
            prompt="a cat", negative_prompt="dog", width=64, height=64, steps=6, seed=3, cfg_scale=cfg_scale
        )
        request = resolve(draft, model, SPEC.samplers_for(model))
        request = request.model_copy(update={"engine_options": {"diffusers": options}})
        [picture] = pipeline.run(request, {}, Silent(), lambda: False)
        return picture.pixels

    return getattr(pipeline._pipe, "unet", None), draw


@pytest.fixture(scope="module", params=["sd1", "sdxl"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Draw]]:
    yield drawing(save_folder(tmp_path_factory.mktemp("shortcuts") / request.param, request.param))


def calls_of(module: Any, work: Callable[[], Any]) -> int:
    """How often a module computes while `work` runs."""
    calls = []
    handle = module.register_forward_hook(lambda *_: calls.append(1))
    work()
    handle.remove()
    return len(calls)


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_inner_layers_are_computed_as_often_as_said(model: tuple[Any, Draw]) -> None:
    unet, draw = model
    exact = draw()
    assert calls_of(unet.mid_block, draw) == 6
    assert calls_of(unet.mid_block, lambda: draw(deep_cache=3)) == 2
    assert calls_of(unet.conv_in, lambda: draw(deep_cache=3)) == 6
    fewer, fewest = draw(deep_cache=2), draw(deep_cache=6)
    assert 0 < difference(exact, fewer) <= difference(exact, fewest) < 40
    assert np.array_equal(draw(), exact), "the next drawing is whole again"


def test_guidance_is_left_out_where_said(model: tuple[Any, Draw]) -> None:
    unet, draw = model
    assert difference(draw(guidance_interval=(0, 0.999)), draw()) < 0.05, "each half by itself"
    assert difference(draw(guidance_interval=(0.9995, 1)), draw(cfg_scale=1)) < 0.05, "nowhere"
    some = draw(guidance_interval=(0.3, 0.7))
    assert not any(np.array_equal(some, other) for other in (draw(), draw(cfg_scale=1)))
    assert 6 < calls_of(unet.conv_in, lambda: draw(guidance_interval=(0.3, 0.7))) < 12
    assert calls_of(unet.conv_in, lambda: draw(cfg_scale=1, guidance_interval=(0.3, 0.7))) == 6


def test_both_together(model: tuple[Any, Draw]) -> None:
    unet, draw = model
    both = {"guidance_interval": (0.3, 0.7), "deep_cache": 2}
    assert calls_of(unet.mid_block, lambda: draw(**both)) < calls_of(unet.conv_in, lambda: draw(**both)) < 12


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    _, draw = drawing(save(tmp_path / "pixart", "pixart_sigma"))
    with pytest.raises(InvalidInput, match="no UNet"):
        draw(deep_cache=2)
    settings = Settings(models_dir=tmp_path)
    with pytest.raises(InvalidInput, match="guidance_interval must begin before it ends"):
        check_draw_options({"diffusers": {"guidance_interval": [0.5, 0.5]}}, settings)
    with pytest.raises(InvalidInput, match="deep_cache"):
        check_draw_options({"diffusers": {"deep_cache": 0}}, settings)


@pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed")
def test_openvino_takes_the_same_shortcuts(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "sd1", "sd1")
    _, by_torch = drawing(folder, acceleration="torch")
    wanted = {3: by_torch(deep_cache=3), 1: by_torch()}
    for _ in ("cold", "warm"):
        unet, draw = drawing(folder, acceleration="openvino", cache_dir=str(tmp_path / "cache"))
        for every, expected in wanted.items():
            assert difference(draw(deep_cache=every), expected) < 0.2
        assert calls_of(unet.mid_block, partial(draw, deep_cache=3)) == 0
