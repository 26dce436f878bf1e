"""The most that a device multiplies: a large square matrix product in torch."""

from __future__ import annotations

import time

import torch

from safelight.domain.plans import Device, DType
from safelight.engines.diffusers.devices import TORCH_DTYPES

_SECONDS = 1.5
_SIDES = (1024, 2048, 4096)
_LARGEST_SECONDS = 1.0


def matrix_products(device: Device) -> dict[DType, float]:
    """Operations a second by each number type that `device` computes well; takes some seconds."""
    return {dtype: _best(device.id, TORCH_DTYPES[dtype]) for dtype in device.dtypes}


def _best(device: str, dtype: torch.dtype) -> float:
    """The fastest of many products, of the largest size that takes less than a second."""
    best = 0.0
    for side in _SIDES:
        left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
        seconds = _timed(left, right)
        ends = time.monotonic() + _SECONDS / len(_SIDES)
        while time.monotonic() < ends:
            seconds = min(seconds, _timed(left, right))
        best = max(best, 2 * side**3 / seconds)
        if seconds * 8 > _LARGEST_SECONDS:
            break
    return best


def _timed(left: torch.Tensor, right: torch.Tensor) -> float:
    started = time.perf_counter()
    product = left @ right
    product[0, 0].item()  # waits until a device that works on its own is done
    return time.perf_counter() - started
