"""Looks at some of the numbers in a model's tensors: zeros where weights should be, and what is no number.

A header can be in order over data that never arrived. Of every tensor that is large enough to be a weight (biases and
fresh LoRA halves are zeros by right) three short blocks are read, so that a file of any size takes a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from safelight.catalog.headers import read_header
from safelight.catalog.headers.files import open_model
from safelight.catalog.headers.header import Header, TensorInfo, is_block_type, shown
from safelight.domain.errors import CorruptFile
from safelight.domain.values import Value

_BLOCK = 4096
_SMALLEST = 4096
"""Bytes of a tensor from which on it counts as a weight."""

_MOST = 512
"""Tensors of a file that are looked at, spread evenly over it."""

_FLOATS = {
    "F64": ("<u8", 0x7FFF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000),
    "F32": ("<u4", 0x7FFF_FFFF, 0x7F80_0000),
    "F16": ("<u2", 0x7FFF, 0x7C00),
    "BF16": ("<u2", 0x7FFF, 0x7F80),
}
"""Number type → its bits as an integer, which of them are not the sign, and the greatest of those that is a number
(infinity included: masks of text encoders hold it)."""


class Looked(Value):
    """What was looked at in a model's files.

    Attributes:
        tensors: How many they hold.
        looked_at: Of how many some numbers were looked at.
        doubts: What is allowed, but odd; one sentence each.
    """

    tensors: int = 0
    looked_at: int = 0
    doubts: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What was looked at, and what was not, for people."""
        return (
            f"Some numbers of {self.looked_at:,} of {self.tensors:,} tensors were looked at, for zeros and NaN; "
            "whether they are the numbers that were published, only the SHA-256 tells."
        )


def look(files: Sequence[Path]) -> Looked:
    """Read headers and look at some numbers of every file.

    Raises:
        CorruptFile: A file is truncated or damaged, holds zeros only, or what is no number.
        NotFound, InvalidInput, UnsupportedModel: As reading a header raises.
    """
    tensors, looked_at, doubts = 0, 0, []
    for path in files:
        header = read_header(path)
        weights = _weights(header)
        name = shown(path.name)
        with open_model(path) as (file, _):
            blocks = {tensor: _blocks(file, header.tensors[tensor]) for tensor in weights}
        empty = [tensor for tensor, parts in blocks.items() if not any(part.strip(b"\0") for part in parts)]
        wrong = [tensor for tensor, parts in blocks.items() if _has_nan(header.tensors[tensor].dtype, parts)]
        if wrong:
            raise CorruptFile(
                f"{name} holds what is no number (NaN), in {_some(wrong)}.", hint="Get it again, or another version."
            )
        if weights and len(empty) == len(weights):
            raise CorruptFile(f"{name} holds zeros where its weights should be.", hint="Download it again.")
        if empty:
            doubts.append(f"{len(empty)} of {len(weights)} tensors of {name} seem to hold zeros only: {_some(empty)}.")
        tensors, looked_at = tensors + len(header.tensors), looked_at + len(weights)
    return Looked(tensors=tensors, looked_at=looked_at, doubts=tuple(doubts))


def _weights(header: Header) -> list[str]:
    """Names of the tensors to look at."""
    found = [
        name
        for name, tensor in header.tensors.items()
        if tensor.nbytes >= _SMALLEST
        and tensor.strides is None
        and (tensor.dtype in _FLOATS or is_block_type(tensor.dtype))
    ]
    return found[:: -(-len(found) // _MOST)] if found else []


def _blocks(file: BinaryIO, tensor: TensorInfo) -> list[bytes]:
    """The beginning, the middle and the end of a tensor, on borders of its numbers."""
    last = max(0, tensor.nbytes - _BLOCK)
    blocks = []
    for start in (0, last // 2, last):
        file.seek(tensor.offset + start // 8 * 8)
        blocks.append(file.read(min(_BLOCK, tensor.nbytes)))
    return blocks


def _has_nan(dtype: str, blocks: Sequence[bytes]) -> bool:
    if dtype not in _FLOATS:
        return False
    import numpy as np  # noqa: PLC0415 - what looks into no file starts faster without

    kind, unsigned, greatest = _FLOATS[dtype]
    return any(bool(((np.frombuffer(block, kind) & unsigned) > greatest).any()) for block in blocks)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f'"{shown(names[0])}"{more}'
