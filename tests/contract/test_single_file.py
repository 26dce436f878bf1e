"""Single files in the published layout give the pixels of diffusers' own loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

from safelight.catalog.catalog import Catalog
from safelight.domain.errors import CorruptFile, UnsupportedModel
from safelight.domain.models import ModelInfo
from safelight.engines.diffusers.single_file import load_single_file
from tests.layouts import laid_out_alike, modules
from tests.ldm import to_ldm, write_lightning_ckpt, write_safetensors
from tests.models import build_pipeline

CASES = [("sd1", "epsilon"), ("sd2", "epsilon"), ("sd2", "v_prediction"), ("sdxl", "epsilon")]


def draw(pipe: Any) -> Any:
    pipe.set_progress_bar_config(disable=True)
    return pipe(
        "a cat",
        negative_prompt="blurry",
        num_inference_steps=3,
        width=64,
        height=64,
        generator=torch.Generator().manual_seed(1),
        output_type="np",
    ).images


def trainable(pipe: Any) -> list[bool]:
    return [weight.requires_grad for part in modules(pipe) for weight in part.parameters()]


def read(path: Path) -> ModelInfo:
    return Catalog(path.parent, path.parent / "none").inspect(path)


@pytest.mark.parametrize(("architecture", "prediction"), CASES)
@pytest.mark.parametrize("layout", ["safetensors", "half", "ckpt"])
def test_pixels_equal_those_of_diffusers_own_loader(
    tmp_path: Path, architecture: str, prediction: str, layout: str
) -> None:
    original = build_pipeline(architecture, prediction=prediction)
    original.save_pretrained(tmp_path / "configuration")
    tensors = to_ldm(original, architecture)
    if prediction == "v_prediction":
        norm = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias"
        tensors[norm] = torch.linspace(-1, 1, tensors[norm].numel())
    if layout == "ckpt":
        file = write_lightning_ckpt(tmp_path / "model.ckpt", tensors)
        theirs = write_safetensors(tmp_path / "same.safetensors", tensors)
    else:
        theirs = file = write_safetensors(tmp_path / "model.safetensors", tensors, half=layout == "half")
    kind = StableDiffusionXLPipeline if architecture == "sdxl" else StableDiffusionPipeline
    options = {} if architecture == "sdxl" else {"safety_checker": None, "requires_safety_checker": False}
    expected = kind.from_single_file(
        theirs, config=str(tmp_path / "configuration"), local_files_only=True, dtype=torch.float32, **options
    )

    info = read(file)
    loaded = load_single_file(info, torch.float32)

    assert info.architecture == architecture
    assert loaded.scheduler.config.prediction_type == prediction
    # torch multiplies another way when a weight needs no gradient, which shows in pixels of models of real size.
    assert trainable(loaded) == trainable(expected)
    loaded.scheduler = expected.scheduler
    np.testing.assert_array_equal(draw(laid_out_alike(loaded)), draw(laid_out_alike(expected)))


@pytest.mark.parametrize("layout", ["safetensors", "ckpt"])
def test_kernels_are_channels_last_from_the_start(tmp_path: Path, layout: str) -> None:
    tensors = to_ldm(build_pipeline("sd1"), "sd1")
    write = {"safetensors": write_safetensors, "ckpt": write_lightning_ckpt}[layout]
    file = write(tmp_path / f"model.{layout}", tensors)

    loaded = modules(load_single_file(read(file), torch.bfloat16))

    before = {id(weight): weight.data_ptr() for part in loaded for weight in part.parameters()}
    for part in loaded:
        cast(Any, part).to(memory_format=torch.channels_last)
    assert before == {id(weight): weight.data_ptr() for part in loaded for weight in part.parameters()}


def test_a_file_with_missing_weights_is_refused_by_name(tmp_path: Path) -> None:
    tensors = to_ldm(build_pipeline("sd1"), "sd1")
    missing = "model.diffusion_model.middle_block.0.in_layers.2.weight"
    del tensors[missing]
    file = write_safetensors(tmp_path / "model.safetensors", tensors)

    with pytest.raises(UnsupportedModel, match=r"1 are missing"):
        load_single_file(read(file), torch.float32)


def test_a_truncated_file_is_refused_before_loading(tmp_path: Path) -> None:
    file = write_safetensors(tmp_path / "model.safetensors", to_ldm(build_pipeline("sd1"), "sd1"))
    file.write_bytes(file.read_bytes()[:-1000])

    with pytest.raises(CorruptFile, match="truncated"):
        read(file)
