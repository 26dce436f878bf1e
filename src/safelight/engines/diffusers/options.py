"""What can be set on the diffusers engine, as typed values; imports no ML library."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from safelight.domain.values import Value


class LoadOptions(Value):
    """How a model is loaded.

    Attributes:
        acceleration: What computes the networks on a CPU: `openvino`, `torch`, or the faster one by the rule in
            `acceleration/choosing.py`.
        cache_dir: Folder for converted and compiled networks. Unset: below the setting `cache_dir`.
        cache_bytes: Size that this folder may reach; beyond it, what was not used for longest is dropped.
    """

    acceleration: Literal["auto", "openvino", "torch"] = "auto"
    cache_dir: Path | None = None
    cache_bytes: int = Field(default=40 * 10**9, ge=0)
