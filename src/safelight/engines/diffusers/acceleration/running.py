"""Runs a converted network: one compiled request for each shape of its inputs, the last used ones kept."""

from __future__ import annotations

import io
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import torch

from safelight.engines.diffusers.acceleration.cache import Entry
from safelight.engines.diffusers.acceleration.memory import release_pages
from safelight.engines.diffusers.acceleration.network import Network
from safelight.engines.diffusers.acceleration.toolkit import core
from safelight.engines.diffusers.acceleration.tracing import convert

log = logging.getLogger(__name__)

_HELD, _MOST = 10**9, 8
"""Bytes of weights that a network's compiled shapes may hold together, each its own copy; and how many there are."""

_PRECISIONS = {torch.bfloat16: "bf16", torch.float32: "f32"}
Shapes = tuple[tuple[int, ...], ...]


class Runner:
    """One network, on one of OpenVINO's devices.

    Args:
        network: What is run.
        entry: Where it is kept.
        device: OpenVINO's name of the device.
        change: What is done to its graph before it is kept.
    """

    def __init__(
        self, network: Network, entry: Entry, device: str, change: Callable[[Any], None] | None = None
    ) -> None:
        self._network, self._entry, self._device, self._change = network, entry, device, change
        self._requests: OrderedDict[Shapes, Any] = OrderedDict()
        # torch was told, or has found out, how many cores there are for this process.
        self._options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": _PRECISIONS[network.dtype],
            "PERFORMANCE_HINT": "LATENCY",
            "CACHE_MODE": "OPTIMIZE_SIZE",
        }
        if device.startswith("GPU") and network.dtype != torch.float32:
            self._options["INFERENCE_PRECISION_HINT"] = "f16"  # GPUs of Intel's have no bf16 in OpenVINO
        if device == "CPU":
            self._options |= {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "ENABLE_CPU_PINNING": False}

    def is_ready_for(self, inputs: Sequence[torch.Tensor]) -> bool:
        """Whether these inputs can be computed without compiling."""
        return _shapes(inputs) in self._requests

    @property
    def kept(self) -> bool:
        """Whether the converted network is on the disk."""
        return self._entry.ready

    def keep(self) -> None:
        """Convert the network, whose modules have their weights, and put it on the disk.

        Raises:
            Unsuited: OpenVINO can't convert it.
            StorageFailed: The disk did not take it.
        """
        weights = (weight for part in self._network.parts for weight in part.parameters())
        self._entry.write(
            lambda file: convert(self._network, file, self._change), room=sum(weight.nbytes for weight in weights)
        )

    def release(self) -> None:
        """Give back the memory of what is compiled."""
        self._requests.clear()

    def forget(self) -> None:
        """Take it from the disk."""
        self.release()
        self._entry.drop()

    def prepare(self, inputs: Sequence[torch.Tensor]) -> None:
        """Compile the kept network for the shapes of these inputs, or read what was compiled for them before.

        Raises:
            RuntimeError: OpenVINO can't read or compile it.
        """
        shapes = _shapes(inputs)
        room = min(_MOST, max(1, _HELD // max(1, self._weight)))
        while len(self._requests) >= room:  # before, so that no more copies than these are ever held
            self._requests.popitem(last=False)
        self._requests[shapes] = self._compiled(shapes).create_infer_request()
        release_pages(self._entry.weights)  # the compiled network has its own copy, in the order it computes in
        self._entry.used()

    def __call__(self, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Compute inputs that were prepared for."""
        shapes = _shapes(inputs)
        request = self._requests[shapes]
        self._requests.move_to_end(shapes)
        arrays = [_plain(tensor).numpy() for tensor in inputs]
        request.infer(arrays, share_inputs=True)
        # Copied: the next run writes into the same memory.
        outputs = range(len(request.model_outputs))
        return [torch.from_numpy(request.get_output_tensor(index).data).clone() for index in outputs]

    def _compiled(self, shapes: Shapes) -> Any:
        processor = core().get_property(self._device, "FULL_DEVICE_NAME")
        name = f"{shapes} {self._device} {processor} {sorted(self._options.items())}"
        blob = self._entry.blob(name)
        if blob is not None:
            try:
                options = self._options | {"WEIGHTS_PATH": str(self._entry.weights)}
                return core().import_model(io.BytesIO(blob), self._device, options)
            except RuntimeError as error:  # another build of the library, or one without this ability
                log.info("What was compiled of %s can't be used and is compiled again: %s", self._network.name, error)
                self._entry.drop_blob(name)
        model = core().read_model(str(self._entry.graph))
        model.reshape({index: list(shape) for index, shape in enumerate(shapes)})
        compiled = core().compile_model(model, self._device, self._options)
        if self._network.keeps_compiled:
            self._entry.keep_blob(name, compiled.export_model().getbuffer())
        return compiled

    @property
    def _weight(self) -> int:
        try:
            return self._entry.weights.stat().st_size
        except OSError:
            return 0


def _shapes(inputs: Sequence[torch.Tensor]) -> Shapes:
    return tuple(tuple(tensor.shape) for tensor in inputs)


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    kind = torch.float32 if tensor.is_floating_point() else torch.int64
    return tensor.detach().to(kind).contiguous()
