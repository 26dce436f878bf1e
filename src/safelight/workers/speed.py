"""How long a picture takes by a plan: measured here where it was drawn before, else estimated.

The time is taken to grow with the network's operations: two for each parameter and place that it is applied to, for
each pass; a UNet applies its parameters to ever fewer places, a transformer all of them to each token. Decoding is
added. What an engine did on a device with a number type is remembered as operations a second, so that one model's speed
also tells another's (unless the drawing was so small that most of its time was overhead); before anything was drawn
there is the share of a CPU's matrix products that an engine usually reaches (`EngineSpec.cpu_share`), of products as
`safelight bench` measured them here, or of usual ones.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from safelight.domain.errors import StorageFailed
from safelight.domain.models import ModelInfo, ModelPart
from safelight.domain.plans import Device, DType
from safelight.domain.values import Value
from safelight.engines.spec import EngineSpec, engine_specs
from safelight.images.files import write_file
from safelight.workers.cores import usable_cores
from safelight.workers.fit import GUIDANCE_BUILT_IN, PlanEstimate, Work, parts_of
from safelight.workers.remembered import Place

log = logging.getLogger(__name__)

FILE = "speeds.json"

_LATENT_PIXELS = 64
_PER_PLACE = 2
_UNET_SHARE, _TOKEN_SHARE = 0.085, 0.25
"""Places that all parameters are applied to, of the latent pixels: fitted to the operations of the UNets of Stable
Diffusion 1 and XL (0.7 and 6 TFLOP a pass at 512² and 1024²); a token of a transformer stands for 2x2 of them."""

_DECODING = 4.7e6
"""Operations of decoding a pixel: 1.24 TFLOP at 512²."""

_USUAL_PRODUCTS = {DType.BFLOAT16: 350e9, DType.FLOAT16: 75e9, DType.FLOAT32: 75e9}
"""Operations a second of a core in a large matrix product, where `bench` never ran: of two AVX-512 server CPUs, the
slower one's (docs/speed.md). CPUs have no half precision; it is computed as f32."""

_NEW = 0.5
"""Weight of the latest measurement: drivers are updated, machines are shared."""

_MOST = 200
"""Speeds that are kept, those drawn by last: the file is written after every drawing, and drivers and versions go."""

_SMALL = 0.3e12
"""Operations of a drawing below which most of its time is overhead."""


class Speed(Value):
    """Operations a second that an engine did in a place with a number type.

    Attributes:
        large: Whether drawings of `_SMALL` operations or more were measured, which tell other families' speed too.
    """

    place: Place
    dtype: DType
    operations: float = Field(gt=0)
    large: bool = False


class Product(Value):
    """Operations a second of a large matrix product on a device of a machine: what `safelight bench` measured."""

    machine: str
    device: str
    dtype: DType
    operations: float = Field(gt=0)


class _File(Value):
    version: Literal[1] = 1
    speeds: tuple[Speed, ...] = ()
    products: tuple[Product, ...] = ()


class SpeedMemory:
    """Speeds in a JSON file, which other processes may change at any time.

    One that can't be read is begun anew, one that can't be written lives as long as this.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._known = _File()
        self._stamp: tuple[int, int] | None = None

    def measured(self, place: Place, dtype: DType) -> tuple[float | None, bool]:
        """Operations a second, and whether this very family was drawn (else: others by the same engine and device)."""
        there = [
            speed for speed in self._entries() if speed.dtype == dtype and _elsewhere(speed.place) == _elsewhere(place)
        ]
        mine = [speed.operations for speed in there if speed.place == place]
        found = mine or [speed.operations for speed in there if speed.large]
        return found[-1] if found else None, bool(mine)

    def best(self, engine: str, architecture: str) -> float | None:
        """The most operations a second of an engine on this machine with that family; None when it was not drawn.

        Small drawings count only where there was no large one.
        """
        wanted = (platform.node(), engine, architecture)
        places = ((speed, speed.place) for speed in self._entries())
        mine = [speed for speed, at in places if (at.machine, at.engine, at.architecture) == wanted]
        counted = [speed for speed in mine if speed.large] or mine
        return max((speed.operations for speed in counted), default=None)

    def drew(self, place: Place, dtype: DType, operations: float, seconds: float) -> None:
        """Remember a drawing; a small one only where no larger one is known."""
        if operations <= 0 or seconds <= 0:
            return
        rate, large, known = operations / seconds, operations >= _SMALL, self._entries()
        before = next((one for one in known if (one.place, one.dtype) == (place, dtype)), None)
        if before and before.large and not large:
            return
        if before and before.large == large:
            rate = _NEW * rate + (1 - _NEW) * before.operations
        new = Speed(place=place, dtype=dtype, operations=rate, large=large)
        others = tuple(one for one in known if (one.place, one.dtype) != (place, dtype))
        self._write(self._read().model_copy(update={"speeds": (*others, new)[-_MOST:]}))

    def ranked(self, place: Place, dtypes: Sequence[DType]) -> tuple[DType, ...]:
        """Number types by what drawing this family took here, if all were tried at about one size; else as given."""
        found = {speed.dtype: speed for speed in self._entries() if speed.place == place}
        tried = [found.get(dtype) for dtype in dtypes]
        if None in tried or len({speed.large for speed in tried if speed}) > 1:
            return tuple(dtypes)
        return tuple(sorted(dtypes, key=lambda dtype: found[dtype].operations, reverse=True))

    def multiplied(self, products: Iterable[Product]) -> None:
        """Remember how fast matrix products are."""
        new = {(one.machine, one.device, one.dtype): one for one in (*self._read().products, *products)}
        self._write(self._read().model_copy(update={"products": tuple(new.values())}))

    def assumed(self, spec: EngineSpec, dtype: DType) -> float | None:
        """Operations a second on this machine's CPU before anything was drawn, as far as the engine says so."""
        share = spec.cpu_share.get(dtype)
        if share is None:
            return None
        here = [one for one in self._read().products if one.machine == platform.node() and one.device == "cpu"]
        measured = {one.dtype: one.operations for one in here}
        measured.setdefault(DType.FLOAT16, measured.get(DType.FLOAT32, 0.0))
        return share * (measured.get(dtype) or _USUAL_PRODUCTS[dtype] * usable_cores())

    def _entries(self) -> tuple[Speed, ...]:
        return self._read().speeds

    def _read(self) -> _File:
        stamp = self._stamp_now()
        if stamp and stamp != self._stamp:
            try:
                self._known, self._stamp = _File.model_validate_json(self.path.read_bytes()), stamp
            except (OSError, ValidationError):
                self._known, self._stamp = _File(), stamp
        return self._known

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            facts = self.path.stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_size

    def _write(self, known: _File) -> None:
        self._known = known
        try:
            write_file(self.path, known.model_dump_json(indent=1).encode())
        except StorageFailed as error:
            log.warning("How fast this was is remembered only until the end: %s", error)
        self._stamp = self._stamp_now()


def operations_of(model: ModelInfo, work: Work, steps: int) -> float:
    """Operations of drawing `work` in so many steps; 0 when the model's parts are not known."""
    step = operations_of_step(model, work)
    return steps * step + _DECODING * work.width * work.height * work.batch if step else 0.0


def operations_of_step(model: ModelInfo, work: Work) -> float:
    """Operations of one denoising step; 0 when the model's parts are not known."""
    network = next((part for part in parts_of(model) if part.part is ModelPart.DIFFUSION_MODEL), None)
    if network is None:
        return 0.0
    share = _TOKEN_SHARE if model.prediction == "flow" else _UNET_SHARE
    pixels = work.width * work.height * work.batch
    passes = 2 if work.guided and model.architecture not in GUIDANCE_BUILT_IN else 1
    return _PER_PLACE * network.parameters * share * pixels / _LATENT_PIXELS * passes


def fastest_first(specs: Sequence[EngineSpec], architecture: str, memory: SpeedMemory) -> tuple[EngineSpec, ...]:
    """Engines by their speed here: measured if each was with this very family, else assumed; as given if unknown."""
    rates = [memory.best(spec.name, architecture) for spec in specs]
    if None in rates:
        rates = [max((memory.assumed(spec, dtype) or 0.0 for dtype in spec.cpu_share), default=None) for spec in specs]
    if None in rates:
        return tuple(specs)
    ordered = sorted(zip(rates, specs, strict=True), key=lambda pair: pair[0] or 0.0, reverse=True)
    return tuple(spec for _, spec in ordered)


def timed(
    estimates: Iterable[PlanEstimate],
    model: ModelInfo,
    version: str,
    devices: Sequence[Device],
    memory: SpeedMemory,
    work: Work | None = None,
    steps: int | None = None,
) -> list[PlanEstimate]:
    """The same estimates with the seconds of a picture, where they can be told, and where they come from.

    Args:
        estimates: For plans of one engine.
        model: What is drawn with.
        version: The engine's, as it states it.
        devices: The engine's.
        memory: What was measured here.
        work: What is drawn; the model's usual when None.
        steps: How many; the model's usual when None.
    """
    operations = operations_of(model, work or Work.usual(model), steps or model.defaults.steps)
    by_id = {device.id: device for device in devices}
    specs = {spec.name: spec for spec in engine_specs()}
    found = []
    for one in estimates:
        plan, device = one.plan, by_id[one.plan.device]
        place = Place.of(plan.engine, version, device, model.architecture or model.pipeline or "unknown")
        rate, mine = memory.measured(place, plan.dtype)
        basis = "by what it took here before" if mine else "by what other models took here"
        if rate is None and plan.device == "cpu":
            rate, basis = memory.assumed(specs[plan.engine], plan.dtype), "guessed: nothing was drawn so yet"
        if rate and operations:
            seconds = operations / rate
            reason = f"{one.reason} A picture takes about {_minutes(seconds)}, {basis}."
            one = one.model_copy(update={"seconds": seconds, "reason": reason})  # noqa: PLW2901
        found.append(one)
    return found


def _minutes(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004


def _elsewhere(place: Place) -> Place:
    """The place, whatever was drawn there."""
    return place.model_copy(update={"architecture": ""})
