"""Gives memory back to the system that this process holds without need."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from pathlib import Path

_DONT_NEED = 4
"""`MADV_DONTNEED` of Linux: pages of a file that is only read are fetched again when they are touched."""


def release_freed() -> None:
    """Return what was freed: glibc keeps blocks of a few megabytes, and weights are many of those."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):  # no glibc
        ctypes.CDLL(None).malloc_trim(0)


def release_pages(file: Path) -> None:
    """Let go of the pages of a mapped file, once what was needed of it is elsewhere (Linux)."""
    if sys.platform != "linux":
        return
    name = str(file.resolve())
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, permissions, *_, path = line.split(maxsplit=5)
        if path == name and "w" not in permissions:
            first, last = (int(end, 16) for end in span.split("-"))
            ctypes.CDLL(None).madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _DONT_NEED)
