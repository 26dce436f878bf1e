"""What the library's log says of a failure → our errors."""

from __future__ import annotations

import re
from collections.abc import Sequence

from safelight.domain.errors import (
    CorruptFile,
    DeviceLost,
    EngineFailure,
    OutOfMemory,
    SafelightError,
    UnsupportedModel,
)

_MEMORY = re.compile(
    r"out of memory|failed to allocate|alloc(ate)?\w* .*(failed|error)|not enough (space|memory)|OutOfDeviceMemory",
    re.IGNORECASE,
)
_LOST = re.compile(r"device ?lost|ErrorDeviceLost|illegal memory access|CUDA error|hip error", re.IGNORECASE)
_STRANGE = re.compile(r"get sd version from file failed|wrong shape|not in model file|unknown format|unsupported")
_DAMAGED = re.compile(
    r"read tensor data failed|init model loader from file failed|size mismatch|invalid|failed to open"
)
_HINT = "Try a smaller size, or --memory-mode tiled."


def failure(problems: Sequence[str], doing: str, *, loading: bool = False) -> SafelightError:
    """The error for a call that failed.

    Args:
        problems: Warnings and errors that the library logged, oldest first.
        doing: What it was asked for, for the message: `loading sd15`.
        loading: Whether a file was being read.
    """
    text = "\n".join(problems)
    if _MEMORY.search(text):
        return OutOfMemory(f"Memory ran out while {doing}.", hint=_HINT)
    if _LOST.search(text):
        return DeviceLost(f"The device failed while {doing}: {_telling(problems, _LOST)}")
    if loading and _STRANGE.search(text):
        return UnsupportedModel(f"stable-diffusion.cpp can't run this file: {_telling(problems, _STRANGE)}")
    if loading and _DAMAGED.search(text):
        return CorruptFile(f"stable-diffusion.cpp can't read this file: {_telling(problems, _DAMAGED)}")
    last = problems[-1] if problems else "it gave no reason"
    return EngineFailure(f"stable-diffusion.cpp failed while {doing}: {_sentence(last)}")


def _telling(problems: Sequence[str], sign: re.Pattern[str]) -> str:
    return _sentence(next(line for line in problems if sign.search(line)))


def _sentence(line: str) -> str:
    """Without the source file and line that the library begins with; paths are cut down to file names."""
    said = re.sub(r"^\S+\.[ch]pp:\d+\s*-\s*", "", line.strip())
    said = re.sub(r"'[^']*[/\\]([^'/\\]+)'", r"'\1'", said)
    return said if said.endswith(".") else said + "."
