"""The header of a safetensors file.

Format (https://github.com/huggingface/safetensors#format): 8 bytes little-endian length N, N bytes of JSON from
tensor name to dtype, shape and offsets, then the tensors without gaps. Only the JSON is read.
"""

from __future__ import annotations

import json
import re
from math import prod
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pydantic_core import from_json

from safelight.catalog.headers.files import open_model
from safelight.catalog.headers.header import (
    BITS,
    MAX_DIMENSIONS,
    MAX_SIDE,
    MAX_TENSORS,
    Header,
    TensorInfo,
    shown,
)
from safelight.domain.errors import CorruptFile, UnsupportedModel
from safelight.domain.models import ModelFormat

MAX_HEADER = 100_000_000
"""Longest header in bytes; the same bound as the safetensors library's."""

_LENGTH = 8
_FIELDS = {"dtype", "shape", "data_offsets"}
_QUOTES = 10
_START = b'{"__metadata__":'
_METADATA = re.compile(
    rb'\{"__metadata__":\s*+(\{\s*+(?:"(?:[^"\\]|\\.)*+"\s*+:\s*+"(?:[^"\\]|\\.)*+"\s*+,?\s*+)*+\})', re.DOTALL
)
_PAIRS = json.JSONDecoder(object_pairs_hook=list)
_new = tuple.__new__
_AGAIN = "Download it again, or copy it again from where it is whole."


class Front(NamedTuple):
    """The metadata at the front of a header, and where in its JSON the tensors begin."""

    metadata: dict[str, str]
    end: int


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
    return parse(file.read(length), size, name)


def parse(raw: bytes, size: int, name: str) -> Header:
    """The header of a file of `size` bytes from its JSON; errors as of `read_header`."""
    data_start = _LENGTH + len(raw)
    if front := metadata_in_front(raw):
        tensors = _at_once(raw, front.end, data_start, size)
        if tensors is not None:
            return Header(format=ModelFormat.SAFETENSORS, tensors=tensors, metadata=front.metadata, size=size)
    table = _parse(raw, name)
    metadata = _metadata(table.pop("__metadata__", {}), name)
    if len(table) > MAX_TENSORS:
        raise CorruptFile(f"{name} claims {len(table):,} tensors; {MAX_TENSORS:,} is the most there can be.")
    tensors = {key: _tensor(key, entry, data_start, name) for key, entry in table.items()}
    _check_layout(tensors, data_start, size, name)
    return Header(format=ModelFormat.SAFETENSORS, tensors=tensors, metadata=metadata, size=size)


def metadata_in_front(raw: bytes) -> Front | None:
    """The metadata with which a header begins, as the libraries write it; none of a header without.

    None of a header whose metadata is not as it should be, or stands elsewhere.
    """
    if not raw.startswith(_START):
        return None if _START[1:] in raw else Front({}, 0)
    found = _METADATA.match(raw)
    if found is None:
        return None
    try:
        pairs = _PAIRS.decode(found[1].decode())
    except ValueError:
        return None
    metadata = dict(pairs)
    return Front(metadata, found.end()) if len(metadata) == len(pairs) else None


def _at_once(raw: bytes, start: int, data_start: int, size: int) -> dict[str, TensorInfo] | None:
    """The tensors of a header that is as the libraries write it; None of all others, to look at them closely.

    This is where a catalog of many files spends its time. The parser takes the last of two equal names, so it is the
    number of quotes that says that there are none: ten for each tensor, for its name, three keys and a number type.

    Args:
        raw: All of the JSON.
        start: Where the tensors begin in it.
        data_start: Where the data begin in the file.
        size: Bytes of the file.
    """
    if raw.find(b"\\", start) >= 0:  # it could stand for any letter
        return None
    try:
        table = from_json(raw)
        table.pop("__metadata__", None)
        if raw.count(b'"', start) != _QUOTES * len(table) or len(table) > MAX_TENSORS:
            return None
        tensors, position, ordered = {}, 0, True
        for key, entry in table.items():
            dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
            bits = BITS[dtype]
            for side in shape:
                if type(side) is not int or not 0 <= side <= MAX_SIDE:
                    return None
                bits *= side
            if not (
                type(begin) is int is type(end)
                and type(shape) is list
                and 0 <= begin <= end
                and len(shape) <= MAX_DIMENSIONS
                and bits == (end - begin) * 8
                and len(entry) == len(_FIELDS)
            ):
                return None
            tensors[key] = _new(TensorInfo, (dtype, tuple(shape), data_start + begin, end - begin, None))
            ordered = ordered and begin == position
            position = end
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
    whole = (ordered and data_start + position == size) or _fills(tensors, data_start, size)
    return tensors if whole else None


def _fills(tensors: dict[str, TensorInfo], position: int, size: int) -> bool:
    """Whether tensors fill a file from `position` on in some order, without overlap and without gap."""
    for offset, nbytes in sorted([(tensor[2], tensor[3]) for tensor in tensors.values()]):
        if offset != position:
            return False
        position += nbytes
    return position == size


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
    """One entry of the table. This runs millions of times when a catalog is read: what is wrong is looked for late."""
    try:
        dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]  # type: ignore[index]
        bits = BITS[dtype]
        for side in shape:
            if type(side) is not int or not 0 <= side <= MAX_SIDE:
                raise _wrong(key, entry, name)
        if (
            type(begin) is int is type(end)
            and type(shape) is list
            and 0 <= begin <= end <= MAX_SIDE
            and len(shape) <= MAX_DIMENSIONS
            and bits * prod(shape) == (end - begin) * 8
            and len(entry) == len(_FIELDS)  # type: ignore[arg-type]
        ):
            return TensorInfo(dtype, tuple(shape), data_start + begin, end - begin)
    except (TypeError, KeyError, ValueError):
        pass  # said below
    raise _wrong(key, entry, name)


def _wrong(key: str, entry: object, name: str) -> CorruptFile | UnsupportedModel:
    """Why an entry of the table is none."""
    label = f'{name}, tensor "{shown(key)}"'
    if not isinstance(entry, dict) or entry.keys() != _FIELDS:
        return CorruptFile(f"{label}: needs exactly dtype, shape and data_offsets.")
    dtype = entry["dtype"]
    if not isinstance(dtype, str):
        return CorruptFile(f"{label}: the number type is not text.")
    if dtype not in BITS:
        return UnsupportedModel(f'{label}: number type "{shown(dtype)}" is not known.')
    shape = _naturals(entry["shape"])
    if shape is None or len(shape) > MAX_DIMENSIONS:
        return CorruptFile(f"{label}: the shape is not a short list of whole numbers.")
    offsets = _naturals(entry["data_offsets"])
    if offsets is None or len(offsets) != 2 or offsets[0] > offsets[1]:  # noqa: PLR2004 - a pair
        return CorruptFile(f"{label}: data_offsets is not a start and an end.")
    sides = " x ".join(map(str, shape)) or "1"
    given = offsets[1] - offsets[0]
    return CorruptFile(f"{label}: {sides} numbers of {dtype} do not take the {given:,} bytes it is given.")


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
