"""How much memory loaded models take, and how much they may."""

from __future__ import annotations

import sys
from pathlib import Path

from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, MemoryMode, Plan
from safelight.settings import Settings
from safelight.workers.fit import footprint
from safelight.workers.placement import DTYPE_BYTES

_SHARE_OF_MACHINE, _SHARE_OF_DEVICE = 0.7, 0.9
_STORED_BYTES = {"f32": 4.0, "f16": 2.0, "bf16": 2.0, "f8_e4m3": 1.0, "f8_e5m2": 1.0}
_PROCESS = 400 * 2**20
_WORKING_SHARE = 0.25
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def estimate(model: ModelInfo, plan: Plan) -> int:
    """Bytes that a model will take of the memory of its plan, at its usual size: an estimate until it can be measured.

    As `fit.footprint` says; where that knows nothing, the weights in the plan's number type, a quarter more to work
    with, and what a process with an ML library takes.
    """
    if known := footprint(model, plan):
        return known.main if uses_main_memory(plan) else known.device
    stored = _STORED_BYTES.get((model.dtype or "").lower(), 2.0)
    weights = model.bytes * DTYPE_BYTES[plan.dtype] / stored
    return int(weights * (1 + _WORKING_SHARE)) + _PROCESS


def machine_budget(settings: Settings) -> int:
    """Bytes of main memory that loaded models may fill together: as set, or 70 % of what this process may use."""
    if settings.memory_budget is not None:
        return settings.memory_budget
    return int(machine_memory() * _SHARE_OF_MACHINE)


def machine_memory() -> int:
    """Bytes of main memory that this process may use: the machine's, or its container's."""
    import psutil  # noqa: PLC0415 - costs 20 ms, which `safelight --help` does not need

    return min([int(psutil.virtual_memory().total), *_cgroup_limits()])


def device_budget(device: Device) -> int:
    """Bytes of a device's own memory that models may fill."""
    return int(device.memory * _SHARE_OF_DEVICE)


def uses_main_memory(plan: Plan) -> bool:
    """Whether the weights lie in main memory."""
    return plan.device == "cpu" or plan.memory_mode is MemoryMode.OFFLOADED


def resident_bytes(pid: int) -> int:
    """Main memory that a process takes now; 0 when it has ended."""
    if sys.platform == "linux":
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * _page()
    import psutil  # noqa: PLC0415

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _page() -> int:
    import resource  # noqa: PLC0415 - not on Windows

    return resource.getpagesize()


def _cgroup_limits() -> list[int]:
    """Limits of this process's memory cgroup, where it has some: a container's memory is not the machine's."""
    limits = []
    for name in _CGROUP_LIMITS:
        try:
            text = Path(name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            limits.append(int(text))
    return limits
