"""Weights that are stored in fewer bits than they are computed with, and how they become numbers again.

Two ways of storing them are read: the block types of GGUF, through the `gguf` package, and 8-bit weights of
safetensors with a scale beside them. Of the latter there is `<layer>.scale_weight` with a marker `scaled_fp8` (first
seen in ComfyUI's own fp8 files) and `<layer>.weight_scale` with a description `<layer>.comfy_quant` or in the metadata
(https://github.com/comfyanonymous/ComfyUI/blob/master/QUANTIZATION.md); a weight is its stored value times its scale.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize

from safelight.catalog.headers import Header
from safelight.domain.errors import UnsupportedModel

_AT_ONCE = 2**15
"""Elements dequantised at once: what `gguf` does with them stays in a core's cache, and torch copies so few of them
without its threads, which on a busy machine wait for each other far longer than the copy takes."""

_PLAIN = {"F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"}
BLOCK_TYPES = {kind.name: kind for kind in GGMLQuantizationType if kind.name not in _PLAIN}
"""GGUF's quantised types by the name that a header has for them."""

_SCALES = (".weight_scale", ".scale_weight")
_SIDE = (*_SCALES, ".input_scale", ".scale_input", ".comfy_quant")
_MARKER = "scaled_fp8"
_FORMATS = frozenset(
    {
        "float8_e4m3fn",
        "float8_e4m3fn_rowwise",
        "float8_e4m3fn_blockwise",
        "float8_e5m2",
        "int8_tensorwise",
        "int8_blockwise",
    }
)
_METADATA = "_quantization_metadata"


def dequantise(raw: torch.Tensor, kind: str, into: torch.Tensor) -> None:
    """Fill `into`, of any floating type and order in memory, from the blocks in `raw` (uint8, as stored).

    Goes by slabs of the first side that hold whole blocks, so it needs hardly any memory of its own.

    Raises:
        UnsupportedModel: The `gguf` package has no formula for this type.
    """
    ggml = BLOCK_TYPES[kind]
    block, block_bytes = GGML_QUANT_SIZES[ggml]
    rows = into.shape[0] if into.dim() else 1
    per_row = into.numel() // max(rows, 1)
    whole = block // math.gcd(block, max(per_row, 1))
    step = max(whole, _AT_ONCE // max(per_row, 1) // whole * whole)
    stored = raw.numpy()
    for first in range(0, rows, step):
        last = min(first + step, rows)
        begin, end = (row * per_row // block * block_bytes for row in (first, last))
        try:
            numbers = dequantize(stored[begin:end].reshape(1, -1), ggml)
        except NotImplementedError as error:
            raise UnsupportedModel(f"Its weights are stored as {kind}, which this engine can't read.") from error
        slab = into[first:last]
        slab.copy_(torch.from_numpy(np.ascontiguousarray(numbers)).view(slab.shape))


def scale(into: torch.Tensor, scales: torch.Tensor, name: str) -> None:
    """Multiply a weight, already in its final type, by its scale: one number, one a row, or one a block of rows.

    Raises:
        UnsupportedModel: The scales' shape fits the weight's in none of these ways.
    """
    rows = into.shape[0] if into.dim() else 1
    if scales.numel() == 1:
        into.mul_(scales.reshape(()))
    elif scales.numel() == rows:
        into.mul_(scales.reshape(rows, *[1] * (into.dim() - 1)))
    elif scales.dim() == into.dim() == 2 and not any(a % b for a, b in zip(into.shape, scales.shape, strict=True)):  # noqa: PLR2004 - matrices
        tall, wide = (a // b for a, b in zip(into.shape, scales.shape, strict=True))
        for index, row in enumerate(scales):
            into[index * tall : (index + 1) * tall].mul_(row.repeat_interleave(wide))
    else:
        shapes = f"{tuple(scales.shape)} for a weight of {tuple(into.shape)}"
        raise UnsupportedModel(f"The scales of {name} have a shape that this engine can't read: {shapes}.")


def scales_in(header: Header) -> dict[str, str]:
    """Weight → its scale, by their names in a file."""
    found = {}
    for name in header.tensors:
        layer, weight = name.removesuffix("weight"), name.endswith(".weight")
        mine = [layer + end[1:] for end in _SCALES if layer + end[1:] in header.tensors] if weight else []
        if mine:
            found[name] = mine[0]
    return found


def is_beside(name: str) -> bool:
    """Whether a tensor only says something about another one."""
    return name.endswith(_SIDE) or name.rpartition(".")[2] == _MARKER


def check_formats(header: Header, read: Callable[[str], bytes], file: str) -> None:
    """Raise UnsupportedModel where a file describes a layout of its weights that is not among those read here.

    Args:
        header: The file's header.
        read: Gives the bytes of a tensor, by its name.
        file: What messages call the file.
    """
    layers = _json(header.metadata.get(_METADATA, "{}")).get("layers", {})
    described = dict(layers) if isinstance(layers, Mapping) else {}
    for name in header.tensors:
        if name.endswith(".comfy_quant"):
            described[name.removesuffix(".comfy_quant")] = _json(read(name))
    for layer, said in described.items():
        layout = said.get("format") if isinstance(said, Mapping) else None
        turned = isinstance(said, Mapping) and (said.get("convrot") or _inner(said).get("convrot"))
        if layout not in _FORMATS or turned:
            what = f"{layout} with rotated weights" if turned else layout or "in a way that it does not name"
            raise UnsupportedModel(f"{file} stores {layer} as {what}, which this engine can't read.")


def _inner(said: Mapping[str, object]) -> Mapping[str, object]:
    params = said.get("params")
    return params if isinstance(params, Mapping) else {}


def _json(text: str | bytes) -> Mapping[str, object]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}
