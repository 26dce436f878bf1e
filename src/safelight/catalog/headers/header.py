"""What a model file's header says: names, types, shapes and places of its tensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from safelight.domain.models import ModelFormat

BITS: dict[str, int] = {
    "F64": 64,
    "F32": 32,
    "F16": 16,
    "BF16": 16,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "F8_E8M0": 8,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "F4": 4,
    "I64": 64,
    "U64": 64,
    "I32": 32,
    "U32": 32,
    "I16": 16,
    "U16": 16,
    "I8": 8,
    "U8": 8,
    "BOOL": 8,
    "C64": 64,
}
"""Bits per element of every number type, by its safetensors name."""

MAX_DIMENSIONS = 32
MAX_SIDE = 2**63 - 1
MAX_TENSORS = 200_000
"""Bounds on what a header may claim; no real model comes near them."""

_BLOCK_TYPES = ("Q", "IQ", "TQ", "MXFP", "NVFP")
"""What the names of ggml's types that pack numbers in blocks with a scale begin with."""

Scalar = int | float | str | bool


class TensorInfo(NamedTuple):
    """One tensor, without its numbers. A tuple, as a catalog makes millions of them.

    Attributes:
        dtype: Number type by its safetensors name (a key of `BITS`), or by ggml's in a GGUF file (Q8_0, Q4_K, …).
        shape: Sides; empty for a single number.
        offset: Where its first element is, in bytes from the start of the file.
        nbytes: Bytes of the tensor when laid out row by row.
        strides: Steps between elements in elements, only when the file does not store it row by row.
    """

    dtype: str
    shape: tuple[int, ...]
    offset: int
    nbytes: int
    strides: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """All that is known of a model file without reading tensor data.

    Attributes:
        format: How the file is stored.
        tensors: By name, in file order.
        metadata: Free text that the file's author added (safetensors `__metadata__`, GGUF's key-value pairs).
        scalars: Plain values beside the state dict of a checkpoint, such as `global_step`.
        stubs: Names of Python classes that a checkpoint asks for and that were replaced by inert stubs.
        size: Bytes of the whole file.
    """

    format: ModelFormat
    tensors: dict[str, TensorInfo]
    metadata: dict[str, str] = field(default_factory=dict)
    scalars: dict[str, Scalar] = field(default_factory=dict)
    stubs: tuple[str, ...] = ()
    size: int = 0

    def main_dtype(self) -> str | None:
        """Number type of most bytes; of most numbers in blocks where there are any; None when there are no tensors.

        A quantised file keeps in floats what rows are too short for, which may be most of its bytes.
        """
        totals: dict[str, int] = {}
        for tensor in self.tensors.values():
            dtype = tensor.dtype
            totals[dtype] = totals.get(dtype, 0) + tensor.nbytes
        blocks = {dtype: 0 for dtype in totals if is_block_type(dtype)}
        if blocks:
            for tensor in self.tensors.values():
                if tensor.dtype in blocks:
                    blocks[tensor.dtype] += prod(tensor.shape)
            return max(blocks, key=lambda name: blocks[name])
        main = max(totals, key=lambda name: totals[name]) if totals else None
        return self._packed() or main if main == "U8" else main

    def _packed(self) -> str | None:
        """The 4-bit type of bitsandbytes that bytes are in, by the state that it keeps beside each tensor."""
        for name in self.tensors:
            kind = name.partition(".quant_state.bitsandbytes__")[2]
            if kind in {"nf4", "fp4"}:
                return kind.upper()
        return None


def is_block_type(dtype: str) -> bool:
    """Whether a number type, in any case, is one of ggml's that pack numbers in blocks (q8_0, q4_k, iq4_nl, …)."""
    return dtype.upper().startswith(_BLOCK_TYPES)


def tensor_bits(dtype: str, shape: tuple[int, ...]) -> int:
    """Bits that a tensor takes; `dtype` is a key of `BITS`, `shape` is within the bounds above."""
    return prod(shape) * BITS[dtype]


def shown(text: str, limit: int = 80) -> str:
    """`text` from a file made fit for a message: printable and short."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(character if character.isprintable() else "�" for character in cut)
