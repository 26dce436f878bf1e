"""What a network is: a part of a pipeline's component that OpenVINO can compute, and how it stands behind a module.

A network takes and gives float32 (token ids: int64) and computes in the module's own number type. It is traced once, at
a small size, and its graph holds for every size.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch


class Unsuited(Exception):
    """A call, or a module, that a converted network does not stand for; the module itself takes over."""


class Network(ABC):
    """A part of a pipeline's component.

    Attributes:
        component: The component's name in the pipeline.
        name: Its own, unique in the pipeline.
        owner: Name of the network that has the same modules, where there is one; else its own.
        parts: Modules whose weights it holds.
        called: The module of these that the pipeline calls.
        keeps_compiled: Whether what is compiled for a shape is worth its room on the disk.
    """

    component: str
    name: str
    owner: str = ""
    parts: tuple[torch.nn.Module, ...]
    called: torch.nn.Module
    keeps_compiled: bool = True

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        return next(self.called.parameters()).dtype

    @abstractmethod
    def examples(self) -> tuple[torch.Tensor, ...]:
        """Small inputs to trace with."""

    @abstractmethod
    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What is traced: the module's computation on plain tensors."""

    @abstractmethod
    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """The inputs in a call of the module.

        Raises:
            Unsuited: The call asks for something else.
        """

    @abstractmethod
    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> Any:
        """What the module would have returned."""

    def by_itself(self, *args: Any, **options: Any) -> Any:
        """What the module returns that was called as if the network stood behind it."""
        return self.called(*args, **options)
