"""OpenVINO behind Stable Diffusion 1.5 of real size: gigabytes, and minutes each."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import torch
from benchmarks.acceleration import CACHE

from safelight.catalog.inspection import inspect
from safelight.domain.models import ModelInfo
from safelight.domain.plans import DType, Plan
from safelight.engines.diffusers.acceleration.cache import Cache
from safelight.engines.diffusers.acceleration.network import Network
from safelight.engines.diffusers.acceleration.networks import Decoder, networks_of
from safelight.engines.diffusers.acceleration.running import Runner
from safelight.engines.diffusers.acceleration.texts import ClipText
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.acceleration.unets import UNet
from safelight.engines.diffusers.single_file import load_single_file
from safelight.workers.fit import Work, footprint
from tests.real_size import checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed"),
]


@pytest.fixture(scope="module")
def model() -> ModelInfo:
    if psutil.virtual_memory().available < 10e9:
        pytest.skip("needs 10 GB of free memory")
    return inspect(checkpoint(Path(tempfile.gettempdir()), "sd1"))


@pytest.fixture
def empty_cache() -> Iterator[Path]:
    shutil.rmtree(CACHE, ignore_errors=True)
    yield CACHE
    shutil.rmtree(CACHE, ignore_errors=True)


def inputs_of(network: Network) -> tuple[torch.Tensor, ...]:
    """What a network gets at 256x256."""
    torch.manual_seed(1)
    if isinstance(network, UNet):
        return torch.randn(2, 4, 32, 32), torch.full((2,), 801.0), torch.randn(2, 77, 768)
    if isinstance(network, ClipText):
        return (torch.randint(0, 49000, (1, 77)),)
    return (torch.randn(1, 4, 32, 32) if isinstance(network, Decoder) else torch.rand(1, 3, 256, 256) * 2 - 1,)


def psnr(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Against the spread of what is expected."""
    error = float(((found - expected) ** 2).mean())
    return 10 * math.log10(float(expected.max() - expected.min()) ** 2 / error) if error else math.inf


def test_networks_compute_what_torch_does_in_f32_and_stay_near_in_bf16(model: ModelInfo, tmp_path: Path) -> None:
    cache, expected = Cache(tmp_path, 10**12), {}
    for dtype, least in ((torch.float32, 45), (torch.bfloat16, 30)):
        pipe = load_single_file(model, dtype)
        for component in ("text_encoder", "unet", "vae"):
            for network in networks_of(component, getattr(pipe, component)):
                runner, inputs = (
                    Runner(network, cache.entry({"of": f"{network.name} {dtype}"}), "CPU"),
                    inputs_of(network),
                )
                if dtype is torch.float32:
                    with torch.inference_mode():
                        expected[network.name] = network.compute(*inputs)
                runner.keep()
                runner.prepare(inputs)
                for found, right in zip(runner(inputs), expected[network.name], strict=True):
                    assert psnr(found, right) >= least, f"{network.name}, {dtype}"
                runner.forget()


def test_a_start_holds_two_copies_of_the_weights_at_most_and_takes_what_was_estimated(
    model: ModelInfo, empty_cache: Path
) -> None:
    guess = footprint(model, Plan(engine="diffusers", device="cpu", dtype=DType.BFLOAT16), Work(width=512, height=512))
    assert guess
    cold, warm = (measured("memory", "openvino", "bf16") for _ in range(2))
    for case in (cold, warm):
        assert case["anonymous peak"] == pytest.approx(guess.main, rel=0.2)
        assert case["peak"] <= guess.process + guess.working + 2.1 * guess.weights
    assert warm["preparing"] < cold["preparing"] / 2
    assert warm["loading"] < cold["loading"]


def measured(*case: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.acceleration", *case]
    done = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    found: dict[str, float] = json.loads(done.stdout)
    return found
