"""The ladder of plans: where and how a model can be run, from fastest to safest, and what a failure rules out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydantic import Field

from safelight.domain.errors import InvalidInput
from safelight.domain.plans import Device, DType, MemoryMode, Plan
from safelight.domain.request import GenerationRequest, Size
from safelight.domain.values import Value
from safelight.engines.options import second_passes
from safelight.settings import Settings

DTYPE_BYTES = {DType.FLOAT32: 4, DType.FLOAT16: 2, DType.BFLOAT16: 2}
_MODES = tuple(MemoryMode)
_SMALLEST_CLASS = 256 * 256


class Cause(StrEnum):
    """Why a plan failed, as far as it decides what is tried next.

    `memory`: it ran out. `crash`: the device, its driver or its libraries gave up. `unexplained`: the worker was killed
    from outside, hung, or ended itself; the plan need not be at fault.
    """

    MEMORY = "memory"
    CRASH = "crash"
    UNEXPLAINED = "unexplained"


class Failure(Value):
    """A plan that did not work.

    Attributes:
        pixels: Size class of the pictures it failed for (see `size_class`); 0 when it failed before any was begun.
        reason: One sentence of what was seen.
    """

    plan: Plan
    cause: Cause
    pixels: int = Field(ge=0)
    reason: str

    def rules_out(self, plan: Plan) -> bool:
        """Whether `plan` is not worth trying after this.

        Want of memory rules out the same device with no better memory mode and no smaller numbers; a crash rules out
        the device with that number type, in every memory mode; what is unexplained rules out the device.
        """
        mine = self.plan
        if (plan.engine, plan.device) != (mine.engine, mine.device):
            return False
        if self.cause is Cause.MEMORY:
            saves_no_more = _MODES.index(plan.memory_mode) <= _MODES.index(mine.memory_mode)
            return saves_no_more and DTYPE_BYTES[plan.dtype] >= DTYPE_BYTES[mine.dtype]
        return self.cause is Cause.UNEXPLAINED or plan.dtype == mine.dtype


def plans(engine: str, devices: Sequence[Device], settings: Settings) -> list[Plan]:
    """Every plan that the settings allow, from fastest to safest.

    On each device the best number type with full memory first, then the modes that need less: on a CPU decoding in
    tiles (its memory is what others would offload to), elsewhere also offloading. The last device's last rung is f32,
    for CPUs whose half-precision instructions or libraries crash; want of memory never leads there.

    Args:
        engine: The engine's name.
        devices: What it can use here, fastest first.
        settings: `device`, `dtype` and `memory_mode`, each only if set: what is set is not departed from.

    Raises:
        InvalidInput: A device was asked for that is not there.
    """
    allowed = allowed_devices(devices, settings)
    ladder = []
    for device in allowed:
        dtype = settings.dtype or device.dtypes[0]
        ladder += [
            Plan(engine=engine, device=device.id, dtype=dtype, memory_mode=mode) for mode in _modes(device, settings)
        ]
    last = allowed[-1]
    if settings.dtype is None and last.dtypes[0] is not DType.FLOAT32 and DType.FLOAT32 in last.dtypes:
        ladder += [
            Plan(engine=engine, device=last.id, dtype=DType.FLOAT32, memory_mode=mode)
            for mode in _modes(last, settings)
        ]
    return ladder


def left_of(ladder: Iterable[Plan], failures: Sequence[Failure]) -> list[Plan]:
    """The plans of `ladder` that no failure rules out, in their order."""
    return [plan for plan in ladder if not any(failure.rules_out(plan) for failure in failures)]


def choose_plan(engine: str, devices: Sequence[Device], settings: Settings, failures: Sequence[Failure] = ()) -> Plan:
    """The fastest plan that is not known to fail; where all are, the safest.

    Raises:
        InvalidInput: A device was asked for that is not there.
    """
    ladder = plans(engine, devices, settings)
    return next(iter(left_of(ladder, failures)), safest(ladder))


def safest(ladder: Sequence[Plan]) -> Plan:
    """The plan that needs the least memory on the last device: f32 is not it where a smaller type is there."""
    device = ladder[-1].device
    mine = [plan for plan in ladder if plan.device == device]
    return [plan for plan in mine if plan.dtype == mine[0].dtype][-1]


def size_class(size: Size, batch_size: int = 1) -> int:
    """Pixels denoised at once, rounded up to 256², twice that, four times that, and so on."""
    return _class_of_pixels(size.width * size.height * batch_size)


def class_of(request: GenerationRequest) -> int:
    """The size class of a request: of its largest pass."""
    sides = [(request.size.width, request.size.height), *second_passes(request).values()]
    pixels = max(width * height for width, height in sides)
    return _class_of_pixels(pixels * min(request.batch.batch_size, request.batch.count))


def _class_of_pixels(pixels: int) -> int:
    limit = _SMALLEST_CLASS
    while limit < pixels:
        limit *= 2
    return limit


def allowed_devices(devices: Sequence[Device], settings: Settings) -> Sequence[Device]:
    """Those that the settings ask for; all when they ask for none.

    Raises:
        InvalidInput: What they ask for is not there.
    """
    if settings.device is None:
        return devices
    wanted = settings.device.lower()
    found = [device for device in devices if wanted in (device.id, device.id.partition(":")[0])]
    if not found:
        there = ", ".join(device.id for device in devices)
        raise InvalidInput(f"There is no device {settings.device!r} here.", hint=f"There is: {there}.")
    return found


def _modes(device: Device, settings: Settings) -> Sequence[MemoryMode]:
    if settings.memory_mode is not None:
        return (settings.memory_mode,)
    return _MODES[:2] if device.id == "cpu" else _MODES
