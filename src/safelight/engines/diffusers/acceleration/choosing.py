"""Which models are accelerated."""

from __future__ import annotations

import logging

from safelight.domain.models import ModelInfo, ModelPart
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.engines.diffusers.acceleration.toolkit import core, installed_version
from safelight.engines.diffusers.options import LoadOptions

log = logging.getLogger(__name__)

LEAST = 50_000_000
"""Parameters of the diffusion model from which on converting it is worth its time: the embedded model has fewer."""


def accelerates(model: ModelInfo, plan: Plan, options: LoadOptions) -> bool:
    """Whether OpenVINO is to compute `model`'s networks by `plan`.

    The offloaded mode, the last to be tried, goes without: it is there for what fails otherwise.
    """
    if options.acceleration == "torch" or plan.device != "cpu" or plan.memory_mode is MemoryMode.OFFLOADED:
        return False
    small = sum(part.parameters for part in model.parts if part.part is ModelPart.DIFFUSION_MODEL) < LEAST
    if options.acceleration == "auto" and small:
        return False
    problem = _problem(plan, options)
    if problem:
        log.warning("%s is not accelerated: %s.", model.id, problem)
    return not problem


def _problem(plan: Plan, options: LoadOptions) -> str | None:
    """Why OpenVINO can't compute here."""
    if plan.dtype is DType.FLOAT16:
        return "CPUs do not compute in f16"
    return missing(options.openvino_device)


def missing(device: str) -> str | None:
    """Why OpenVINO can't compute on one of its devices here; None when it can."""
    if installed_version() is None:
        return "OpenVINO is not installed"
    try:
        there = core().available_devices
    except (ImportError, RuntimeError) as error:
        return f"OpenVINO does not run here ({error})"
    kinds = {one.partition(".")[0] for one in there}
    kind = device.partition(".")[0]
    return None if kind in kinds else f"OpenVINO has no {kind} here"
