"""Tensors come out of a checkpoint with their values, in the number type and order in memory that was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from safelight.engines.diffusers.checkpoint import CheckpointFile

TENSORS = {
    "kernel": torch.randn(6, 4, 3, 3),
    "point": torch.randn(6, 4, 1, 1).half(),
    "one_channel": torch.randn(6, 1, 3, 3).bfloat16(),
    "matrix": torch.randn(5, 7).half(),
    "double": torch.randn(3).double(),
    "small": torch.randn(9).to(torch.float8_e4m3fn),
    "scalar": torch.tensor(4.6),
    "none": torch.empty(0, 3),
    "numbers": torch.arange(77).unsqueeze(0),
    "flags": torch.tensor([True, False]),
}


def written(folder: Path, kind: str, tensors: dict[str, torch.Tensor]) -> CheckpointFile:
    path = folder / f"model.{kind}"
    if kind == "ckpt":
        torch.save({"state_dict": tensors}, path)
    else:
        save_file(tensors, path)
    return CheckpointFile(path)


@pytest.mark.parametrize("kind", ["safetensors", "ckpt"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_values_of_every_type_and_shape(tmp_path: Path, kind: str, dtype: torch.dtype) -> None:
    read = written(tmp_path, kind, TENSORS).read(TENSORS, dtype)
    for name, tensor in TENSORS.items():
        expected = tensor.to(dtype) if tensor.is_floating_point() else tensor
        torch.testing.assert_close(read[name], expected, rtol=0, atol=0)


def test_a_pickle_s_transposed_and_shared_tensors(tmp_path: Path) -> None:
    whole = torch.randn(8, 4, 3, 3)
    tensors: dict[str, Any] = {"turned": whole.permute(1, 0, 3, 2), "part": whole[2:5, 1], "row": whole[0, 0].T}
    read = written(tmp_path, "ckpt", tensors).read(tensors, torch.float32)
    for name, tensor in tensors.items():
        torch.testing.assert_close(read[name], tensor, rtol=0, atol=0)


def test_kernels_are_channels_last_and_the_rest_is_not(tmp_path: Path) -> None:
    read = written(tmp_path, "safetensors", TENSORS).read(TENSORS, torch.float32)
    for name, tensor in read.items():
        layout = torch.channels_last if tensor.dim() == 4 else torch.contiguous_format
        assert tensor.is_contiguous(memory_format=layout), name
        assert tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size(), name
