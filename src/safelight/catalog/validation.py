"""Reads whole model files, to the last byte: what a header promises is there, can be read, and looks like weights."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from safelight.catalog.diffusers_folder import inspect_folder
from safelight.catalog.hashing import Progress
from safelight.catalog.headers import read_header
from safelight.catalog.headers.files import open_model
from safelight.catalog.headers.header import shown
from safelight.catalog.samples import look
from safelight.catalog.shards import is_shard_index, read_shards, shard_files
from safelight.domain.errors import CorruptFile
from safelight.domain.models import ModelFormat
from safelight.domain.values import Value

_CHUNK = 1 << 22
_HOLE = 1 << 20
_WEIGHTS = (".safetensors", ".bin")


class Whole(Value):
    """A model that was read from end to end.

    Attributes:
        files: How many files it has.
        bytes: How many were read.
        doubts: What is allowed, but odd; one sentence each.
        checked: What was looked at besides, and what was not.
    """

    files: int
    bytes: int
    doubts: tuple[str, ...] = ()
    checked: str = ""


def read_whole(path: Path, progress: Progress | None = None) -> Whole:
    """Read every byte of the model at `path`: a file, shards by their index, or a folder in diffusers layout.

    Headers are held against their files first: every tensor lies inside, without overlap, with as many bytes as its
    shape and number type take. Members of a torch checkpoint are held against their checksums. Some numbers are looked
    at, as `samples.look` does.

    Args:
        path: What to read.
        progress: Called after every 4 MiB with bytes done and bytes in all; an exception from it ends the work.

    Raises:
        CorruptFile: Something is missing, truncated, damaged or empty; the message names the file.
        NotFound, InvalidInput, UnsupportedModel: As reading a header raises.
    """
    files = _files(path)
    total = sum(file.stat().st_size for file in files if file.is_file())
    done = 0
    looked = look(files)
    doubts = list(looked.doubts)
    for file in files:
        zeros = 0
        for chunk in _pieces(file):
            done += len(chunk)
            kept = len(chunk.rstrip(b"\0"))
            zeros = len(chunk) - kept + (0 if kept else zeros)
            if progress is not None:
                progress(done, max(done, total))
        if zeros >= _HOLE:
            where = f"The last {zeros:,} bytes of {shown(file.name)}"
            doubts.append(f"{where} are zeros, as a download leaves them that never finished.")
    return Whole(files=len(files), bytes=done, doubts=tuple(doubts), checked=looked.sentence)


def _files(path: Path) -> tuple[Path, ...]:
    """Files with weights, after their headers were found to be in order."""
    if path.is_dir():
        inspect_folder(path)
        return tuple(
            sorted(file for file in path.rglob("*") if file.is_file() and file.name.lower().endswith(_WEIGHTS))
        )
    if is_shard_index(path):
        read_shards(path)
        return shard_files(path)
    return (path,)


def _pieces(path: Path) -> Iterator[bytes]:
    header = read_header(path)
    with open_model(path) as (file, _):
        if header.format is ModelFormat.CKPT:
            yield from _members(file, shown(path.name))
        else:
            while chunk := file.read(_CHUNK):
                yield chunk


def _members(file: BinaryIO, name: str) -> Iterator[bytes]:
    """The contents of a checkpoint's archive, against their checksums."""
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                with archive.open(member) as opened:
                    while chunk := opened.read(_CHUNK):
                        yield chunk
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise CorruptFile(f"{name} is damaged: {error}.", hint="Download it again.") from error
