"""The header of a torch checkpoint (.ckpt, .pt, .pth, .bin), told without executing anything.

Since torch 1.6 a checkpoint is a zip archive: `<name>/data.pkl` describes objects, `<name>/data/<key>` holds the
numbers of each storage, uncompressed. The pickle is walked by `pickles.load`; of a storage only its place is read.
"""

from __future__ import annotations

import struct
import zipfile
from math import prod
from pathlib import Path
from typing import BinaryIO, cast

from safelight.catalog.headers import pickles
from safelight.catalog.headers.files import open_model
from safelight.catalog.headers.header import (
    BITS,
    MAX_TENSORS,
    Header,
    Scalar,
    TensorInfo,
    shown,
)
from safelight.catalog.headers.pickles import MalformedPickle, Stub
from safelight.catalog.headers.torch_objects import Tensor, TorchBuilder, row_major
from safelight.domain.errors import CorruptFile, InvalidInput, UnsupportedModel
from safelight.domain.models import ModelFormat

MAX_PICKLE = 32_000_000
"""Longest data.pkl in bytes."""

_MAX_DIRECTORY = 16_000_000
_MAX_DEPTH = 16
_MAX_SMALL = 1 << 24
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_AGAIN = "Download it again, or copy it again from where it is whole."
_RESAVE = "In a program that can read it, save its state dict as .safetensors."


def read_header(path: Path) -> Header:
    """Read names, types, shapes and places of the tensors in a torch zip checkpoint.

    Raises:
        InvalidInput: Its pickle asks for a name that could do harm; nothing was executed.
        CorruptFile: The archive or the pickle is damaged, or beyond the bounds.
        UnsupportedModel: A zip archive of another kind (TorchScript, compressed, big-endian).
    """
    with open_model(path) as (file, size):
        return read(file, size, shown(path.name))


def read(file: BinaryIO, size: int, name: str) -> Header:
    """Read the header of an open file of `size` bytes that messages call `name`; errors as of `read_header`."""
    builder = TorchBuilder()
    try:
        archive = _Archive(_BoundedFile(file, size), size)
        data = archive.pickle()
        try:
            root = pickles.load(data, builder)
        finally:
            _refuse_forbidden(builder, name)
        collector = _Collector(archive)
        collector.collect(root)
    except _Unreadable as error:
        raise CorruptFile(_sentence(name, error), hint=_AGAIN) from error
    except MalformedPickle as error:
        raise CorruptFile(_sentence(name, error)) from error
    except _Foreign as error:
        raise UnsupportedModel(_sentence(name, error), hint=_RESAVE) from error
    return Header(
        format=ModelFormat.CKPT,
        tensors=collector.tensors,
        scalars=collector.scalars,
        stubs=tuple(shown(stub) for stub in builder.unknown),
        size=size,
    )


class _Unreadable(Exception):
    """The archive is damaged; the text is part of a sentence."""


class _Foreign(Exception):
    """The archive is whole but not what can be used here; the text is part of a sentence."""


class _BoundedFile:
    """What `zipfile` needs of a file; refuses to read more at once than any honest archive needs."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self.limit = _MAX_DIRECTORY
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            size = self._size - self.tell()
        if size > self.limit:
            raise _Unreadable("is a zip archive with an absurdly long directory")
        return self._file.read(max(0, size))


class _Archive:
    """The zip archive of a checkpoint: its pickle, and where its storages are."""

    def __init__(self, file: _BoundedFile, size: int) -> None:
        self._file = file
        self._size = size
        try:
            self._zip = zipfile.ZipFile(cast(BinaryIO, file))  # it uses only what _BoundedFile has
        except zipfile.BadZipFile:
            raise _Unreadable("begins like a checkpoint, but its directory is missing: it is truncated") from None
        except (NotImplementedError, ValueError, OverflowError, struct.error) as error:
            raise _Unreadable("is a zip archive with a damaged directory") from error
        file.limit = 2 * MAX_PICKLE
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            if member.filename in self._members:
                raise _Unreadable(f'is a zip archive that holds "{shown(member.filename)}" twice')
            self._members[member.filename] = member
        self._root = self._find_root()
        self._places: dict[str, tuple[int, int]] = {}

    def _find_root(self) -> str:
        roots = [key.removesuffix("data.pkl") for key in self._members if key.split("/")[1:] == ["data.pkl"]]
        if not roots:
            some = ", ".join(shown(key, 40) for key in list(self._members)[:3]) or "nothing"
            raise _Foreign(f"is a zip archive, but no checkpoint: it holds {some}")
        if len(roots) > 1:
            raise _Unreadable("is a zip archive with more than one data.pkl")
        root = roots[0]
        if any(key.startswith(f"{root}code/") for key in self._members):
            raise _Foreign("is a TorchScript program, not a table of tensors")
        return root

    def pickle(self) -> bytes:
        """The bytes of data.pkl; refused when the archive's numbers are not little-endian."""
        if f"{self._root}byteorder" in self._members and self._read("byteorder", 16) != b"little":
            raise _Foreign("holds big-endian numbers")
        return self._read("data.pkl", MAX_PICKLE)

    def _read(self, member: str, limit: int) -> bytes:
        info = self._members[self._root + member]
        if info.file_size > limit:
            raise _Unreadable(f"has a {member} of {info.file_size:,} bytes; {limit:,} is the most there can be")
        self.place(member)
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, struct.error) as error:
            raise _Unreadable(f"has a damaged {member}") from error

    def place(self, member: str) -> tuple[int, int]:
        """Where the bytes of `member` are: offset in the file and length.

        Read from the member's local header, whose extra field may differ from the directory's.
        """
        if member in self._places:
            return self._places[member]
        info = self._members.get(self._root + member)
        if info is None:
            raise _Unreadable(f"lacks {shown(member)}, which its pickle refers to")
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise _Foreign("was compressed or encrypted after it was saved")
        if not 0 <= info.header_offset <= self._size:
            raise _Unreadable("is a zip archive with a damaged directory")
        self._file.seek(info.header_offset)
        raw = self._file.read(_LOCAL_HEADER.size)
        if len(raw) < _LOCAL_HEADER.size or raw[:4] != b"PK\x03\x04":
            raise _Unreadable(f"has no {shown(member)} where its directory says")
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(raw)
        offset = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        if offset + info.file_size > self._size:
            raise _Unreadable(
                f"is truncated: {shown(member)} ends at byte {offset + info.file_size:,}, the file has {self._size:,}"
            )
        self._places[member] = offset, info.file_size
        return self._places[member]


class _Collector:
    """Gathers tensors and top-level scalars from what the pickle built."""

    def __init__(self, archive: _Archive) -> None:
        self._archive = archive
        self._seen: set[int] = set()
        self.tensors: dict[str, TensorInfo] = {}
        self.scalars: dict[str, Scalar] = {}

    def collect(self, root: object) -> None:
        if isinstance(root, Stub):
            raise _Foreign(f"holds a whole Python object ({shown(str(root.origin))}), not a table of tensors")
        if not isinstance(root, dict):
            raise _Foreign("holds no table of tensors")
        for key, value in root.items():
            if isinstance(key, str) and isinstance(value, str | int | float) and _is_small(value):
                self.scalars[key] = value
        state = root.get("state_dict")
        self._walk(state if isinstance(state, dict) else root, (), 0)

    def _walk(self, node: object, path: tuple[str, ...], depth: int) -> None:
        if isinstance(node, Tensor):
            self._add(".".join(path), node)
            return
        if isinstance(node, Stub):  # containers of torch.nn keep their tensors in their state
            node = node.state
        if not isinstance(node, dict | list | tuple) or id(node) in self._seen:
            return
        if depth > _MAX_DEPTH:
            raise MalformedPickle("has tables that are nested too deeply")
        self._seen.add(id(node))
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in pairs:
            if isinstance(key, str | int) and isinstance(value, Tensor | dict | list | tuple | Stub):
                self._walk(value, (*path, str(key)), depth + 1)

    def _add(self, name: str, tensor: Tensor) -> None:
        if len(self.tensors) >= MAX_TENSORS:
            raise MalformedPickle(f"claims more than {MAX_TENSORS:,} tensors")
        self.tensors[name] = self._locate(name, tensor)

    def _locate(self, name: str, tensor: Tensor) -> TensorInfo:
        start, length = self._archive.place(f"data/{tensor.storage.key}")
        width = BITS[tensor.dtype] // 8
        stored = tensor.storage.count * BITS[tensor.storage.dtype] // 8
        nbytes = prod(tensor.shape) * width
        spans = sum((side - 1) * step for side, step in zip(tensor.shape, tensor.strides, strict=True))
        end = (tensor.start + spans + 1) * width if nbytes else tensor.start * width
        if stored > length or end > stored:
            raise MalformedPickle(
                f'has a tensor "{shown(name)}" that takes {max(stored, end):,} bytes of the {length:,} stored'
            )
        rows = row_major(tensor.shape)
        plain = not nbytes or all(
            side == 1 or step == row for side, step, row in zip(tensor.shape, tensor.strides, rows, strict=True)
        )
        if not plain and nbytes > max(length, _MAX_SMALL):
            raise MalformedPickle(f'has a tensor "{shown(name)}" that unfolds to {nbytes:,} bytes')
        return TensorInfo(
            dtype=tensor.dtype,
            shape=tensor.shape,
            offset=start + tensor.start * width,
            nbytes=nbytes,
            strides=None if plain else tensor.strides,
        )


def _is_small(value: str | int | float) -> bool:
    if isinstance(value, str):
        return len(value) <= pickles.MAX_NAME
    return isinstance(value, float) or abs(value) < 1 << 63


def _sentence(name: str, error: Exception) -> str:
    return f"{name} {shown(str(error), 300)}."


def _refuse_forbidden(builder: TorchBuilder, name: str) -> None:
    if builder.forbidden:
        names = [shown(asked) for asked in builder.forbidden]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""  # noqa: PLR2004 - enough to judge by
        raise InvalidInput(
            f"{name} holds a pickle that asks for {', '.join(names[:5])}{more}; nothing was executed.",
            hint="Do not use this file; get the model as .safetensors from a source that you trust.",
        )
