"""Which models are accelerated."""

from __future__ import annotations

import logging

from safelight.domain.models import ModelInfo, ModelPart
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.engines.diffusers.acceleration.toolkit import installed_version, openvino
from safelight.engines.diffusers.options import LoadOptions

log = logging.getLogger(__name__)

_LEAST = 50_000_000
"""Parameters of the diffusion model from which on converting it is worth its time: the embedded model has fewer."""


def accelerates(model: ModelInfo, plan: Plan, options: LoadOptions) -> bool:
    """Whether OpenVINO is to compute `model`'s networks by `plan`.

    The offloaded mode, the last to be tried, goes without: it is there for what fails otherwise.
    """
    if options.acceleration == "torch" or plan.device != "cpu" or plan.memory_mode is MemoryMode.OFFLOADED:
        return False
    small = sum(part.parameters for part in model.parts if part.part is ModelPart.DIFFUSION_MODEL) < _LEAST
    if options.acceleration == "auto" and small:
        return False
    if plan.dtype is DType.FLOAT16:
        log.info("%s is not accelerated: CPUs do not compute in f16.", model.id)
        return False
    if installed_version() is None:
        log.info("%s is not accelerated: OpenVINO is not installed.", model.id)
        return False
    try:
        openvino()
    except ImportError as error:
        log.warning("%s is not accelerated: OpenVINO does not run here: %s", model.id, error)
        return False
    return True
