"""How large a converted file becomes: the library's rules on which tensors it converts, without the library."""

from __future__ import annotations

import re
from math import prod

from safelight.catalog.headers import Header
from safelight.catalog.headers.gguf import BLOCKS
from safelight.domain.conversion import Conversion

_KEPT_ENDINGS = (".bias", ".scale")
_KEPT = (
    "img_in.",
    "txt_in.",
    "time_in.",
    "vector_in.",
    "guidance_in.",
    "final_layer.",
    "x_embedder.",
    "t_embedder.",
    "y_embedder.",
    "pos_embed",
    "context_embedder.",
    "time_embed.",
    "label_emb.",
    "embedding",
)
"""Names of what stays as it is: `ModelLoader::tensor_should_be_converted` in `model.cpp`."""

_STORED_WIDER = {"F64": "F32", "I64": "I32", "F8_E4M3": "F16", "F8_E5M2": "F16"}
_SIZES = {name: (elements, size) for name, elements, size in BLOCKS.values()}
QUANTISED = frozenset(name for name, (elements, _) in _SIZES.items() if elements > 1)
"""Types that have lost what floats held."""

_TABLE_ENTRY = 128


def converted_bytes(header: Header, order: Conversion, vae: Header | None = None) -> int:
    """Bytes of the file that `order` makes of a source with this header, to within a few per cent; never too small."""
    total = 0
    for part in (header, *((vae,) if vae else ())):
        for name, tensor in part.tensors.items():
            kind = target_type(name, tensor.shape, tensor.dtype, order)
            elements, size = _SIZES.get(kind, (1, 4))
            total += -(-prod(tensor.shape) // elements) * size + _TABLE_ENTRY + len(name)
    return total


def target_type(name: str, shape: tuple[int, ...], dtype: str, order: Conversion) -> str:
    """The type that a tensor is stored in, by ggml's name."""
    wanted = next((rule.type for rule in order.rules if re.search(rule.pattern, name)), order.type)
    kept = name.endswith(_KEPT_ENDINGS) or any(part in name for part in _KEPT)
    blocks, _ = _SIZES[wanted.value.upper()]
    if kept or not shape or (blocks > 1 and shape[-1] % blocks):
        return _STORED_WIDER.get(dtype, dtype)
    return wanted.value.upper()
