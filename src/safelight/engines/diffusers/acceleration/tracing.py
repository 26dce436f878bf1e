"""Converts a network into OpenVINO's own files."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from safelight.engines.diffusers.acceleration.network import Network, Unsuited
from safelight.engines.diffusers.acceleration.toolkit import openvino
from safelight.engines.diffusers.errors import ran_out_of_memory


class _Traced(torch.nn.Module):
    """A network as the module that is traced; its parts are its own, so that their weights are seen."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.parts = torch.nn.ModuleList(network.parts)
        self._compute = network.compute

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self._compute(*inputs)


def convert(network: Network, file: Path, change: Callable[[Any], None] | None = None) -> None:
    """Trace a network whose weights are loaded and write it to `file` (`.xml`), its weights beside it.

    The converted graph shares the module's weights, so that this holds no second copy of them. `change` is done to it
    before it is written.

    Raises:
        Unsuited: It can't be traced, or has operations that OpenVINO has not got.
        RuntimeError: It can't be written, or memory ran out.
    """
    # Tensors made in inference mode can't be traced; what tracing warns of is that sizes might be taken for constant.
    with torch.inference_mode(False), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for weight in (weight for part in network.parts for weight in part.parameters()):
            weight.data = weight.data.contiguous()  # the graph shares their memory, not the order it is read in
        try:
            # Traced here, as the converter would trace it twice to compare.
            traced = torch.jit.trace(_Traced(network), network.examples(), check_trace=False, strict=False)
            model = openvino().convert_model(traced, example_input=network.examples())
        except Exception as error:  # tracer and converter raise what their parts do, which have no common class
            if isinstance(error, MemoryError) or ran_out_of_memory(error):
                raise
            raise Unsuited(f"it can't be converted ({type(error).__name__}: {error})") from error
    _bound(model)
    if change:
        change(model)
    openvino().save_model(model, str(file), compress_to_fp16=False)


def _bound(model: Any) -> None:
    """Keep 64-bit constants within 32 bits: "up to the end" of a slice is 2**63 - 1.

    OpenVINO computes with 32 bits. Where it compiles, it cuts such numbers down to 2**31 - 1; where it imports a blob
    without weights, it takes their lower half, -1, and a slice lacks its last element.
    """
    limits = np.iinfo(np.int32)
    for constant in model.get_ops():
        if constant.get_type_name() == "Constant" and constant.get_element_type() == openvino().Type.i64:
            bounded = np.clip(constant.data, limits.min, limits.max)
            if not np.array_equal(bounded, constant.data):
                constant.output(0).replace(openvino().op.Constant(bounded).output(0))
