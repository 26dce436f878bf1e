"""8-bit weights with scales beside them, in the layouts that ComfyUI publishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from safelight.catalog.inspection import inspect
from safelight.domain.errors import UnsupportedModel
from safelight.engines.diffusers.checkpoint import CheckpointFile
from safelight.engines.diffusers.single_file import load_single_file
from tests.contract.test_single_file import draw
from tests.layouts import laid_out_alike
from tests.ldm import Tensors, to_ldm, write_safetensors
from tests.models import build_pipeline

WEIGHT = torch.randn(256, 512, generator=torch.Generator().manual_seed(0))
F8 = torch.float8_e4m3fn


def scales_of(weight: torch.Tensor, layout: str) -> torch.Tensor:
    """One for all, one a row, or one a block of 128 x 128, in the shapes that are published."""
    if layout == "row":
        return weight.abs().amax(dim=1)
    if layout == "column":
        return weight.abs().amax(dim=1, keepdim=True)
    if layout == "block":
        return weight.view(2, 128, 4, 128).abs().amax(dim=(1, 3))
    return weight.abs().max()


def spread(scales: torch.Tensor) -> torch.Tensor:
    """The scale of every element."""
    if scales.shape == (2, 4):
        return scales.repeat_interleave(128, 0).repeat_interleave(128, 1)
    return scales.reshape(-1, 1)


@pytest.mark.parametrize("layout", ["tensor", "row", "column", "block"])
@pytest.mark.parametrize(("kind", "most"), [(F8, 448.0), (torch.float8_e5m2, 57344.0), (torch.int8, 127.0)])
@pytest.mark.parametrize("name", ["weight_scale", "scale_weight"])
def test_a_weight_is_its_stored_value_times_its_scale(
    tmp_path: Path, layout: str, kind: torch.dtype, most: float, name: str
) -> None:
    scales = scales_of(WEIGHT, layout) / most
    ratios = WEIGHT / spread(scales)
    stored = ratios.round().to(kind) if kind is torch.int8 else ratios.to(kind)
    save_file({"a.weight": stored, f"a.{name}": scales, "a.scale_input": torch.ones(())}, tmp_path / "m.safetensors")

    file = CheckpointFile(tmp_path / "m.safetensors")

    assert file.names == ("a.weight",)
    expected = stored.float() * spread(scales)
    torch.testing.assert_close(file.read(file.names, torch.float32)["a.weight"], expected, rtol=1e-6, atol=0)
    halved = file.read(file.names, torch.bfloat16)["a.weight"]
    assert halved.dtype is torch.bfloat16
    torch.testing.assert_close(halved.float(), expected, rtol=2**-8, atol=0)
    assert (expected - WEIGHT).abs().max() < 0.7


def quantised(tensors: Tensors, *, described: bool) -> tuple[Tensors, Tensors, dict[str, str]]:
    """A checkpoint whose UNet's matrices are fp8 with scales; the same with the numbers they stand for; metadata."""
    small, same, layers = dict(tensors), dict(tensors), {}
    for name, tensor in tensors.items():
        if name.startswith("model.diffusion_model.") and name.endswith(".weight") and tensor.dim() == 2:
            layer, scale = name.removesuffix(".weight"), tensor.abs().max() / 448
            small[name] = (tensor / scale).to(F8)
            small[f"{layer}.weight_scale" if described else f"{layer}.scale_weight"] = scale
            same[name] = small[name].float() * scale
            layers[layer] = {"format": "float8_e4m3fn"}
    if not described:
        small["model.diffusion_model.scaled_fp8"] = torch.zeros(2, dtype=F8)
    return small, same, {"_quantization_metadata": json.dumps({"layers": layers})} if described else {}


@pytest.mark.parametrize("described", [False, True], ids=["scaled_fp8", "weight_scale"])
def test_a_checkpoint_draws_as_the_numbers_that_it_stands_for(tmp_path: Path, described: bool) -> None:
    small, same, metadata = quantised(to_ldm(build_pipeline("sd1"), "sd1"), described=described)
    quantised_file = write_safetensors(tmp_path / "small.safetensors", small, metadata=metadata)
    loaded: list[Any] = [
        load_single_file(inspect(file), torch.float32)
        for file in (quantised_file, write_safetensors(tmp_path / "same.safetensors", same))
    ]
    np.testing.assert_array_equal(*(draw(laid_out_alike(pipe)) for pipe in loaded))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"format": "nvfp4"}, "nvfp4"),
        ({"format": "int8_tensorwise", "convrot": True}, "int8_tensorwise with rotated weights"),
        ({"format": "int8_tensorwise", "params": {"convrot": True}}, "int8_tensorwise with rotated weights"),
        ({}, "in a way that it does not name"),
    ],
)
@pytest.mark.parametrize("where", ["tensor", "metadata"])
def test_what_can_t_be_read_is_refused_by_name(tmp_path: Path, said: dict[str, Any], named: str, where: str) -> None:
    tensors = {"a.weight": torch.zeros(4, 4, dtype=torch.int8), "a.weight_scale": torch.ones(())}
    metadata = None
    if where == "tensor":
        tensors["a.comfy_quant"] = torch.tensor(list(json.dumps(said).encode()), dtype=torch.uint8)
    else:
        metadata = {"_quantization_metadata": json.dumps({"layers": {"a": said}})}
    save_file(tensors, tmp_path / "m.safetensors", metadata)
    with pytest.raises(UnsupportedModel, match=named):
        CheckpointFile(tmp_path / "m.safetensors")


def test_scales_of_another_shape_are_refused(tmp_path: Path) -> None:
    save_file({"a.weight": torch.zeros(4, 4, dtype=F8), "a.weight_scale": torch.ones(3)}, tmp_path / "m.safetensors")
    file = CheckpointFile(tmp_path / "m.safetensors")
    with pytest.raises(UnsupportedModel, match=r"scales of a\.weight have a shape"):
        file.read(file.names, torch.float32)
