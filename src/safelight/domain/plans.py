"""Devices that engines find, and plans: where and how a model is run."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from safelight.domain.values import Value


class DType(StrEnum):
    """Number types that a model computes in."""

    FLOAT32 = "f32"
    FLOAT16 = "f16"
    BFLOAT16 = "bf16"


class MemoryMode(StrEnum):
    """How memory is saved, from fastest to safest."""

    FULL = "full"
    TILED = "tiled"
    OFFLOADED = "offloaded"


class Device(Value):
    """A processor that an engine can use.

    Attributes:
        id: As the engine addresses it: cpu, cuda:0, mps, xpu:0.
        name: Its maker's name for it.
        memory: Bytes it has in all.
        dtypes: Number types it computes natively, best first.
        driver: Version of its driver, or empty when that is not known.
    """

    id: str
    name: str
    memory: int = Field(ge=0)
    dtypes: tuple[DType, ...]
    driver: str = ""


class Toolkit(Value):
    """A library that may compute in place of an engine's own.

    Attributes:
        name: Its distribution.
        version: Which is installed; empty for none.
        devices: What it can compute on: its name for each, and the maker's.
        use: Whether and when it is used here, and how to change that.
    """

    name: str
    version: str
    devices: Mapping[str, str]
    use: str


class Plan(Value):
    """Engine, device, number type and memory mode for one loaded model."""

    engine: str
    device: str
    dtype: DType
    memory_mode: MemoryMode = MemoryMode.FULL

    def __str__(self) -> str:
        return f"{self.engine} on {self.device}, {self.dtype.value}, {self.memory_mode.value}"
