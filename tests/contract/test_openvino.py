"""OpenVINO behind the diffusers engine's modules, on small models: the same pictures, and what failures do."""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import sys
import weakref
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diffusers import AutoencoderKL, UNet2DConditionModel
from PIL import Image

from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import Cancelled
from safelight.domain.events import Phase
from safelight.domain.models import ModelInfo, ModelPart, PartWeight
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.domain.request import ImageRef
from safelight.engines.contract import Picture, Pipeline
from safelight.engines.diffusers.acceleration import choosing, running
from safelight.engines.diffusers.acceleration.choosing import accelerates
from safelight.engines.diffusers.acceleration.toolkit import installed_version, openvino
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.options import LoadOptions
from safelight.engines.diffusers.spec import SPEC
from safelight.engines.options import load_options
from safelight.settings import Settings
from tests.models import WIDTH, build_pipeline
from tests.sinks import Recorder

pytestmark = pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed")

PICTURE, MASK = "a" * 64, "b" * 64
FROM_PICTURE: dict[str, Any] = {"init_image": ImageRef(sha256=PICTURE), "strength": 0.6}
CASES: dict[str, dict[str, Any]] = {
    "text": {},
    "without guidance, an earlier layer": {"cfg_scale": 1, "clip_skip": 2},
    "image": FROM_PICTURE,
    "inpaint": FROM_PICTURE | {"mask": ImageRef(sha256=MASK)},
    "a batch of another size": {"width": 72, "height": 104, "count": 2, "batch_size": 2},
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelInfo:
    folder = tmp_path_factory.mktemp("models") / "small"
    small_graphs().save_pretrained(folder)
    return inspect(folder)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def small_graphs(**more: Any) -> Any:
    """A tiny pipeline of few layers: converting takes its time by the layer."""
    pipe = build_pipeline("sd1")
    blocks = ["CrossAttnDownBlock2D", "DownBlock2D"]
    config = {name: value for name, value in pipe.unet.config.items() if not name.startswith("_")} | {
        "block_out_channels": [WIDTH, WIDTH],
        "layers_per_block": 1,
        "down_block_types": blocks,
        "up_block_types": [name.replace("Down", "Up") for name in reversed(blocks)],
    }
    vae = AutoencoderKL(
        block_out_channels=[WIDTH] * 4,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=1,
        latent_channels=4,
        sample_size=64,
    )
    pipe.register_modules(unet=UNet2DConditionModel.from_config(config | more), vae=vae)
    return pipe


def load(model: ModelInfo, acceleration: str, dtype: str = "f32", cache: Path | None = None, **more: Any) -> Pipeline:
    engine = DiffusersEngine()
    engine.configure({"acceleration": acceleration} | ({"cache_dir": str(cache)} if cache else {}))
    return engine.load(model, Plan(engine="diffusers", device="cpu", dtype=DType(dtype), **more), Recorder())


def draw(pipeline: Pipeline, model: ModelInfo, sink: Recorder | None = None, **given: Any) -> list[Picture]:
    options = {"width": 64, "height": 64, "steps": 2, "seed": 5, "sampler": "euler", "scheduler": "discrete"} | given
    request = resolve(GenerationDraft(prompt="a cat", **options), model, SPEC.samplers_for(model))
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (32, 0, 64, 64))
    images = {PICTURE: Image.linear_gradient("L").resize((64, 64)).convert("RGB"), MASK: mask}
    return list(pipeline.run(request, images, sink or Recorder(), lambda: False))


def psnr(one: Picture, other: Picture) -> float:
    error = float(np.mean((one.pixels.astype(float) - other.pixels.astype(float)) ** 2))
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def prepared(sink: Recorder) -> int:
    """How many networks were compiled while a request was drawn."""
    return sum(progress.phase is Phase.LOADING for progress in sink.progressed)


def test_pictures_equal_those_of_torch_and_every_size_and_mode_shares_the_networks(
    model: ModelInfo, cache: Path
) -> None:
    torch, openvino = load(model, "torch"), load(model, "openvino", cache=cache)
    for name, given in CASES.items():
        expected, pictures = draw(torch, model, **given), draw(openvino, model, **given)
        for picture, other in zip(pictures, expected, strict=True):
            assert psnr(picture, other) >= 45, name
    assert len(list(cache.glob("*/network.bin"))) == 4  # UNet, text encoder, both halves of the VAE
    assert not [name for name in sys.modules if name.startswith("openvino_telemetry.")]  # it reports to its makers


def test_bf16_stays_near_f32(model: ModelInfo, cache: Path) -> None:
    [expected], [picture] = draw(load(model, "torch"), model), draw(load(model, "openvino", "bf16", cache), model)
    assert psnr(picture, expected) >= 30


def test_a_second_job_compiles_nothing_and_a_second_start_reads_no_weights(model: ModelInfo, cache: Path) -> None:
    first, again = Recorder(), Recorder()
    pipeline = load(model, "openvino", cache=cache)
    [before] = draw(pipeline, model, first, **FROM_PICTURE)
    draw(pipeline, model, again, **FROM_PICTURE)
    assert (prepared(first) > 0, prepared(again)) == (True, 0)
    weights = next(model.path.glob("unet/*.safetensors"))
    kept, facts = weights.read_bytes(), weights.stat()
    try:  # other weights that nothing tells from the same ones without reading them
        weights.write_bytes(kept[: len(kept) // 2] + bytes(len(kept) - len(kept) // 2))
        os.utime(weights, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        [after] = draw(load(model, "openvino", cache=cache), model, **FROM_PICTURE)
    finally:
        weights.write_bytes(kept)
        os.utime(weights, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    np.testing.assert_array_equal(after.pixels, before.pixels)


def test_what_is_damaged_in_the_cache_is_made_again(model: ModelInfo, cache: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(cache, tmp_path / "cache")
    keys = {facts.parent: json.loads(json.loads(facts.read_text())["of"]) for facts in copy.glob("*/facts.json")}
    found = {key["network"]: folder for folder, key in keys.items() if key["dtype"] == "torch.float32"}
    for blob in found["unet"].glob("*.blob"):
        blob.write_bytes(blob.read_bytes()[:-1])
    os.truncate(found["text_encoder"] / "network.bin", 64)
    [expected] = draw(load(model, "openvino", cache=cache), model)
    assert psnr(draw(load(model, "openvino", cache=copy), model)[0], expected) >= 45
    assert (found["text_encoder"] / "network.bin").stat().st_size > 64
    pipeline = load(model, "openvino", cache=copy)
    for folder in found.values():
        facts = json.loads((folder / "facts.json").read_text())
        (folder / "network.xml").write_text("<net/>")
        (folder / "facts.json").write_text(json.dumps(facts | {"graph": sha256(b"<net/>").hexdigest()}))
    for blob in copy.glob("*/*.blob"):
        blob.unlink()
    assert psnr(draw(pipeline, model)[0], expected) >= 45


@pytest.mark.slow
def test_what_goes_from_the_cache_while_a_model_is_loaded_is_made_again(
    model: ModelInfo, cache: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(cache, tmp_path / "cache")
    pipeline = load(model, "openvino", cache=copy)
    shutil.rmtree(copy)
    [expected], [picture] = draw(load(model, "openvino", cache=cache), model), draw(pipeline, model)
    assert psnr(picture, expected) >= 45
    assert len(list(copy.glob("*/*.blob"))) == 3


def test_what_can_t_be_converted_is_left_to_torch(
    model: ModelInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class ConversionFailure(Exception):
        """As the converter's own, which are no RuntimeErrors."""

    def fail(*_: Any, **__: Any) -> None:
        raise ConversionFailure("no such operation")

    monkeypatch.setattr(openvino(), "convert_model", fail)
    [expected], [picture] = draw(load(model, "torch"), model), draw(load(model, "openvino", cache=tmp_path), model)
    assert psnr(picture, expected) >= 60
    assert "unet is left to torch from now on: it can't be converted" in caplog.text
    assert any("unet was computed by torch" in note and "no such operation" in note for note in picture.notes)


def test_what_fails_while_it_computes_is_left_to_torch(
    model: ModelInfo, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(runner: Any, inputs: Any) -> None:
        raise RuntimeError("the device went away")

    [expected] = draw(load(model, "torch"), model)
    pipeline = load(model, "openvino", cache=cache)
    monkeypatch.setattr(running.Runner, "__call__", fail)
    [picture] = draw(pipeline, model)
    np.testing.assert_array_equal(picture.pixels, expected.pixels)
    assert any("the device went away" in note for note in picture.notes)


def test_a_unet_with_inputs_of_its_own_is_left_to_torch(
    tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    small_graphs(attention_type="gated").save_pretrained(tmp_path / "gated")
    gated = inspect(tmp_path / "gated")
    caplog.set_level(logging.INFO)
    load(gated, "openvino", cache=cache)
    assert "unet is left to torch" in caplog.text


def test_cancelling_while_networks_are_prepared_leaves_the_pipeline_usable(model: ModelInfo, cache: Path) -> None:
    pipeline, sink = load(model, "openvino", cache=cache), Recorder()
    request = resolve(GenerationDraft(prompt="a dog", width=64, height=64, steps=2), model, SPEC.samplers_for(model))
    with pytest.raises(Cancelled):
        list(pipeline.run(request, {}, sink, lambda: prepared(sink) > 0))
    assert draw(pipeline, model)


@pytest.mark.slow
def test_the_tiled_mode_decodes_in_tiles(model: ModelInfo, cache: Path) -> None:
    modes = {"memory_mode": MemoryMode.TILED, "cache": cache}
    pipes = [load(model, name, **modes) for name in ("torch", "openvino")]  # type: ignore[arg-type]
    [expected], [picture] = (draw(pipe, model, width=96, height=64) for pipe in pipes)
    assert psnr(picture, expected) >= 45


def test_closing_frees_what_was_compiled(model: ModelInfo, cache: Path) -> None:
    pipeline = load(model, "openvino", cache=cache)
    draw(pipeline, model)
    held = [each for each in gc.get_objects() if type(each) is running.Runner]
    runners = [weakref.ref(each) for each in held]
    del held
    pipeline.close()
    assert runners
    assert not [runner for runner in runners if runner()]


def test_what_is_accelerated(
    model: ModelInfo, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.BFLOAT16)
    part = PartWeight(part=ModelPart.DIFFUSION_MODEL, parameters=860_000_000, bytes=1, width=320)
    large, small = (model.model_copy(update={"parts": parts}) for parts in ((part,), ()))
    auto, always, never = (LoadOptions(acceleration=name) for name in ("auto", "openvino", "torch"))
    assert accelerates(large, plan, auto)
    assert accelerates(small, plan, always)
    assert not accelerates(small, plan, auto)
    assert not accelerates(large, plan, never)
    assert not accelerates(large, plan.model_copy(update={"device": "cuda:0"}), always)
    assert not accelerates(large, plan.model_copy(update={"memory_mode": MemoryMode.OFFLOADED}), always)
    assert not accelerates(large, plan.model_copy(update={"dtype": DType.FLOAT16}), always)
    assert not accelerates(large, plan, LoadOptions(openvino_device="NPU"))
    assert "OpenVINO has no NPU here" in caplog.text
    monkeypatch.setattr(choosing, "installed_version", lambda: None)
    assert not accelerates(large, plan, auto)
    assert "OpenVINO is not installed" in caplog.text


def test_the_cache_lies_in_the_cache_folder_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(cache_dir=tmp_path, engine_options={"diffusers": {"acceleration": "torch"}})
    assert load_options("diffusers", settings) == {"acceleration": "torch", "cache_dir": str(tmp_path / "diffusers")}
