"""Model files as the library's conversion takes them: weights only, as safetensors.

It reads every tensor of a pickle, also those of a trainer's callbacks, and aborts on single numbers (0 dimensions). So
checkpoints, and other files with such tensors, are copied first: by our own reader, which executes nothing.
"""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from safelight.catalog.headers import Header, TensorInfo, read_header
from safelight.catalog.headers.header import tensor_bits
from safelight.domain.errors import CorruptFile
from safelight.domain.models import ModelFormat

COPY_ENDING = ".source"
"""Added to the name of a conversion's output for the copy of its source; who ends a conversion removes it."""

_EMA = "model_ema."
_BLOCK = 2**22
_SIZES = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def needs_copy(header: Header) -> bool:
    """Whether a file with this header can't be given to the library as it is."""
    if header.format is ModelFormat.GGUF:
        return False
    return header.format is ModelFormat.CKPT or any(not tensor.shape for tensor in header.tensors.values())


def copy_weights(source: Path, target: Path) -> None:
    """Write the weights of `source` to `target` as safetensors, row by row, without EMA twins and single numbers.

    Raises:
        CorruptFile: The source ends too early.
    """
    header = read_header(source)
    kept = {name: t for name, t in header.tensors.items() if t.shape and not name.startswith(_EMA)}
    table, place = {}, 0
    for name, tensor in kept.items():
        size = tensor_bits(tensor.dtype, tensor.shape) // 8
        table[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [place, place + size]}
        place += size
    described = json.dumps(table).encode()
    described += b" " * (-len(described) % 8)
    with source.open("rb") as read, target.open("wb") as write:
        write.write(len(described).to_bytes(8, "little") + described)
        for name, tensor in kept.items():
            _copy(read, write, name, tensor)
        if write.tell() != 8 + len(described) + place:
            raise CorruptFile(f"{source.name} is truncated.")


def _copy(read: BinaryIO, write: BinaryIO, name: str, tensor: TensorInfo) -> None:
    """One tensor's bytes, put into row order where they are stored otherwise."""
    count = prod(tensor.shape)
    size = tensor_bits(tensor.dtype, tensor.shape) // 8
    read.seek(tensor.offset)
    if tensor.strides is None or not count:
        while size and (data := read.read(min(size, _BLOCK))):
            write.write(data)
            size -= len(data)
        return
    item = size // count
    span = 1 + sum((side - 1) * step for side, step in zip(tensor.shape, tensor.strides, strict=True))
    stored = np.fromfile(read, dtype=_SIZES[item], count=span)
    if len(stored) < span:
        raise CorruptFile(f"The file is truncated in {name}.")
    steps = tuple(step * item for step in tensor.strides)
    write.write(np.lib.stride_tricks.as_strided(stored, tensor.shape, steps).tobytes())
