"""Saves and resumes training runs: one file each, replaced whole, so that a killed run loses minutes, never all."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Self

import torch

Stateful = torch.nn.Module | torch.optim.Optimizer


def save(path: Path, step: int, parts: Mapping[str, Stateful]) -> None:
    """Write the state of all parts and the step reached."""
    state: dict[str, Any] = {name: part.state_dict() for name, part in parts.items()}
    part_file = path.with_suffix(".part")
    torch.save({**state, "step": step}, part_file)
    part_file.replace(path)


def resume(path: Path, parts: Mapping[str, Stateful]) -> int:
    """Load the state of all parts and return the step reached; 0, and nothing loaded, when there is no file."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])


class Interruption:
    """True once the process was asked to end (SIGTERM or Ctrl-C): the loop then saves and ends. Used in a `with`."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._asked:
            raise SystemExit("stopped and saved: run it again to go on")

    def __bool__(self) -> bool:
        return self._asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
