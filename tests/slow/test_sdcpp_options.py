"""Options that only transformers have, on a FLUX.1 of few blocks: each changes the picture, or is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file

from safelight.catalog.catalog import open_catalog
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.plans import DType, Plan
from safelight.domain.request import ImageRef
from safelight.engines.contract import Pipeline
from safelight.engines.sdcpp.options import LoadOptions
from safelight.engines.sdcpp.spec import SPEC
from safelight.settings import load_settings
from tests.sdcpp_families import COMPANIONS, write
from tests.sdcpp_models import needs_sdcpp
from tests.sinks import Recorder, Silent
from tests.unit.catalog.published import originals as o

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs_sdcpp]

PLAN = Plan(engine="sdcpp", device="cpu", dtype=DType.FLOAT16)
PICTURE = ImageRef(sha256="a" * 64)
IMAGES = {PICTURE.sha256: Image.linear_gradient("L").resize((64, 64)).convert("RGB")}
STEPS, MORE_STEPS = 3, 8
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """FLUX.1 dev with its VAEs and CLIP."""
    found = tmp_path_factory.mktemp("models")
    write(found / "flux.gguf", o.flux(guided=True, double=1, single=1))
    for part in ("kl_16", "clip_l", "taesd_16"):
        file, shapes = COMPANIONS[part]
        write(found / file, shapes())
    yield found
    shutil.rmtree(found)


@pytest.fixture(scope="module")
def engine() -> Any:
    from safelight.engines.sdcpp.engine import SdcppEngine

    return SdcppEngine()


def known(folder: Path, name: str) -> ModelInfo:
    """A model as the catalog knows it, but for the T5 that FLUX.1 lacks here: the library draws without it."""
    return open_catalog(load_settings(models_dir=folder)).resolve(name).model_copy(update={"problem": None})


@pytest.fixture(scope="module")
def flux(engine: Any, folder: Path) -> Iterator[tuple[Pipeline, ModelInfo]]:
    engine.configure({})
    model = known(folder, "flux")
    loaded = engine.load(model, PLAN, Silent())
    yield loaded, model
    loaded.close()


def draw(drawn_by: tuple[Pipeline, ModelInfo], sink: Any = None, /, draft: Any = None, **options: Any) -> Pixels:
    pipeline, model = drawn_by
    given = {"width": 64, "height": 64, "steps": STEPS, "seed": 5, "cfg_scale": 1.0, "sampler": "euler"}
    order = GenerationDraft(prompt="a cat", engine_options={"sdcpp": options}, **given | (draft or {}))
    request = resolve(order, model, SPEC.samplers_for(model))
    [picture] = pipeline.run(request, IMAGES, sink or Silent(), lambda: False)
    assert picture.pixels.std() > 10
    return picture.pixels


def difference(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other).mean())


@pytest.fixture(scope="module")
def plain(flux: tuple[Pipeline, ModelInfo]) -> Pixels:
    """The picture without any option."""
    return draw(flux)


@pytest.fixture(scope="module")
def plain_of_more_steps(flux: tuple[Pipeline, ModelInfo]) -> Pixels:
    """The same with as many steps as a cache takes to skip one."""
    return draw(flux, Silent(), {"steps": MORE_STEPS})


EAGER = {"residual_diff_threshold": 10.0, "max_warmup_steps": 1, "front_blocks": 1}
"""Reuse whatever can be reused."""


@pytest.mark.parametrize(
    "options",
    [
        {"layer_skip": {"layers": [0], "scale": 3.0, "start": 0.0, "end": 1.0}},
        {"sigmas": [1.0, 0.8, 0.3, 0.0]},
        {"flow_shift": 4.0},
        {"distilled_guidance": 12.0},
        {"references": {"images": [PICTURE.model_dump(mode="json")]}},
    ],
    ids=[
        "layer-skip",
        "sigmas",
        "flow-shift",
        "guidance",
        "references",
    ],
)
def test_an_option_changes_the_picture(
    flux: tuple[Pipeline, ModelInfo], plain: Pixels, options: dict[str, Any]
) -> None:
    assert difference(draw(flux, **options), plain) > 0.2


@pytest.mark.parametrize(
    "cache",
    [
        {"mode": "easycache", "reuse_threshold": 10.0, "start_percent": 0.0, "end_percent": 1.0},
        {"mode": "dbcache", **EAGER},
        {"mode": "taylorseer", **EAGER},
        {"mode": "cache_dit", **EAGER},
        {"mode": "spectrum", "spectrum_warmup_steps": 2},
    ],
    ids=lambda cache: cache["mode"],
)
def test_a_cache_changes_the_picture(
    flux: tuple[Pipeline, ModelInfo], plain_of_more_steps: Pixels, cache: dict[str, Any]
) -> None:
    assert difference(draw(flux, Silent(), {"steps": MORE_STEPS}, cache=cache), plain_of_more_steps) > 0.2


def test_the_hires_fix_draws_larger(flux: tuple[Pipeline, ModelInfo]) -> None:
    assert draw(flux, hires={"scale": 1.5, "steps": 1}).shape == (96, 96, 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cache": {"mode": "ucache"}}, "cache ucache has no effect"),
        ({"shifted_timestep": 250}, "shifted_timestep has no effect"),
        ({"image_cfg_scale": 2.0}, "image_cfg_scale has no effect"),
        ({"cache": {"mode": "easycache", "start_percent": 0.9, "end_percent": 0.1}}, "would end before it starts"),
        ({"control": {"image": PICTURE.model_dump(mode="json")}}, "No ControlNet was loaded"),
        ({"photo_maker": {"images": [PICTURE.model_dump(mode="json")]}}, "No PhotoMaker was loaded"),
        ({"video": {}}, "Videos can't be drawn yet"),
    ],
)
def test_what_has_no_effect_on_a_transformer_is_refused(
    flux: tuple[Pipeline, ModelInfo], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        draw(flux, **options)


def test_a_lora_on_quantised_weights_counts_by_its_weight(
    flux: tuple[Pipeline, ModelInfo], plain: Pixels, tmp_path: Path
) -> None:
    torch.manual_seed(3)
    name = "lora_unet_double_blocks_0_img_attn_qkv"
    tensors = {
        f"{name}.lora_down.weight": torch.randn(4, 3072) * 0.1,
        f"{name}.lora_up.weight": torch.randn(9216, 4) * 0.1,
        f"{name}.alpha": torch.tensor(4.0),
    }
    save_file(tensors, tmp_path / "lora.safetensors")
    half, full = (
        draw(flux, loras=[{"model": str(tmp_path / "lora.safetensors"), "weight": weight}]) for weight in (0.3, 1.0)
    )
    assert difference(full, plain) > difference(half, plain) > 0.2
    assert difference(draw(flux), plain) == 0


def test_the_tiny_vae_draws_or_shows_previews_only(
    engine: Any, flux: tuple[Pipeline, ModelInfo], plain: Pixels, folder: Path
) -> None:
    tiny = str(folder / COMPANIONS["taesd_16"][0])
    pictures, previews = {}, {}
    for only in (False, True):
        options = LoadOptions.model_validate({"companions": {"taesd": tiny}, "tae_preview_only": only})
        engine.configure(options.model_dump(mode="json", exclude_unset=True))
        loaded = engine.load(flux[1], PLAN, Silent()), flux[1]
        sink = Recorder()
        pictures[only] = draw(loaded, sink, {"preview_every": 1}, preview="tae")
        previews[only] = sink.previews
        loaded[0].close()
    engine.configure({})
    assert difference(pictures[True], plain) == 0
    assert difference(pictures[False], plain) > 1
    assert previews[True]
