"""The header of a GGUF file: metadata and the table of tensors.

Format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): magic, version, counts, key-value pairs, tensor
table, padding, data. Long arrays (a language model's vocabulary) are passed over by seeking. Sides are stored fastest
first and are turned into torch's order; a shape that ComfyUI-GGUF had to change (`comfy.gguf.orig_shape.<name>`, by its
`tools/convert.py`) is given back.
"""

from __future__ import annotations

import struct
from math import prod
from pathlib import Path
from typing import BinaryIO

from safelight.catalog.headers.files import open_model
from safelight.catalog.headers.header import MAX_DIMENSIONS, MAX_SIDE, MAX_TENSORS, Header, TensorInfo, shown
from safelight.domain.errors import CorruptFile, UnsupportedModel
from safelight.domain.models import ModelFormat

BLOCKS: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}
"""ggml's number of a type → its name, elements and bytes of a block (`gguf.GGML_QUANT_SIZES`)."""

MAX_PAIRS = 100_000
MAX_STRINGS = 4_000_000
"""Strings in all arrays together; the largest vocabularies have a few hundred thousand."""

MAX_TABLE = 64_000_000
"""Bytes before the data that are looked at; what is passed over by seeking does not count."""

_MAX_NAME = 65_535
_MAX_KEPT = 65_536
_MAX_NESTED = 4
_CHUNK = 1 << 18
_STRING, _ARRAY = 8, 9
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_ORIGINAL = "comfy.gguf.orig_shape."
_AGAIN = "Download it again, or copy it again from where it is whole."


def read_header(path: Path) -> Header:
    """Read the header of a GGUF file.

    Raises:
        CorruptFile: The file is truncated or its header is not what the format demands.
        UnsupportedModel: A version or a number type that is not known here.
        NotFound, InvalidInput: The file could not be opened.
    """
    with open_model(path) as (file, size):
        return read(file, size, shown(path.name))


def read(file: BinaryIO, size: int, name: str) -> Header:
    """Read the header of an open file of `size` bytes that messages call `name`; errors as of `read_header`."""
    cursor = _Cursor(file, size, name)
    cursor.take(4)
    version = cursor.number("I")
    if version not in {1, 2, 3}:
        why = "is for big-endian machines" if version in {1 << 24, 2 << 24, 3 << 24} else f"has version {version:,}"
        raise UnsupportedModel(f"{name} {why}, which cannot be read here.")
    cursor.wide = version > 1
    tensors, pairs = cursor.length(), cursor.length()
    if tensors > MAX_TENSORS or pairs > MAX_PAIRS:
        raise CorruptFile(f"{name} claims {tensors:,} tensors and {pairs:,} metadata entries, more than there can be.")
    metadata, shapes = _metadata(cursor, pairs)
    table = [_entry(cursor) for _ in range(tensors)]
    alignment = _alignment(metadata, name)
    data_start = -(-cursor.position // alignment) * alignment
    found: dict[str, TensorInfo] = {}
    for key, shape, kind, offset in table:
        if key in found:
            raise CorruptFile(f'{name} has the name "{shown(key)}" twice in its header.')
        found[key] = _tensor(f'{name}, tensor "{shown(key)}"', shape, kind, data_start + offset, shapes.get(key))
    _check_layout(found, size, name)
    return Header(format=ModelFormat.GGUF, tensors=found, metadata=metadata, size=size)


class _Cursor:
    """Reads forward through the header in chunks, and refuses what lies beyond the end of the file."""

    def __init__(self, file: BinaryIO, size: int, name: str) -> None:
        self._file = file
        self._size = size
        self._buffer = b""
        self._at = 0
        self._read = 0
        self._ahead = 0
        self.name = name
        self.wide = True
        self.strings = 0

    @property
    def position(self) -> int:
        """Bytes from the start of the file."""
        return self._ahead - len(self._buffer) + self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if len(self._buffer) - self._at < count:
            self._fill(count)
        data = self._buffer[self._at : self._at + count]
        self._at += count
        return data

    def skip(self, count: int) -> None:
        """Pass over `count` bytes without reading them."""
        if count <= len(self._buffer) - self._at:
            self._at += count
            return
        target = self.position + count
        if target > self._size:
            raise self.truncated()
        self._file.seek(target)
        self._buffer, self._at, self._ahead = b"", 0, target

    def number(self, code: str) -> int:
        """The next number, a whole one."""
        value: int = struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]
        return value

    def length(self) -> int:
        """A count; of 32 bits in the first version."""
        return int.from_bytes(self.take(8 if self.wide else 4), "little")

    def text(self, limit: int) -> str | None:
        """The next string, or None when it is longer than `limit` and was passed over."""
        length = self.length()
        if length > limit:
            self.skip(length)
            return None
        return self.take(length).decode("utf-8", "replace")

    def truncated(self) -> CorruptFile:
        return CorruptFile(
            f"{self.name} is truncated: its header goes on behind its {self._size:,} bytes.", hint=_AGAIN
        )

    def _fill(self, count: int) -> None:
        rest = self._buffer[self._at :]
        if self.position + count > self._size:
            raise self.truncated()
        more = self._file.read(max(count - len(rest), min(_CHUNK, self._size - self._ahead)))
        self._read += len(more)
        self._ahead += len(more)
        if self._read > MAX_TABLE:
            raise CorruptFile(f"{self.name} has a header of more than {MAX_TABLE:,} bytes, more than there can be.")
        self._buffer, self._at = rest + more, 0
        if len(self._buffer) < count:
            raise self.truncated()


def _metadata(cursor: _Cursor, pairs: int) -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """Strings and numbers as text, and the original shapes of tensors; longer values are passed over."""
    metadata: dict[str, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for _ in range(pairs):
        key = cursor.text(_MAX_NAME)
        if key is None:
            raise CorruptFile(f"{cursor.name} has a metadata entry with an absurdly long name.")
        if key in metadata:
            raise CorruptFile(f'{cursor.name} has the metadata "{shown(key)}" twice in its header.')
        kind = cursor.number("I")
        if kind == _STRING:
            metadata[key] = cursor.text(_MAX_KEPT) or ""
        elif kind == _ARRAY:
            metadata[key] = ""
            if key.startswith(_ORIGINAL):
                shapes[key.removeprefix(_ORIGINAL)] = _sides(cursor)
            else:
                _skip_array(cursor, 0)
        else:
            metadata[key] = str(struct.unpack("<" + _code(cursor, kind), cursor.take(_width(cursor, kind)))[0])
    return metadata, shapes


def _code(cursor: _Cursor, kind: int) -> str:
    code = _NUMBERS.get(kind)
    if code is None:
        raise CorruptFile(f"{cursor.name} has metadata of a type ({kind:,}) that the format does not have.")
    return code


def _width(cursor: _Cursor, kind: int) -> int:
    return struct.calcsize("<" + _code(cursor, kind))


def _skip_array(cursor: _Cursor, depth: int) -> None:
    if depth > _MAX_NESTED:
        raise CorruptFile(f"{cursor.name} has metadata that is nested too deeply.")
    kind, count = cursor.number("I"), cursor.length()
    if kind not in {_STRING, _ARRAY}:
        cursor.skip(count * _width(cursor, kind))
        return
    cursor.strings += count
    if cursor.strings > MAX_STRINGS:
        raise CorruptFile(f"{cursor.name} claims {cursor.strings:,} strings; {MAX_STRINGS:,} is the most there can be.")
    for _ in range(count):
        if kind == _STRING:
            cursor.skip(cursor.length())
        else:
            _skip_array(cursor, depth + 1)


def _sides(cursor: _Cursor) -> tuple[int, ...]:
    kind, count = cursor.number("I"), cursor.length()
    if kind not in {4, 5, 10, 11} or count > MAX_DIMENSIONS:
        raise CorruptFile(f"{cursor.name} has an original shape that is not a short list of whole numbers.")
    return struct.unpack(f"<{count}{_code(cursor, kind)}", cursor.take(count * _width(cursor, kind)))


def _entry(cursor: _Cursor) -> tuple[str, tuple[int, ...], int, int]:
    """Name, sides in torch's order, type and offset of the next tensor."""
    key = cursor.text(_MAX_NAME)
    if key is None:
        raise CorruptFile(f"{cursor.name} has a tensor with an absurdly long name.")
    dimensions = cursor.number("I")
    if dimensions > MAX_DIMENSIONS:
        raise CorruptFile(
            f'{cursor.name}, tensor "{shown(key)}": {dimensions:,} dimensions are more than there can be.'
        )
    if cursor.wide:
        sides = struct.unpack(f"<{dimensions}Q", cursor.take(8 * dimensions))
    else:
        sides = struct.unpack(f"<{dimensions}I", cursor.take(4 * dimensions))
    kind, offset = struct.unpack("<IQ", cursor.take(12))
    return key, sides[::-1], kind, offset


def _tensor(label: str, shape: tuple[int, ...], kind: int, offset: int, original: tuple[int, ...] | None) -> TensorInfo:
    if kind not in BLOCKS:
        raise UnsupportedModel(f"{label}: number type {kind:,} is not known.")
    dtype, block, block_bytes = BLOCKS[kind]
    count = prod(shape)
    if count > MAX_SIDE or (shape and shape[-1] % block):
        raise CorruptFile(f"{label}: {' x '.join(map(str, shape))} numbers are no whole blocks of {dtype}.")
    if original is not None:
        if prod(original) != count or any(side < 0 for side in original):
            raise CorruptFile(f"{label}: its original shape has another count of numbers.")
        shape = original
    return TensorInfo(dtype=dtype, shape=shape, offset=offset, nbytes=count // block * block_bytes)


def _alignment(metadata: dict[str, str], name: str) -> int:
    said = metadata.get("general.alignment", "32")
    if not said.isdecimal() or not 0 < int(said) <= 1 << 20 or int(said) & (int(said) - 1):
        raise CorruptFile(f'{name} claims an alignment of "{shown(said)}", which is no power of two.')
    return int(said)


def _check_layout(tensors: dict[str, TensorInfo], size: int, name: str) -> None:
    """Tensors must lie inside the file without overlap; gaps are padding."""
    position = 0
    for key, tensor in sorted(tensors.items(), key=lambda item: (item[1].offset, item[1].nbytes)):
        if tensor.offset < position and tensor.nbytes:
            raise CorruptFile(f'{name}, tensor "{shown(key)}": overlaps the tensor before it.')
        position = max(position, tensor.offset + tensor.nbytes)
    if position > size:
        raise CorruptFile(
            f"{name} is truncated: its header promises {position:,} bytes, the file has {size:,}.", hint=_AGAIN
        )
