"""Weights as 8-bit integers behind the diffusers engine: smaller, named, near the same picture."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.models import ModelInfo
from safelight.domain.plans import DType, Plan
from safelight.engines.contract import Picture
from safelight.engines.diffusers.acceleration.compressing import _group, compress
from safelight.engines.diffusers.acceleration.toolkit import core, installed_version, openvino
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.spec import SPEC
from tests.contract.test_openvino import psnr, small_graphs
from tests.sinks import Silent

pytestmark = pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed")


class Layers(torch.nn.Module):
    """Two matrix products and what is none: a table, a kernel, a matrix that is only added."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = torch.nn.Linear(64, 128), torch.nn.Linear(128, 64, bias=False)
        self.kernel, self.added = torch.nn.Conv1d(5, 5, 1), torch.nn.Parameter(torch.randn(5, 64))
        self.first.weight.data[3] = 0
        self.to(dtype).eval()

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        rows = self.kernel(rows.to(self.added.dtype)) + self.added
        drawn: torch.Tensor = self.second(torch.nn.functional.silu(self.first(rows)))
        return drawn.float()


@pytest.mark.filterwarnings("ignore:`torch.jit.trace")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("inputs", [True, False])
def test_matrix_products_and_nothing_else_get_integers(dtype: torch.dtype, inputs: bool) -> None:
    layers, rows = Layers(dtype), torch.randn(2, 5, 64)
    with torch.no_grad():
        expected = layers(rows)
        graph = openvino().convert_model(torch.jit.trace(layers, rows, check_trace=False), example_input=rows)
    compress(graph, inputs=inputs)
    constants = [node for node in graph.get_ops() if node.get_type_name() == "Constant"]
    integers = [list(node.shape) for node in constants if node.get_element_type().to_string() == "i8"]
    assert sorted(integers) == [[64, 128], [128, 64]]
    precision = {torch.float32: "f32", torch.bfloat16: "bf16"}[dtype]
    compiled = core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": precision})
    assert compiled.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE") == (64 if inputs else 0)
    error = np.abs(compiled(rows.numpy())[0] - expected.numpy()).max() / np.abs(expected.numpy()).max()
    assert 0 < error < 0.03


def test_groups_are_large_and_divide_the_inputs_of_most_weights() -> None:
    assert _group(Counter({320: 10, 640: 10, 768: 2})) == 320
    assert _group(Counter({1280: 10, 2048: 2, 640: 1})) == 256
    assert _group(Counter({96: 1})) == 32


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelInfo:
    folder = tmp_path_factory.mktemp("models") / "small"
    small_graphs().save_pretrained(folder)
    return inspect(folder)


def draw(model: ModelInfo, **options: Any) -> Picture:
    engine = DiffusersEngine()
    engine.configure(options)
    pipeline = engine.load(model, Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32), Silent())
    draft = GenerationDraft(prompt="a cat", width=64, height=64, steps=2, seed=5, sampler="euler", scheduler="discrete")
    [picture] = pipeline.run(resolve(draft, model, SPEC.samplers_for(model)), {}, Silent(), lambda: False)
    return picture


def weights(cache: Path) -> dict[tuple[str, str], int]:
    """Network and weight type → bytes on disk."""
    found = {}
    for facts in cache.glob("*/facts.json"):
        key = json.loads(json.loads(facts.read_text())["of"])
        found[key["network"], key.get("weight_type", "")] = (facts.parent / "network.bin").stat().st_size
    return found


def test_a_model_is_smaller_and_its_pictures_nearly_the_same(model: ModelInfo, tmp_path: Path) -> None:
    options = {"acceleration": "openvino", "cache_dir": str(tmp_path)}
    plain, cold, warm = draw(model, **options), *(draw(model, **options, weight_type="int8") for _ in range(2))
    assert 30 < psnr(cold, plain) < 99
    np.testing.assert_array_equal(warm.pixels, cold.pixels)
    assert (plain.details, warm.details) == ({}, {"Weight type": "int8"})
    sizes = weights(tmp_path)
    assert {name for name, _ in sizes} == {"unet", "text_encoder", "vae.decoder"}
    assert sizes["text_encoder", "int8"] < sizes["text_encoder", ""]
    assert sizes["unet", "int8"] < sizes["unet", ""]
    assert ("vae.decoder", "int8") not in sizes, "a VAE is the same for both"


def test_without_openvino_it_is_said_to_do_nothing(model: ModelInfo, caplog: pytest.LogCaptureFixture) -> None:
    picture = draw(model, acceleration="torch", weight_type="int8")
    assert not picture.details
    assert "keeps its weights as they are" in caplog.text


def test_weights_that_torch_computed_with_are_not_said_to_be_smaller(model: ModelInfo, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    picture = draw(model, acceleration="openvino", weight_type="int8", cache_dir=str(file / "cache"))
    assert not picture.details
    assert any("computed by torch" in note for note in picture.notes)
