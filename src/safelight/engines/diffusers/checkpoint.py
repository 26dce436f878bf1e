"""Reads tensors of a model file one by one, straight into the wanted number type and order in memory.

What is stored quantised (GGUF's blocks, 8-bit weights with scales) becomes numbers on the way.

Memory: the tensors asked for, plus the largest of them in its stored type. Every tensor passes through the same
buffer and is allocated once, as it stays: copies that come and go between tensors that stay leave holes in the heap,
which cost more than the copies. Nothing is memory-mapped, so the file's pages do not count as the process's.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from safelight.catalog.headers import TensorInfo, read_header
from safelight.domain.errors import CorruptFile, UnsupportedModel
from safelight.engines.diffusers import quantised

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
KERNEL_DIMENSIONS = 4
"""Of a convolution's weights: outputs, inputs, height, width."""


class CheckpointFile:
    """An open model file: `.safetensors`, `.ckpt` or `.gguf`.

    `names` are those of its tensors, without the scales of others, which are applied when those are read.

    Raises:
        CorruptFile: The header is damaged.
        InvalidInput: A pickle asks for forbidden globals.
        UnsupportedModel: It describes a layout of quantised weights that can't be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header = read_header(path)
        self.names = tuple(name for name in self.header.tensors if not quantised.is_beside(name))
        self._scales = quantised.scales_in(self.header)
        quantised.check_formats(self.header, self._bytes, path.name)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor, without reading it."""
        return self.header.tensors[name].shape

    def read(self, names: Iterable[str], dtype: torch.dtype) -> dict[str, torch.Tensor]:
        """Read tensors; floating and quantised ones as `dtype`, others as stored; four dimensions are channels-last."""
        stored = {name: self._stored(name) for name in names}
        buffer = torch.empty(max((_span(info, kind) for info, kind in stored.values()), default=0), dtype=torch.uint8)
        tensors = {}
        with self.path.open("rb", buffering=0) as file:
            for name, (info, kind) in stored.items():
                layout = torch.channels_last if len(info.shape) == KERNEL_DIMENSIONS else torch.contiguous_format
                scales = self._scales.get(name)
                number = kind is None or kind.is_floating_point or scales is not None
                tensor = torch.empty(info.shape, dtype=dtype if number or kind is None else kind, memory_format=layout)
                raw = self._fetch(file, name, buffer[: _span(info, kind)])
                if kind is None:
                    quantised.dequantise(raw, info.dtype, tensor)
                else:
                    tensor.copy_(_viewed(raw, info, kind))
                if scales is not None:
                    factors = self.read([scales], torch.float32)[scales]
                    quantised.scale(tensor, factors, name)
                tensors[name] = tensor
        return tensors

    def _stored(self, name: str) -> tuple[TensorInfo, torch.dtype | None]:
        """Where a tensor is and what its numbers are; None for blocks of GGUF."""
        info = self.header.tensors[name]
        if info.dtype not in _TORCH and info.dtype not in quantised.BLOCK_TYPES:
            raise UnsupportedModel(f"{self.path.name} stores {name} as {info.dtype}, which this engine can't read.")
        return info, _TORCH.get(info.dtype)

    def _fetch(self, file: io.FileIO, name: str, buffer: torch.Tensor) -> torch.Tensor:
        """Fill `buffer` with the tensor's bytes."""
        target = memoryview(buffer.numpy().data)
        file.seek(self.header.tensors[name].offset)
        done = 0
        while done < len(target):
            count = file.readinto(target[done : done + _READ_BYTES])
            if not count:
                raise CorruptFile(f"{self.path.name} is truncated: {name} ends after {done:,} bytes.")
            done += count
        return buffer

    def _bytes(self, name: str) -> bytes:
        info, kind = self._stored(name)
        with self.path.open("rb", buffering=0) as file:
            return self._fetch(file, name, torch.empty(_span(info, kind), dtype=torch.uint8)).numpy().tobytes()


class Shards:
    """Files that hold one component's tensors together, as if they were one; see `CheckpointFile`."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._places = {name: file for file in map(CheckpointFile, paths) for name in file.names}
        self.path, self.names = paths[0], tuple(self._places)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor, without reading it."""
        return self._places[name].shape(name)

    def read(self, names: Iterable[str], dtype: torch.dtype) -> dict[str, torch.Tensor]:
        """Read tensors, file by file."""
        wanted: dict[CheckpointFile, list[str]] = {}
        for name in names:
            wanted.setdefault(self._places[name], []).append(name)
        return {name: tensor for file, some in wanted.items() for name, tensor in file.read(some, dtype).items()}


@dataclass(frozen=True)
class Section:
    """The tensors of a file whose names begin alike, called by what follows."""

    file: CheckpointFile | Shards
    prefix: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names without the prefix."""
        return tuple(name[len(self.prefix) :] for name in self.file.names if name.startswith(self.prefix))

    def has(self, beginning: str) -> bool:
        """Whether a name begins so."""
        return any(name.startswith(beginning) for name in self.names)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor, without reading it."""
        return self.file.shape(self.prefix + name)

    def below(self, prefix: str) -> Section:
        """The part of it whose names begin with `prefix`."""
        return Section(self.file, self.prefix + prefix)

    def read(self, dtype: torch.dtype, names: Iterable[str] | None = None) -> dict[str, torch.Tensor]:
        """Read all tensors, or some; see `CheckpointFile.read`."""
        wanted = [self.prefix + name for name in (self.names if names is None else names)]
        return {name[len(self.prefix) :]: tensor for name, tensor in self.file.read(wanted, dtype).items()}


def _span(info: TensorInfo, kind: torch.dtype | None) -> int:
    """Bytes from the first element to the last in the file, where they may lie in any order."""
    if kind is None:
        return info.nbytes
    if info.strides is None or 0 in info.shape:
        return math.prod(info.shape) * kind.itemsize
    return kind.itemsize * (1 + sum((side - 1) * step for side, step in zip(info.shape, info.strides, strict=True)))


def _viewed(raw: torch.Tensor, info: TensorInfo, kind: torch.dtype) -> torch.Tensor:
    flat = raw.view(kind)
    return flat.view(info.shape) if info.strides is None else flat.as_strided(info.shape, info.strides)
