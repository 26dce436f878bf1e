"""How a pipeline's weights lie in memory, which decides the last bits of what they give."""

from __future__ import annotations

from typing import Any

import torch


def modules(pipe: Any) -> list[torch.nn.Module]:
    """The parts that have weights."""
    return [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]


def laid_out_alike(pipe: Any) -> Any:
    """The same pipeline with its weights copied out of the mapped file, each row by row."""
    for part in modules(pipe):
        for weight in part.parameters():
            weight.data = weight.data.clone(memory_format=torch.contiguous_format)
    return pipe
