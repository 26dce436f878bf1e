"""Shortcuts leave out what they say, and nothing where nothing was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput
from safelight.domain.plans import DType, Plan
from safelight.domain.request import ImageRef
from safelight.engines.contract import Picture
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.options import DrawOptions
from safelight.engines.diffusers.spec import SPEC
from safelight.engines.options import check_draw_options
from safelight.settings import Settings
from tests.families import save
from tests.models import save_folder
from tests.sinks import Silent

Draw = Callable[..., NDArray[np.uint8]]
Pictures = Callable[..., list[Picture]]
PLAN = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
PICTURE = "a" * 64


def drawing(folder: Path, **load_options: Any) -> tuple[Any, Draw]:
    """A pipeline's UNet, and a function that draws with it."""
    network, pictures = opened(folder, **load_options)

    def draw(cfg_scale: float = 25, **options: Any) -> NDArray[np.uint8]:
        [picture] = pictures(negative_prompt="dog", cfg_scale=cfg_scale, steps=6, **options)
        return picture.pixels

    return network, draw


def opened(folder: Path, **load_options: Any) -> tuple[Any, Pictures]:
    """A pipeline's diffusion model, and a function that draws by a draft and options of the engine."""
    model, engine = inspect(folder), DiffusersEngine()
    engine.configure(load_options)
    pipeline = engine.load(model, PLAN, Silent())

    def pictures(**asked: Any) -> list[Picture]:
        options = {name: asked.pop(name) for name in DrawOptions.model_fields.keys() & asked.keys()}
        draft = GenerationDraft(**{"prompt": "a cat", "width": 64, "height": 64, "seed": 3} | asked)
        request = resolve(draft, model, SPEC.samplers_for(model))
        request = request.model_copy(update={"engine_options": {"diffusers": options}})
        images = {PICTURE: Image.new("RGB", (64, 64), "teal")}
        return list(pipeline.run(request, images, Silent(), lambda: False))

    pipe: Any = pipeline._pipe
    return getattr(pipe, "unet", None) or pipe.transformer, pictures


@pytest.fixture(scope="module", params=["sd1", "sdxl"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Draw]]:
    yield drawing(save_folder(tmp_path_factory.mktemp("shortcuts") / request.param, request.param))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Pictures]:
    return opened(save_folder(tmp_path_factory.mktemp("shortcuts") / "small"))


def calls_of(module: Any, work: Callable[[], Any]) -> int:
    """How often a module computes while `work` runs."""
    calls = []
    handle = module.register_forward_hook(lambda *_: calls.append(1))
    work()
    handle.remove()
    return len(calls)


def left_out(picture: Picture) -> tuple[int, int]:
    """Steps that were left out, of how many, as the picture's notes say."""
    [note] = [note for note in picture.notes if note.startswith("easy_cache left out")]
    skipped, steps = re.findall(r"\d+", note)
    return int(skipped), int(steps)


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
    with pytest.raises(InvalidInput, match="easy_cache and deep_cache"):
        check_draw_options({"diffusers": {"deep_cache": 2, "easy_cache": 0.1}}, settings)


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


FAMILIES: dict[str, Callable[[Path], Path]] = {
    "sd1": partial(save_folder, architecture="sd1"),
    "sd3": partial(save_folder, architecture="sd3"),
    "lumina2, called for each prompt": partial(save, name="lumina2"),
    "z_image, called with lists": partial(save, name="z_image"),
    "pixart_sigma, which answers variances, too": partial(save, name="pixart_sigma"),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_steps_are_left_out_of_any_network(family: str, tmp_path: Path) -> None:
    network, pictures = opened(FAMILIES[family](tmp_path / "model"))
    asked: dict[str, Any] = {"steps": 8, "cfg_scale": 4}
    [exact], drawn = pictures(**asked), []
    every = calls_of(network, lambda: pictures(**asked, easy_cache=1e-9))
    some = calls_of(network, lambda: drawn.extend(pictures(**asked, easy_cache=1)))
    [picture] = drawn
    skipped, steps = left_out(picture)
    assert steps == 8 and 0 < skipped < 6
    assert some * 8 == every * (8 - skipped), "all calls of a step, or none"
    assert difference(picture.pixels, exact.pixels) > 0
    assert np.array_equal(pictures(**asked, easy_cache=1)[0].pixels, picture.pixels)
    for options in ({}, {"easy_cache": 0}, {"easy_cache": 1e-9}):
        [whole] = pictures(**asked, **options)
        assert np.array_equal(whole.pixels, exact.pixels), "the next drawing is whole again"
        assert not options.get("easy_cache") or left_out(whole) == (0, 8)


@pytest.mark.parametrize(
    "asked",
    [
        {"sampler": "heun"},
        {"sampler": "dpm2_a"},
        {"sampler": "pndm", "scheduler": "ddim_uniform"},
        {"init_image": ImageRef(sha256=PICTURE), "strength": 0.7},
        {"guidance_interval": (0.3, 0.7)},
    ],
    ids=lambda asked: " ".join(map(str, asked.values())),
)
def test_steps_are_left_out_whatever_is_drawn(asked: dict[str, Any], small: tuple[Any, Pictures]) -> None:
    network, pictures = small
    asked = {"steps": 10, "cfg_scale": 4} | asked
    every = calls_of(network, lambda: pictures(**asked))
    drawn: list[Picture] = []
    some = calls_of(network, lambda: drawn.extend(pictures(**asked, easy_cache=0.5)))
    skipped, steps = left_out(drawn[0])
    assert 0 < skipped < steps
    if "guidance_interval" not in asked:
        assert (every, some) == (steps, steps - skipped)
    assert steps - skipped <= some < every


def test_each_picture_begins_anew(small: tuple[Any, Pictures]) -> None:
    _, pictures = small
    asked = {"steps": 10, "easy_cache": 0.5}
    first, second = pictures(**asked, count=2)
    assert np.array_equal(second.pixels, pictures(**asked | {"seed": 4})[0].pixels)
    assert left_out(first)[1] == left_out(second)[1] == 10
    both = pictures(**asked, count=2, batch_size=2)
    assert left_out(both[0]) == left_out(both[1]), "pictures of a batch are decided on together"


@pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed")
@pytest.mark.parametrize("family", ["sd1", "sd3"])
def test_the_same_steps_are_left_out_with_openvino(family: str, tmp_path: Path) -> None:
    folder = save_folder(tmp_path / family, family)
    asked: dict[str, Any] = {"steps": 8, "cfg_scale": 4, "easy_cache": 0.8}  # far from every sum
    [expected] = opened(folder, acceleration="torch")[1](**asked)
    network, pictures = opened(folder, acceleration="openvino", cache_dir=str(tmp_path / "cache"))
    [drawn] = pictures(**asked)
    assert left_out(drawn) == left_out(expected)
    assert difference(drawn.pixels, expected.pixels) < 0.2
    calls = calls_of(network, lambda: pictures(**asked))  # not at first, where one more is for converting
    assert calls < 8 and left_out(drawn) == (8 - calls, 8)
