"""Chooses where and how a model is run."""

from __future__ import annotations

from collections.abc import Sequence

from safelight.domain.errors import InvalidInput
from safelight.domain.plans import Device, Plan
from safelight.settings import Settings


def choose_plan(engine: str, devices: Sequence[Device], settings: Settings) -> Plan:
    """The fastest plan that the settings allow.

    Args:
        engine: The engine's name.
        devices: What it can use here, fastest first.
        settings: `device`, `dtype` and `memory_mode`, each only if set.

    Raises:
        InvalidInput: A device or number type was asked for that is not there.
    """
    device = devices[0]
    if settings.device is not None:
        wanted = settings.device.lower()
        found = [d for d in devices if wanted in (d.id, d.id.partition(":")[0])]
        if not found:
            there = ", ".join(d.id for d in devices)
            raise InvalidInput(f"There is no device {settings.device!r} here.", hint=f"There is: {there}.")
        device = found[0]
    return Plan(
        engine=engine,
        device=device.id,
        dtype=settings.dtype or device.dtypes[0],
        memory_mode=settings.memory_mode,
    )
