"""Will it fit: the memory that a model takes by a plan, from what its parts weigh and from what is drawn.

Weights count in the plan's number type, companions included; those of quantised files as stored, for engines that
compute with them so. On top comes the larger of what denoising and decoding hold at once (`engines/memory.py`);
attention needs no memory that grows with the square of the picture, as torch fuses it. `docs/memory.md` says what was
measured; `benchmarks/footprint.py` measures it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from safelight.catalog.headers.header import is_block_type
from safelight.catalog.weights import holds_blocks, weigh_companion
from safelight.domain.errors import OutOfMemory, SafelightError
from safelight.domain.models import ModelInfo, ModelPart, PartWeight, Role
from safelight.domain.plans import Device, MemoryMode, Plan
from safelight.domain.request import GenerationRequest
from safelight.domain.units import data_size
from safelight.domain.values import Value
from safelight.engines.memory import MemoryUse
from safelight.engines.options import second_passes
from safelight.engines.spec import engine_specs
from safelight.workers.placement import DTYPE_BYTES

_LATENT = 8
"""Pixels of a side that a latent pixel stands for."""

_PATCH = 2
"""Latent pixels of a side that a transformer's token stands for."""

GUIDANCE_BUILT_IN = frozenset({"flux", "flux2"})
"""Families whose network is told how much guidance there shall be: one pass a step."""

_PART_OF = {Role.VAE: ModelPart.VAE, Role.HIGH_NOISE: ModelPart.DIFFUSION_MODEL}
"""What a companion is besides a text encoder."""

_VAE_WIDTH = 128


class Work(Value):
    """What is drawn, as far as memory depends on it.

    Attributes:
        width: Pixels.
        height: Pixels.
        batch: Pictures at once.
        guided: Whether each step runs the network on prompt and negative prompt together.
        again: Engine → width and height at which it draws a second time (hires fix).
    """

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    batch: int = Field(default=1, gt=0)
    guided: bool = True
    again: Mapping[str, tuple[int, int]] = {}

    @classmethod
    def of(cls, request: GenerationRequest) -> Work:
        """What a request asks for."""
        return cls(
            width=request.size.width,
            height=request.size.height,
            batch=min(request.batch.batch_size, request.batch.count),
            guided=request.guidance.cfg_scale > 1,
            again=second_passes(request),
        )

    def by(self, engine: str) -> Work:
        """The larger of the passes in which `engine` draws this."""
        width, height = self.again.get(engine, (0, 0))
        if width * height <= self.width * self.height:
            return self
        return self.model_copy(update={"width": width, "height": height})

    @classmethod
    def usual(cls, model: ModelInfo) -> Work:
        """What a model is asked for when nothing is said."""
        size = model.defaults.size
        return cls(width=size.width, height=size.height, guided=model.defaults.cfg_scale > 1)


class Footprint(Value):
    """Bytes that a model takes by a plan.

    Attributes:
        weights: Of all its parts.
        working: More, while it draws.
        process: The worker without the model.
        device: All that is taken on the plan's device at most, at once.
        main: All that is taken of main memory at most, at once.
    """

    weights: int
    working: int
    process: int
    device: int
    main: int

    def sentence(self, work: Work) -> str:
        """Where the bytes go, for people."""
        drawing = f"{data_size(self.working)} to draw {work.width}x{work.height}"
        return f"{data_size(self.weights)} of weights, {drawing}, {data_size(self.process)} for the process"


class PlanEstimate(Value):
    """A plan with what it is expected to take.

    Attributes:
        footprint: None when the model's parts are not known.
        available: Bytes that the plan's device has.
        fits: Whether the estimate is within that; None when there is none.
        reason: One sentence: where the bytes go, or why it can't be run so.
        seconds: For one picture, when that can be told (`speed.timed`).
    """

    plan: Plan
    footprint: Footprint | None
    available: int
    fits: bool | None
    reason: str
    seconds: float | None = None


def footprint(model: ModelInfo, plan: Plan, work: Work | None = None) -> Footprint | None:
    """Estimate what `model` takes by `plan` while it draws `work` (default: its usual size).

    None when its parts are not known, or the engine says nothing of its memory.
    """
    use = next((spec.memory for spec in engine_specs() if spec.name == plan.engine), None)
    weighed = _weighed(model)
    parts = [part for part, _ in weighed]
    if use is None or not any(part.part is ModelPart.DIFFUSION_MODEL for part in parts):
        return None
    work = (work or Work.usual(model)).by(plan.engine)
    sizes = [
        part.bytes if use.holds_as_stored and in_blocks else part.parameters * DTYPE_BYTES[plan.dtype]
        for part, in_blocks in weighed
    ]
    weights = sum(sizes)
    working = max(_denoising(model, parts, plan, work, use), _decoding(parts, plan, work, use))
    held = int(weights * use.overhead)
    if plan.device == "cpu":
        total = use.process + held + working
        return Footprint(weights=weights, working=working, process=use.process, device=total, main=total)
    offloaded = plan.memory_mode is MemoryMode.OFFLOADED
    return Footprint(
        weights=weights,
        working=working,
        process=use.process,
        device=use.device + working + (max(sizes) if offloaded else weights),
        main=use.process + held,  # everything is read there first
    )


def estimates(
    model: ModelInfo, plans: Sequence[Plan], devices: Sequence[Device], work: Work | None = None
) -> list[PlanEstimate]:
    """Say of each plan what `model` takes by it, and whether its device has that."""
    memory = {device.id: device.memory for device in devices}
    found = []
    for plan in plans:
        taken, there = footprint(model, plan, work), memory.get(plan.device, 0)
        if taken is None:
            reason, fits = "What it takes is not known.", None
        else:
            fits = taken.device <= there
            against = "" if fits else f", and {plan.device} has {data_size(there)}"
            told = taken.sentence((work or Work.usual(model)).by(plan.engine))
            reason = f"It takes about {data_size(taken.device)}{against}: {told}."
        found.append(PlanEstimate(plan=plan, footprint=taken, available=there, fits=fits, reason=reason))
    return found


def refusal(model: ModelInfo, tried: Sequence[PlanEstimate]) -> OutOfMemory | None:
    """The error for a model that fits by no plan, with the numbers and what would help; None when one may fit."""
    known = [(one, one.footprint) for one in tried if one.footprint and one.fits is False]
    if not tried or len(known) < len(tried):
        return None
    nearest, taken = min(known, key=lambda pair: pair[1].device / max(pair[0].available, 1))
    smaller = "a smaller size, " if taken.working > taken.weights / 4 else ""
    quantised = "" if _is_quantised(model) else "a quantised file of it (GGUF), "
    return OutOfMemory(
        f"{model.id} does not fit: by the plan that comes nearest ({nearest.plan}) it takes about "
        f"{data_size(taken.device)}, and {nearest.plan.device} has {data_size(nearest.available)}.",
        hint=f"Try {smaller}{quantised}a smaller model, or a machine with more memory.",
    )


def parts_of(model: ModelInfo) -> list[PartWeight]:
    """Those of its own file and those of the companions that were found; of one part the companion counts."""
    return [part for part, _ in _weighed(model)]


def _weighed(model: ModelInfo) -> list[tuple[PartWeight, bool]]:
    """`parts_of`, each with whether its file holds blocks: such a file is loaded as it is, its floats too."""
    parts: dict[ModelPart, list[tuple[PartWeight, bool]]] = {}
    for weight in model.parts:
        parts.setdefault(weight.part, []).append((weight, is_block_type(model.dtype or "")))
    companions: dict[ModelPart, list[tuple[PartWeight, bool]]] = {}
    for component in model.components:
        if component.path is None:
            continue
        part = _PART_OF.get(component.role, ModelPart.TEXT_ENCODER)
        try:
            in_blocks = holds_blocks(component.path)
            weights = weigh_companion(component.path, part)
            companions.setdefault(part, []).extend((weight, in_blocks) for weight in weights)
        except (SafelightError, OSError):  # gone or damaged since the catalog saw it: loading will say so
            continue
    found = parts.pop(ModelPart.DIFFUSION_MODEL, []) + companions.pop(ModelPart.DIFFUSION_MODEL, [])
    return found + [each for weighed in (parts | companions).values() for each in weighed]


def _denoising(model: ModelInfo, parts: Sequence[PartWeight], plan: Plan, work: Work, use: MemoryUse) -> int:
    network = next(part for part in parts if part.part is ModelPart.DIFFUSION_MODEL)
    places = work.width * work.height // _LATENT**2
    width = network.width or int((network.parameters / 1000) ** 0.5)
    family = model.architecture or ""
    passes = work.batch * (2 if work.guided and family not in GUIDANCE_BUILT_IN and not use.passes_apart else 1)
    each = use.denoising_of.get(family, use.denoising)
    if model.prediction == "flow":
        places, each = places // _PATCH**2, use.denoising_tokens or each
    for_each = each.of(DTYPE_BYTES[plan.dtype]) * width
    return int(passes * places * (for_each + use.attending_of.get(family, 0.0) * places))


def _decoding(parts: Sequence[PartWeight], plan: Plan, work: Work, use: MemoryUse) -> int:
    width = next((part.width for part in parts if part.part is ModelPart.VAE and part.width), _VAE_WIDTH)
    pixels = work.width * work.height * work.batch
    if plan.memory_mode is not MemoryMode.FULL:  # one picture after another, too
        pixels = min(work.width, use.tile) * min(work.height, use.tile)
    return int(use.decoding.of(DTYPE_BYTES[plan.dtype]) * pixels * width)


def _is_quantised(model: ModelInfo) -> bool:
    dtype = model.dtype or ""
    return is_block_type(dtype) or dtype.startswith(("f8", "i8"))
