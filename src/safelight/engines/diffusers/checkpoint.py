"""Reads tensors of a checkpoint one by one, straight into the wanted number type and order in memory.

Memory: the tensors asked for, plus the largest of them in its stored type. Every tensor passes through the same
buffer and is allocated once, as it stays: copies that come and go between tensors that stay leave holes in the heap,
which cost more than the copies. Nothing is memory-mapped, so the file's pages do not count as the process's.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from pathlib import Path

import torch

from safelight.catalog.headers import TensorInfo, read_header
from safelight.domain.errors import CorruptFile, UnsupportedModel

_TORCH = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}

_READ_BYTES = 2**30
_KERNEL_DIMENSIONS = 4
"""Of a convolution's weights: outputs, inputs, height, width."""


class CheckpointFile:
    """An open checkpoint, `.safetensors` or `.ckpt`.

    Raises:
        CorruptFile: The header is damaged.
        InvalidInput: A pickle asks for forbidden globals.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header = read_header(path)
        self.names = tuple(self.header.tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor, without reading it."""
        return self.header.tensors[name].shape

    def read(self, names: Iterable[str], dtype: torch.dtype) -> dict[str, torch.Tensor]:
        """Read tensors; floating ones as `dtype`, others as stored. Those of four dimensions are channels-last."""
        stored = {name: self._stored(name) for name in names}
        buffer = torch.empty(
            max((_span(info) * kind.itemsize for info, kind in stored.values()), default=0), dtype=torch.uint8
        )
        tensors = {}
        with self.path.open("rb", buffering=0) as file:
            for name, (info, kind) in stored.items():
                layout = torch.channels_last if len(info.shape) == _KERNEL_DIMENSIONS else torch.contiguous_format
                tensors[name] = torch.empty(
                    info.shape, dtype=dtype if kind.is_floating_point else kind, memory_format=layout
                )
                tensors[name].copy_(self._fetch(file, name, info, kind, buffer))
        return tensors

    def _stored(self, name: str) -> tuple[TensorInfo, torch.dtype]:
        info = self.header.tensors[name]
        if info.dtype not in _TORCH:
            raise UnsupportedModel(f"{self.path.name} stores {name} as {info.dtype}, which this engine can't read.")
        return info, _TORCH[info.dtype]

    def _fetch(
        self, file: io.FileIO, name: str, info: TensorInfo, kind: torch.dtype, buffer: torch.Tensor
    ) -> torch.Tensor:
        """The tensor as stored, in the buffer's memory."""
        taken = buffer[: _span(info) * kind.itemsize]
        target = memoryview(taken.numpy().data)
        file.seek(info.offset)
        done = 0
        while done < len(target):
            count = file.readinto(target[done : done + _READ_BYTES])
            if not count:
                raise CorruptFile(f"{self.path.name} is truncated: {name} ends after {done:,} bytes.")
            done += count
        flat = taken.view(kind)
        return flat.view(info.shape) if info.strides is None else flat.as_strided(info.shape, info.strides)


def _span(info: TensorInfo) -> int:
    """Elements from the first to the last in the file, which may lie in any order."""
    if info.strides is None or 0 in info.shape:
        return math.prod(info.shape)
    return 1 + sum((length - 1) * step for length, step in zip(info.shape, info.strides, strict=True))
