"""The header of a safetensors file.

Format (https://github.com/huggingface/safetensors#format): 8 bytes little-endian length N, N bytes of JSON from
tensor name to dtype, shape and offsets, then the tensors without gaps. Only the JSON is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

from safelight.catalog.headers.files import open_model
from safelight.catalog.headers.header import (
    BITS,
    MAX_DIMENSIONS,
    MAX_SIDE,
    MAX_TENSORS,
    Header,
    TensorInfo,
    shown,
    tensor_bits,
)
from safelight.domain.errors import CorruptFile, UnsupportedModel
from safelight.domain.models import ModelFormat

MAX_HEADER = 100_000_000
"""Longest header in bytes; the same bound as the safetensors library's."""

_LENGTH = 8
_FIELDS = {"dtype", "shape", "data_offsets"}
_AGAIN = "Download it again, or copy it again from where it is whole."


def read_header(path: Path) -> Header:
    """Read the header of a safetensors file.

    Raises:
        CorruptFile: The file is truncated or its header is not what the format demands.
        UnsupportedModel: A tensor has a number type that is not known here.
        NotFound, InvalidInput: The file could not be opened.
    """
    with open_model(path) as (file, size):
        return read(file, size, shown(path.name))


def read(file: BinaryIO, size: int, name: str) -> Header:
    """Read the header of an open file of `size` bytes that messages call `name`; errors as of `read_header`."""
    start = file.read(_LENGTH)
    if len(start) < _LENGTH:
        raise CorruptFile(f"{name} is truncated: it has only {size:,} bytes.", hint=_AGAIN)
    length = int.from_bytes(start, "little")
    if length > MAX_HEADER:
        raise CorruptFile(f"{name} claims a header of {length:,} bytes; {MAX_HEADER:,} is the most there can be.")
    if _LENGTH + length > size:
        raise CorruptFile(
            f"{name} is truncated: its header alone takes {_LENGTH + length:,} bytes, the file has {size:,}.",
            hint=_AGAIN,
        )
    raw = file.read(length)
    table = _parse(raw, name)
    metadata = _metadata(table.pop("__metadata__", {}), name)
    if len(table) > MAX_TENSORS:
        raise CorruptFile(f"{name} claims {len(table):,} tensors; {MAX_TENSORS:,} is the most there can be.")
    data_start = _LENGTH + length
    tensors = {key: _tensor(key, entry, data_start, name) for key, entry in table.items()}
    _check_layout(tensors, data_start, size, name)
    return Header(format=ModelFormat.SAFETENSORS, tensors=tensors, metadata=metadata, size=size)


def _parse(raw: bytes, name: str) -> dict[str, object]:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        table = dict(pairs)
        if len(table) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise CorruptFile(f'{name} has the name "{shown(twice)}" twice in its header.')
        return table

    try:
        table = json.loads(raw.decode("utf-8"), object_pairs_hook=unique)
    except RecursionError:
        raise CorruptFile(f"{name} has a header that is nested too deeply.") from None
    except ValueError:
        raise CorruptFile(f"{name} has a header that is not valid JSON.", hint=_AGAIN) from None
    if not isinstance(table, dict):
        raise CorruptFile(f"{name} has a header that is not a table of tensors.")
    return table


def _metadata(entry: object, name: str) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise CorruptFile(f"{name} has metadata that is not a table.")
    metadata: dict[str, str] = {}
    for key, value in entry.items():
        if not isinstance(value, str):
            raise CorruptFile(f'{name} has metadata "{shown(key)}" that is not text.')
        metadata[key] = value
    return metadata


def _tensor(key: str, entry: object, data_start: int, name: str) -> TensorInfo:
    """One entry of the table, checked. This runs millions of times when a catalog is read: messages are made late."""
    if not isinstance(entry, dict) or entry.keys() != _FIELDS:
        raise CorruptFile(f"{_label(name, key)}: needs exactly dtype, shape and data_offsets.")
    dtype = entry["dtype"]
    if not isinstance(dtype, str):
        raise CorruptFile(f"{_label(name, key)}: the number type is not text.")
    if dtype not in BITS:
        raise UnsupportedModel(f'{_label(name, key)}: number type "{shown(dtype)}" is not known.')
    shape = _naturals(entry["shape"])
    if shape is None or len(shape) > MAX_DIMENSIONS:
        raise CorruptFile(f"{_label(name, key)}: the shape is not a short list of whole numbers.")
    offsets = _naturals(entry["data_offsets"])
    if offsets is None or len(offsets) != 2 or offsets[0] > offsets[1]:  # noqa: PLR2004 - a pair
        raise CorruptFile(f"{_label(name, key)}: data_offsets is not a start and an end.")
    begin, end = offsets
    bits = tensor_bits(dtype, shape)
    if bits != (end - begin) * 8:
        sides = " x ".join(map(str, shape)) or "1"
        raise CorruptFile(
            f"{_label(name, key)}: {sides} numbers of {dtype} do not take the {end - begin:,} bytes it is given."
        )
    return TensorInfo(dtype=dtype, shape=shape, offset=data_start + begin, nbytes=end - begin)


def _label(name: str, key: str) -> str:
    return f'{name}, tensor "{shown(key)}"'


def _naturals(value: object) -> tuple[int, ...] | None:
    if not isinstance(value, list):
        return None
    for number in value:
        if type(number) is not int or not 0 <= number <= MAX_SIDE:
            return None
    return tuple(value)


def _check_layout(tensors: dict[str, TensorInfo], data_start: int, size: int, name: str) -> None:
    """Tensors must fill the rest of the file in some order, without overlap and without gap."""
    end = max((tensor.offset + tensor.nbytes for tensor in tensors.values()), default=data_start)
    if end > size:
        raise CorruptFile(
            f"{name} is truncated: its header promises {end:,} bytes, the file has {size:,}.", hint=_AGAIN
        )
    position = data_start
    for key, tensor in sorted(tensors.items(), key=lambda item: (item[1].offset, item[1].nbytes)):
        if tensor.offset != position:
            fault = "overlaps the tensor before it" if tensor.offset < position else "leaves a gap before it"
            raise CorruptFile(f'{name}, tensor "{shown(key)}": {fault}.')
        position += tensor.nbytes
    if position < size:
        raise CorruptFile(f"{name} has {size - position:,} bytes more than its header describes.", hint=_AGAIN)
