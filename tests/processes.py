"""Finds the worker processes of a process under test."""

from __future__ import annotations

import contextlib

import psutil


def workers_of(parent: int | None = None) -> list[psutil.Process]:
    """The living workers of `parent`, or of this process. One that was killed may still await its parent's notice."""
    found = []
    for process in psutil.Process(parent).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "safelight.workers.host" in " ".join(process.cmdline()):
                found.append(process)
    return found
