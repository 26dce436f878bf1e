"""Both engines draw the same picture: same seed, prompt, euler, discrete schedule, f32 weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.models import ModelInfo
from safelight.domain.plans import DType, Plan
from safelight.engines.contract import Pipeline
from safelight.engines.diffusers.spec import SPEC as DIFFUSERS
from safelight.engines.sdcpp.spec import SPEC as SDCPP
from tests.sdcpp_models import needs_sdcpp, tiny_sd, write_tiny_sd
from tests.sinks import Silent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs_sdcpp]

Pair = dict[str, tuple[Pipeline, ModelInfo]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The same weights loaded as f32 by both engines, each from the layout that it reads."""
    from safelight.engines.diffusers.engine import DiffusersEngine
    from safelight.engines.sdcpp.engine import SdcppEngine

    folder = tmp_path_factory.mktemp("parity")
    pipe = tiny_sd()
    pipe.save_pretrained(folder / "layout")
    models = {"diffusers": inspect(folder / "layout"), "sdcpp": inspect(write_tiny_sd(folder / "m.safetensors", pipe))}
    del pipe
    engines = {"diffusers": DiffusersEngine(), "sdcpp": SdcppEngine()}
    loaded = {
        name: engine.load(models[name], Plan(engine=name, device="cpu", dtype=DType.FLOAT32), Silent())
        for name, engine in engines.items()
    }
    yield {name: (pipeline, models[name]) for name, pipeline in loaded.items()}
    for pipeline in loaded.values():
        pipeline.close()


def draw(both: Pair, name: str, prompt: str, **given: Any) -> NDArray[np.uint8]:
    pipeline, model = both[name]
    options = {"width": 64, "height": 64, "steps": 4, "seed": 9, "sampler": "euler", "scheduler": "discrete"} | given
    facts = (DIFFUSERS if name == "diffusers" else SDCPP).samplers_for(model)
    [picture] = pipeline.run(
        resolve(GenerationDraft(prompt=prompt, **options), model, facts), {}, Silent(), lambda: False
    )
    return picture.pixels


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    error = float(np.mean((one.astype(float) - other) ** 2))
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


@pytest.mark.parametrize(
    ("prompt", "given"),
    [
        ("", {"cfg_scale": 1}),
        ("a cat in a hat", {"cfg_scale": 7.5, "negative_prompt": "blurry"}),
        ("a (cat:1.4) in a [[hat]], (((red)))", {"cfg_scale": 7.5}),
        (r"a \(cat\) :) BREAK in a hat", {"cfg_scale": 5, "negative_prompt": "(dull:0.5) BREAK x"}),
        ("a cat in a hat, " * 25, {"cfg_scale": 5}),
        ("a cat", {"cfg_scale": 5, "clip_skip": 2}),
        ("a cat", {"cfg_scale": 5, "steps": 1}),
        ("a cat", {"cfg_scale": 5, "width": 128}),
        ("a cat", {"cfg_scale": 5, "scheduler": "karras", "steps": 6}),
    ],
    ids=["plain", "guided", "weights", "escapes-and-break", "long", "clip-skip", "one-step", "wide", "karras"],
)
def test_the_engines_agree_to_40_db(both: Pair, prompt: str, given: dict[str, Any]) -> None:
    ours, theirs = (draw(both, name, prompt, **given) for name in ("sdcpp", "diffusers"))
    assert ours.std() > 10, "a flat picture proves nothing"
    assert psnr(ours, theirs) >= 40


def test_another_seed_is_another_picture(both: Pair) -> None:
    assert psnr(draw(both, "sdcpp", "a cat"), draw(both, "sdcpp", "a cat", seed=10)) < 25
