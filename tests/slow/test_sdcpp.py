"""stable-diffusion.cpp with a model of the least size that it takes: options, formats, companions, workers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file

from safelight.catalog.catalog import open_catalog
from safelight.catalog.inspection import inspect
from safelight.domain.conversion import Conversion, WeightType
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput, UnsupportedModel
from safelight.domain.models import Defaults, ModelInfo, ModelKind
from safelight.domain.plans import DType, Plan
from safelight.domain.request import ImageRef, Size
from safelight.engines.contract import Pipeline
from safelight.engines.sdcpp.options import LoadOptions
from safelight.engines.sdcpp.spec import SPEC
from safelight.settings import load_settings
from safelight.workers.conversion import convert_file
from safelight.workers.pool import WorkerPool
from tests.ldm import write_lightning_ckpt
from tests.process.drawing import Watch
from tests.processes import workers_of
from tests.sdcpp_models import needs_sdcpp, tiny_sd, write_tiny_sd
from tests.sinks import Recorder, Silent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs_sdcpp]

PLAN = Plan(engine="sdcpp", device="cpu", dtype=DType.FLOAT16)
PICTURE = "a" * 64
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("models")
    write_tiny_sd(found / "whole.safetensors", tiny_sd())
    return found


@pytest.fixture(scope="module")
def engine() -> Any:
    from safelight.engines.sdcpp.engine import SdcppEngine

    return SdcppEngine()


@pytest.fixture(scope="module")
def pipeline(engine: Any, folder: Path) -> Iterator[Pipeline]:
    engine.configure({})
    loaded = engine.load(inspect(folder / "whole.safetensors"), PLAN, Silent())
    yield loaded
    loaded.close()


def draw(pipeline: Pipeline, folder: Path, sink: Any = None, *, prompt: str = "a cat", **given: Any) -> Pixels:
    options = {"width": 64, "height": 64, "steps": 2, "seed": 9, "sampler": "euler", "scheduler": "discrete"} | given
    model = inspect(folder / "whole.safetensors")
    request = resolve(GenerationDraft(prompt=prompt, cfg_scale=4, **options), model, SPEC.samplers_for(model))
    images = {PICTURE: Image.linear_gradient("L").resize((64, 64)).convert("RGB")}
    [picture] = pipeline.run(request, images, sink or Silent(), lambda: False)
    return picture.pixels


def psnr(one: Pixels, other: Pixels) -> float:
    error = float(np.mean((one.astype(float) - other) ** 2))
    return 100.0 if error == 0 else 10 * float(np.log10(255**2 / error))


@pytest.mark.parametrize("sampler", SPEC.samplers)
def test_every_sampler_draws_and_counts_its_steps(pipeline: Pipeline, folder: Path, sampler: str) -> None:
    sink = Recorder()
    assert draw(pipeline, folder, sink, sampler=sampler, steps=3).std() > 1
    assert sink.steps() == [(0, 1), (0, 2), (0, 3)]


@pytest.mark.parametrize("scheduler", SPEC.samplers["euler"])
@pytest.mark.parametrize("steps", [1, 4])
def test_every_scheduler_draws(pipeline: Pipeline, folder: Path, scheduler: str, steps: int) -> None:
    assert draw(pipeline, folder, scheduler=scheduler, steps=steps).std() > 1


def test_noise_levels_of_ones_own(pipeline: Pipeline, folder: Path) -> None:
    """The levels of `discrete` for two steps, given by hand, draw the same picture, whatever the steps say."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    alphas = torch.cumprod(1 - betas, 0)
    levels = [float(((1 - alphas[t]) / alphas[t]) ** 0.5) for t in (999, 0)] + [0.0]
    drawn = draw(pipeline, folder, steps=7, engine_options={"sdcpp": {"sigmas": levels}})
    assert psnr(drawn, draw(pipeline, folder, steps=2)) > 45


def test_the_hires_fix_draws_larger(pipeline: Pipeline, folder: Path) -> None:
    for upscaler in ("latent", "lanczos"):
        hires = {"hires": {"upscaler": upscaler, "scale": 2, "steps": 1}}
        assert draw(pipeline, folder, engine_options={"sdcpp": hires}).shape == (128, 128, 3)


def test_tiles_draw_the_same_picture(pipeline: Pipeline, folder: Path) -> None:
    tiled = {"vae_tiling": {"tile_size_x": 8, "tile_size_y": 8}}
    drawn = draw(pipeline, folder, width=128, engine_options={"sdcpp": tiled})
    assert 15 < psnr(drawn, draw(pipeline, folder, width=128)) < 60


@pytest.mark.parametrize(
    "options",
    [
        {"cache": {"mode": "ucache", "reuse_threshold": 10.0, "start_percent": 0.0, "end_percent": 1.0}},
        {"cache": {"mode": "spectrum", "spectrum_warmup_steps": 2}},
        {"eta": 0.3},
    ],
    ids=["ucache", "spectrum", "eta"],
)
def test_options_that_change_the_picture(pipeline: Pipeline, folder: Path, options: dict[str, Any]) -> None:
    given: dict[str, Any] = {"sampler": "euler_a" if "eta" in options else "euler", "steps": 8}
    drawn = draw(pipeline, folder, engine_options={"sdcpp": options}, **given)
    assert psnr(drawn, draw(pipeline, folder, **given)) < 60


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layer_skip": {"layers": [1], "scale": 2.0}}, "layer_skip has no effect"),
        ({"cache": {"mode": "dbcache"}}, "cache dbcache has no effect"),
        ({"flow_shift": 3.0}, "flow_shift has no effect"),
        ({"distilled_guidance": 3.5}, "distilled_guidance has no effect"),
        ({"references": {"images": [{"sha256": PICTURE}]}}, "references has no effect"),
    ],
)
def test_what_has_no_effect_on_a_unet_is_refused(
    pipeline: Pipeline, folder: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        draw(pipeline, folder, engine_options={"sdcpp": options})


def test_a_lora_changes_the_picture_by_its_weight_and_goes_again(engine: Any, folder: Path, tmp_path: Path) -> None:
    """On a pipeline of its own: merged weights are taken out again, but for rounding."""
    pipeline = engine.load(inspect(folder / "whole.safetensors"), PLAN, Silent())
    torch.manual_seed(3)
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    tensors = {
        f"{name}.lora_down.weight": torch.randn(4, 320) * 0.2,
        f"{name}.lora_up.weight": torch.randn(320, 4) * 0.2,
        f"{name}.alpha": torch.tensor(4.0),
    }
    save_file(tensors, tmp_path / "lora.safetensors")
    before = draw(pipeline, folder)
    drawn = {
        weight: draw(
            pipeline,
            folder,
            engine_options={"sdcpp": {"loras": [{"model": str(tmp_path / "lora.safetensors"), "weight": weight}]}},
        )
        for weight in (0.5, 1.0)
    }
    assert psnr(drawn[1.0], before) < psnr(drawn[0.5], before) < 60
    assert psnr(draw(pipeline, folder), before) > 45
    pipeline.close()


def test_a_strength_leaves_as_many_steps_as_in_diffusers(pipeline: Pipeline, folder: Path) -> None:
    for steps, strength, done in ((4, 0.6, 2), (4, 1.0, 4), (10, 0.05, 0)):
        sink = Recorder()
        start: dict[str, Any] = {"init_image": ImageRef(sha256=PICTURE), "strength": strength, "steps": steps}
        if not done:
            with pytest.raises(InvalidInput, match="leaves no step to do"):
                draw(pipeline, folder, sink, **start)
            continue
        draw(pipeline, folder, sink, **start)
        assert sink.steps() == [(0, step + 1) for step in range(done)]


@pytest.mark.parametrize(
    ("options", "least", "most"),
    [
        ({"weight_type": "q8_0"}, 20, 60),
        ({"weight_type": "q4_0", "tensor_type_rules": [{"pattern": "^cond_stage_model", "type": "f16"}]}, 5, 40),
        ({"flash_attention": True}, 35, 100),
        ({"vae_conv_direct": True, "diffusion_conv_direct": True}, 35, 100),
        ({"mmap": False}, 100, 100),
        ({"rng": "cuda"}, 0, 25),
        ({"circular_x": True, "circular_y": True}, 0, 40),
    ],
    ids=["q8_0", "rules", "flash", "direct", "no-mmap", "rng", "circular"],
)
def test_options_for_loading(
    engine: Any, pipeline: Pipeline, folder: Path, options: dict[str, Any], least: float, most: float
) -> None:
    """Each is told to the library: the picture differs as much as it should."""
    engine.configure(LoadOptions.model_validate(options).model_dump(mode="json", exclude_unset=True))
    other = engine.load(inspect(folder / "whole.safetensors"), PLAN, Silent())
    try:
        assert least <= psnr(draw(other, folder), draw(pipeline, folder)) <= most
    finally:
        other.close()
        engine.configure({})


def test_an_embedding_is_a_word(engine: Any, pipeline: Pipeline, folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(1)
    save_file({"emb_params": torch.randn(2, 768)}, tmp_path / "thing.safetensors")
    options = {"companions": {"embeddings": [{"name": "thing", "path": str(tmp_path / "thing.safetensors")}]}}
    engine.configure(options)
    other = engine.load(inspect(folder / "whole.safetensors"), PLAN, Silent())
    try:
        assert psnr(draw(other, folder, prompt="a thing"), draw(pipeline, folder, prompt="a thing")) < 40
        assert psnr(draw(other, folder, prompt="a cat"), draw(pipeline, folder, prompt="a cat")) > 35
    finally:
        other.close()
        engine.configure({})


async def test_a_quantised_gguf_draws_nearly_the_same(
    engine: Any, pipeline: Pipeline, folder: Path, tmp_path: Path
) -> None:
    order = Conversion(source=folder / "whole.safetensors", output=tmp_path / "small.gguf", type=WeightType.Q8_0)
    await convert_file(order, load_settings(), lambda progress: None, force=False)
    model = inspect(tmp_path / "small.gguf")
    assert (model.architecture, model.problem) == ("sd1_tiny", None)
    loaded = engine.load(model, PLAN, Silent())
    assert psnr(draw(loaded, folder), draw(pipeline, folder)) > 20
    loaded.close()


def test_a_pickle_as_training_left_it_draws_the_same(
    engine: Any, pipeline: Pipeline, folder: Path, tmp_path: Path
) -> None:
    file = write_lightning_ckpt(tmp_path / "model.ckpt", load_file(folder / "whole.safetensors"))
    model = inspect(file)
    assert model.problem is None
    loaded = engine.load(model, PLAN, Silent())
    np.testing.assert_array_equal(draw(loaded, folder), draw(pipeline, folder))
    loaded.close()


def test_a_diffusion_model_draws_with_companions_from_other_files(
    engine: Any, pipeline: Pipeline, folder: Path, tmp_path: Path
) -> None:
    """The catalog finds them by what they hold; the picture is that of the whole checkpoint."""
    parts = {
        "unet": "model.diffusion_model.",
        "vae": "first_stage_model.",
        "clip": "cond_stage_model.transformer.",
    }
    whole = load_file(folder / "whole.safetensors")
    for file, prefix in parts.items():
        keep = "model.diffusion_model." if file == "unet" else ""
        tensors = {keep + name.removeprefix(prefix): t for name, t in whole.items() if name.startswith(prefix)}
        save_file(tensors, tmp_path / f"{file}.safetensors")
    del whole
    model = open_catalog(load_settings(models_dir=tmp_path)).resolve("unet")
    assert (model.kind, model.problem) == (ModelKind.DIFFUSION_MODEL, None)
    assert {c.path.name for c in model.components if c.path} == {"vae.safetensors", "clip.safetensors"}
    assert SPEC.runs(model)
    loaded = engine.load(model, PLAN, Silent())
    np.testing.assert_array_equal(draw(loaded, folder), draw(pipeline, folder))
    loaded.close()


def test_a_file_that_lacks_weights_is_refused_and_the_worker_lives(engine: Any, folder: Path, tmp_path: Path) -> None:
    tensors = load_file(folder / "whole.safetensors")
    del tensors["first_stage_model.decoder.conv_in.weight"]
    save_file(tensors, tmp_path / "less.safetensors")
    model = inspect(folder / "whole.safetensors").model_copy(update={"path": tmp_path / "less.safetensors"})
    with pytest.raises(UnsupportedModel, match=r"conv_in\.weight' not in model file"):
        engine.load(model, PLAN, Silent())


def small(model: ModelInfo) -> ModelInfo:
    size = Size(width=64, height=64)
    return model.model_copy(update={"defaults": Defaults(size=size, steps=2, sampler="euler", scheduler="discrete")})


async def test_a_cancel_ends_the_worker_and_the_next_job_is_right(folder: Path) -> None:
    """The library has no way to stop: the process goes within 2 s, and a warm load follows."""
    model = small(inspect(folder / "whole.safetensors"))
    pool = WorkerPool(load_settings(engine="sdcpp"))

    def request(**given: Any) -> Any:
        return resolve(GenerationDraft(prompt="a cat", seed=9, **given), model, SPEC.samplers_for(model))

    first = Watch()
    await pool.run(request(), model, {}, first.listener)
    watch = Watch()
    job = asyncio.create_task(pool.run(request(width=192, height=192, steps=50), model, {}, watch.listener))
    await watch.stepped.wait()
    before, started = workers_of(), time.monotonic()
    job.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await job
    assert time.monotonic() - started < 2
    assert not set(before) & set(workers_of())
    again = Watch()
    await pool.run(request(), model, {}, again.listener)
    assert again.pictures[0][1] == first.pictures[0][1]
    assert not pool.counters.crashes
    await pool.close()


async def test_a_crash_in_the_library_ends_the_worker_only(folder: Path, tmp_path: Path) -> None:
    """A file cut short after it was loaded from: the map's pages are gone, which is a bus error in the worker."""
    model = small(inspect(folder / "whole.safetensors"))
    (tmp_path / "photo_maker_v2.safetensors").write_bytes((folder / "whole.safetensors").read_bytes()[:100_000])
    options = {"sdcpp": {"companions": {"photo_maker": str(tmp_path / "photo_maker_v2.safetensors")}}}
    pool = WorkerPool(load_settings(engine="sdcpp", engine_options=options))
    request = resolve(GenerationDraft(prompt="a cat"), model, SPEC.samplers_for(model))
    with pytest.raises(Exception, match=r"photo_maker|worker processes died|stable-diffusion.cpp"):
        await pool.run(request, model, {}, Watch().listener)
    await pool.close()
    fine = WorkerPool(load_settings(engine="sdcpp"))
    watch = Watch()
    await fine.run(request, model, {}, watch.listener)
    assert len(watch.pictures) == 1
    await fine.close()
