"""Measures this machine: what its devices multiply, and how long a step takes by each engine and number type.

The steps are drawn as jobs draw them, so that the pool remembers the speeds and plans are chosen by them from then on.
"""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable, Sequence

from pydantic import Field

from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput, SafelightError
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, DType
from safelight.domain.values import Value
from safelight.engines.spec import EngineSpec, engines_for
from safelight.settings import Settings
from safelight.workers.fit import Work
from safelight.workers.placement import allowed_devices
from safelight.workers.pool import WorkerPool
from safelight.workers.process import Listener, WorkerProcess
from safelight.workers.speed import Product, SpeedMemory, operations_of_step

_SEED = 1


class StepSpeed(Value):
    """How fast one number type is on one device by one engine.

    Attributes:
        product: Operations a second of a large matrix product; None where the engine can't tell.
        load: Seconds until the model was ready.
        step: Seconds of a denoising step: the median, without the first of several.
        operations: Operations a second in it.
        picture: Seconds of the whole drawing, steps included.
        problem: Why there are no figures; empty when there are.
    """

    engine: str
    device: Device
    dtype: DType
    product: float | None = Field(default=None, gt=0)
    load: float | None = None
    step: float | None = None
    operations: float | None = None
    picture: float | None = None
    problem: str = ""

    @property
    def share(self) -> float | None:
        """Operations of a step over those of a matrix product in the same type."""
        return self.operations / self.product if self.operations and self.product else None


async def bench(
    model: ModelInfo, settings: Settings, side: int, steps: int, began: Callable[[str], None]
) -> list[StepSpeed]:
    """Measure every engine that runs `model`, on each of its devices and by each number type, one after another.

    Args:
        model: What is drawn with.
        settings: `engine`, `device` and `dtype` narrow what is measured.
        side: Pixels of width and height.
        steps: Of each drawing, at least 2: the first one pays for what is made once.
        began: Told in a word or two what is measured next.

    Raises:
        UnsupportedModel: No engine here runs it.
        InvalidInput: The settings ask for a device that none of them has here.
    """
    found: list[StepSpeed] = []
    problem: InvalidInput | None = None
    for spec in engines_for(model, settings.engine):
        began(f"{spec.name}: devices")
        try:
            devices = await _devices(spec, settings)
        except InvalidInput as error:
            problem = error
            continue
        for device, products in devices:
            for dtype in device.dtypes:
                if settings.dtype in (None, dtype):
                    began(f"{spec.name}: {device.id}, {dtype.value}")
                    speed = StepSpeed(engine=spec.name, device=device, dtype=dtype, product=products.get(dtype))
                    found.append(await _drawn(speed, spec, model, settings, side, steps))
    if problem and not found:
        raise problem
    memory = SpeedMemory(settings.cache_dir)
    memory.multiplied(
        Product(machine=platform.node(), device=one.device.id, dtype=one.dtype, operations=one.product)
        for one in found
        if one.product
    )
    return found


async def _devices(spec: EngineSpec, settings: Settings) -> Sequence[tuple[Device, dict[DType, float]]]:
    worker = await WorkerProcess.start(spec.name, settings)
    try:
        wanted = allowed_devices(worker.hello.devices, settings)
        return [(device, dict(await worker.matrix_products(device))) for device in wanted]
    finally:
        await worker.close()


async def _drawn(
    speed: StepSpeed, spec: EngineSpec, model: ModelInfo, settings: Settings, side: int, steps: int
) -> StepSpeed:
    seconds: list[float] = []

    def note(progress: Progress) -> None:
        if progress.phase is Phase.DENOISING and progress.step and progress.seconds is not None:
            seconds.append(progress.seconds)

    draft = GenerationDraft(prompt="a lighthouse", width=side, height=side, steps=steps, seed=_SEED)
    request = resolve(draft, model, spec.samplers_for(model))
    only = {"engine": spec.name, "device": speed.device.id, "dtype": speed.dtype}
    pool = WorkerPool(settings.model_copy(update=only))
    try:
        await pool.load(model)
        load = pool.loaded()[0].load_seconds
        ran = await pool.run(request, model, {}, Listener(progress=note))
    except SafelightError as error:
        return speed.model_copy(update={"problem": error.message})
    finally:
        await pool.close()
    if len(seconds) <= 1:
        return speed.model_copy(update={"problem": "Its steps are not told apart."})
    step = statistics.median(seconds[1:])
    operations = operations_of_step(model, Work.of(request)) / step if step else None
    return speed.model_copy(update={"load": load, "step": step, "operations": operations, "picture": ran.seconds})
