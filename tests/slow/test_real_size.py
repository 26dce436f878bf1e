"""Checkpoints of the families' real sizes: several minutes and gigabytes each."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

from safelight.catalog.inspection import inspect
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.engines.diffusers.checkpoint import CheckpointFile, Section
from safelight.engines.diffusers.configurations import unet_config, vae_config
from safelight.engines.diffusers.single_file import UNET, VAE, load_single_file
from safelight.workers.fit import Work, footprint
from tests.layouts import laid_out_alike
from tests.ldm import to_ldm, write_safetensors
from tests.real_size import UNETS, build, folder
from tests.real_size import checkpoint as random_checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_SPARE = 2e9
_Q4_K = 12


@pytest.fixture(scope="module", params=list(UNETS))
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    pipe = build(request.param)
    write_safetensors(folder / "model.safetensors", to_ldm(pipe, request.param))
    (folder / "configuration").mkdir()
    build_configuration(pipe, folder / "configuration")
    return request.param, folder


def build_configuration(pipe: Any, folder: Path) -> None:
    """Configurations and tokenizers as `save_pretrained` lays them out, without weights."""
    pipe.save_config(folder)
    for name, part in pipe.components.items():
        if hasattr(part, "save_config"):
            part.save_config(folder / name)
        elif hasattr(part, "config"):
            part.config.save_pretrained(folder / name)
        elif part is not None:
            part.save_pretrained(folder / name)


def needs(amount: float) -> None:
    """Skip the test where it would take other programs' memory: XL as f32 needs 17 GB and more."""
    gc.collect()
    left = psutil.virtual_memory().available
    if left < amount + _SPARE:
        pytest.skip(f"needs {(amount + _SPARE) / 1e9:.0f} GB of free memory, and {left / 1e9:.0f} GB are free")


def draw(pipe: Any) -> Any:
    pipe.set_progress_bar_config(disable=True)
    return pipe(
        "a cat",
        negative_prompt="blurry",
        num_inference_steps=2,
        width=128,
        height=128,
        generator=torch.Generator().manual_seed(1),
        output_type="np",
    ).images


def test_it_is_recognised_and_its_configuration_read_off_its_shapes(checkpoint: tuple[str, Path]) -> None:
    architecture, folder = checkpoint
    info = inspect(folder / "model.safetensors")
    assert (info.architecture, info.problem, info.dtype) == (architecture, None, "f16")
    file = CheckpointFile(info.path)
    read = unet_config(Section(file, UNET), architecture)
    for name, value in UNETS[architecture].items():
        assert read.get(name, 8) == value, name
    assert vae_config(Section(file, VAE), sdxl=architecture == "sdxl")["block_out_channels"] == [128, 256, 512, 512]


def test_pixels_equal_those_of_diffusers_own_loader(checkpoint: tuple[str, Path]) -> None:
    architecture, folder = checkpoint
    needs(1.5 * (folder / "model.safetensors").stat().st_size)
    kind = StableDiffusionXLPipeline if architecture == "sdxl" else StableDiffusionPipeline
    options = {} if architecture == "sdxl" else {"safety_checker": None, "requires_safety_checker": False}
    theirs = kind.from_single_file(
        folder / "model.safetensors",
        config=str(folder / "configuration"),
        local_files_only=True,
        dtype=torch.bfloat16,
        **options,
    )
    scheduler = theirs.scheduler
    expected = draw(laid_out_alike(theirs))
    del theirs
    gc.collect()
    ours = load_single_file(inspect(folder / "model.safetensors"), torch.bfloat16)
    ours.scheduler = scheduler
    np.testing.assert_array_equal(draw(laid_out_alike(ours)), expected)


@pytest.mark.parametrize("dtype", ["bf16", "f32"])
def test_loading_peaks_at_most_a_fifth_above_the_weights(checkpoint: tuple[str, Path], dtype: str) -> None:
    file = checkpoint[1] / "model.safetensors"
    needs(1.2 * file.stat().st_size * {"bf16": 1, "f32": 2}[dtype])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", "--file", str(file), "--dtype", dtype],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
    )
    facts = json.loads(done.stdout)
    assert facts["peak"] <= 1.2 * facts["weights"]


@pytest.mark.parametrize("dtype", ["bf16", "f32"])
@pytest.mark.parametrize("form", ["folder", "gguf"])
def test_a_folder_and_a_gguf_load_as_a_single_file_does(tmp_path: Path, form: str, dtype: str) -> None:
    needs(6e9)
    if form == "folder":
        model = folder(tmp_path, "sd1")
    else:
        sdcpp = pytest.importorskip("stable_diffusion_cpp.stable_diffusion_cpp")
        model = tmp_path / "model.gguf"
        source = write_safetensors(tmp_path / "model.safetensors", to_ldm(build("sd1"), "sd1"))
        assert sdcpp.convert(str(source).encode(), b"", str(model).encode(), _Q4_K, b"", False)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", "--file", str(model), "--dtype", dtype],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
    )
    facts = json.loads(done.stdout)
    assert facts["peak"] <= 1.2 * facts["weights"]


def test_drawing_takes_what_was_estimated() -> None:
    needs(5e9)
    folder = Path(tempfile.gettempdir())
    model = inspect(random_checkpoint(folder, "sd1"))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.footprint", "sd1", "bf16", "--sides", "512"],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
    )
    [case] = json.loads(done.stdout)
    for mode, phase in ((MemoryMode.FULL, "whole"), (MemoryMode.TILED, "tiled")):
        plan = Plan(engine="diffusers", device="cpu", dtype=DType.BFLOAT16, memory_mode=mode)
        guess = footprint(model, plan, Work(width=512, height=512))
        assert guess and guess.main == pytest.approx(max(case["loaded"], case["denoising"], case[phase]), rel=0.2)
