"""What a model file is, told from its first bytes, and its header; never from its name or its tensor data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from safelight.catalog.headers import ckpt, gguf, safetensors
from safelight.catalog.headers.files import open_model
from safelight.catalog.headers.header import Header, TensorInfo, shown
from safelight.domain.errors import CorruptFile, UnsupportedModel

__all__ = ["Header", "TensorInfo", "read_header", "read_open"]

_SNIFFED = 512
_RESAVE = "Save it again with a current torch: torch.save(torch.load(path, weights_only=True), path)."

_LEGACY_TORCH = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"
"""The pickled number 0x1950a86a20f9469cfc6c, with which torch before 1.6 begins its files."""

_KNOWN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x7fELF", "a Linux program"),
    (b"MZ", "a Windows program"),
    (b"\x89HDF", "an HDF5 file"),
    (b"%PDF", "a PDF document"),
)


def read_header(path: Path) -> Header:
    """Tell what `path` is by its content and read its header.

    Raises:
        CorruptFile: It is not the model it was meant to be (truncated, a web page, a Git LFS pointer, empty).
        UnsupportedModel: A file that is whole but cannot be used here; the message says what was seen.
        InvalidInput: A pickle that asks for forbidden names, or a path that can't be opened.
        NotFound: There is no such file.
    """
    with open_model(path) as (file, size):
        return read_open(file, size, shown(path.name))


def read_open(file: BinaryIO, size: int, name: str) -> Header:
    """Read the header of an open file of `size` bytes that messages call `name`; errors as of `read_header`."""
    start = file.read(_SNIFFED)
    file.seek(0)
    if start[:4] == b"PK\x03\x04":
        return ckpt.read(file, size, name)
    if start[:4] == b"GGUF":
        return gguf.read(file, size, name)
    if start[8:9] == b"{":
        return safetensors.read(file, size, name)
    _explain(name, start, size)
    if len(start) <= 8:  # noqa: PLR2004 - the length field of safetensors
        return safetensors.read(file, size, name)
    raise UnsupportedModel(
        f"{name} is no safetensors file, torch checkpoint or GGUF file: it begins with "
        f"{start[:8].hex(' ')}{_as_text(start)}."
    )


def _explain(name: str, start: bytes, size: int) -> None:
    """Raise for every content that is known, but is no model that can be read."""
    if start.startswith(b"version https://git-lfs"):
        stands = re.search(rb"^size (\d{1,18})$", start, re.MULTILINE)
        meant = f" of {int(stands[1]):,} bytes" if stands else ""
        raise CorruptFile(f"{name} is a Git LFS pointer, not the file{meant} it stands for.", hint="Run: git lfs pull")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise CorruptFile(
            f"{name} is a web page, not a model.",
            hint="The site may have wanted a login or a consent first: open the address in a browser.",
        )
    if start[:1] == b"\x80" and _LEGACY_TORCH in start[:32]:
        raise UnsupportedModel(f"{name} is a torch checkpoint in the layout before torch 1.6.", hint=_RESAVE)
    if start[:1] == b"\x80" and start[1:2] <= b"\x05":
        raise UnsupportedModel(f"{name} is a bare Python pickle, not a torch checkpoint.", hint=_RESAVE)
    if start[:4] == b"PK\x05\x06":
        raise CorruptFile(f"{name} is an empty zip archive.")
    if not any(start):
        raise CorruptFile(f"{name} begins with zeros: a download that never finished ({size:,} bytes set aside).")
    for magic, what in _KNOWN:
        if start.startswith(magic):
            raise UnsupportedModel(f"{name} is {what}.")


def _as_text(start: bytes) -> str:
    text = start[:24].decode("ascii", "replace").strip()
    return f' ("{text}")' if text.isprintable() and "\ufffd" not in text else ""
