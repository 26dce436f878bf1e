"""How published tensors are stored: number types, quantisation, prefixes; and sparse files with real headers."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path

from tests.unit.catalog.published.originals import Shapes

from safelight.catalog.headers.gguf import BLOCKS

Stored = dict[str, tuple[str, tuple[int, ...]]]
"""Name → number type by its safetensors or ggml name, and shape."""

_BYTES = {"F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "I8": 1, "U8": 1, "I64": 8}
_GGML = {name: (number, block, size) for number, (name, block, size) in BLOCKS.items()}
_MATRIX = 2
_MOST = 4


def plain(shapes: Shapes, dtype: str = "F16") -> Stored:
    """Every tensor in one number type."""
    return {name: (dtype, shape) for name, shape in shapes.items()}


def scaled_fp8(shapes: Shapes, root: str = "") -> Stored:
    """ComfyUI's scaled fp8: matrices in 8 bits, a scale beside each, and a marker."""
    stored: Stored = {f"{root}scaled_fp8": ("F8_E4M3", (2,))}
    for name, shape in shapes.items():
        matrix = len(shape) == _MATRIX and name.endswith(".weight")
        stored[name] = ("F8_E4M3" if matrix else "BF16", shape)
        if matrix:
            stored[f"{name.removesuffix('weight')}scale_weight"] = ("F32", (1,))
    return stored


def fp8(shapes: Shapes) -> Stored:
    """Every tensor cast to 8 bits, as in the first fp8 files."""
    return plain(shapes, "F8_E4M3")


def nf4(shapes: Shapes) -> Stored:
    """Bitsandbytes' nf4: matrices as a column of packed pairs, with their quantisation state beside them."""
    stored: Stored = {}
    for name, shape in shapes.items():
        if len(shape) != _MATRIX or not name.endswith(".weight") or prod(shape) % 4096:
            stored[name] = ("BF16", shape)
            continue
        stored[name] = ("U8", (prod(shape) // 2, 1))
        stored[f"{name}.absmax"] = ("U8", (prod(shape) // 64,))
        stored[f"{name}.quant_map"] = ("F32", (16,))
        stored[f"{name}.nested_absmax"] = ("F32", (prod(shape) // 64 // 256 + 1,))
        stored[f"{name}.nested_quant_map"] = ("F32", (256,))
        stored[f"{name}.quant_state.bitsandbytes__nf4"] = ("U8", (90,))
    return stored


def int8(shapes: Shapes) -> Stored:
    """Bitsandbytes' int8: matrices in 8 bits with a scale for every row."""
    stored: Stored = {}
    for name, shape in shapes.items():
        matrix = len(shape) == _MATRIX and name.endswith(".weight")
        stored[name] = ("I8" if matrix else "F16", shape)
        if matrix:
            stored[f"{name.removesuffix('weight')}SCB"] = ("F32", (shape[0],))
            stored[f"{name}_format"] = ("U8", ())
    return stored


def blocks(shapes: Shapes, kind: str) -> Stored:
    """GGUF: matrices with whole rows of blocks in `kind`, the rest in F16; kernels of five sides merged to four."""
    stored: Stored = {}
    for name, shape in shapes.items():
        sides = shape if len(shape) <= _MOST else (shape[0] * shape[1], *shape[2:])
        whole = len(sides) == _MATRIX and sides[-1] % _GGML[kind][1] == 0
        stored[name] = (kind if whole else "F16", sides)
    return stored


def write_safetensors(path: Path, stored: Stored, metadata: Mapping[str, str] | None = None) -> None:
    """A sparse safetensors file: a real header, and a hole for the data."""
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, (dtype, shape) in stored.items():
        start, end = end, end + _BYTES[dtype] * prod(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    raw = json.dumps(header, separators=(",", ":")).encode()
    with path.open("wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        file.truncate(8 + len(raw) + end)


def write_gguf(path: Path, stored: Stored, architecture: str = "") -> None:
    """A sparse GGUF file: a real header, and a hole for the data."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    pairs = text("general.architecture") + struct.pack("<I", 8) + text(architecture) if architecture else b""
    raw = [b"GGUF", struct.pack("<IQQ", 3, len(stored), 1 if pairs else 0), pairs]
    offset = 0
    for name, (dtype, shape) in stored.items():
        number, block, size = _GGML[dtype]
        raw.append(text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *reversed(shape), number, offset))
        offset += -(-prod(shape) // block * size // 32) * 32
    start = b"".join(raw)
    with path.open("wb") as file:
        file.write(start + bytes(-len(start) % 32))
        file.truncate(-(-len(start) // 32) * 32 + offset)
