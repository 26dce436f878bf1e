"""Our sampler and scheduler names → diffusers scheduler objects, built on a model's own noise schedule.

`discrete` spaces timesteps evenly from the noisiest on ("linspace" in Table 2 of https://arxiv.org/abs/2305.08891),
`sgm_uniform` and `simple` end-aligned ("trailing"), `ddim_uniform` start-aligned ("leading") with offset 1, as
Stable Diffusion's own configuration has it. A single step always starts at the noisiest timestep.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import diffusers

from safelight.domain.errors import UnsupportedModel
from safelight.engines.diffusers.flow_heun import FlowHeun

_CLASSES: dict[str, tuple[str, dict[str, Any]]] = {
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_a": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpm2": ("KDPM2DiscreteScheduler", {}),
    "dpm2_a": ("KDPM2AncestralDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "dpmpp_2m_sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "solver_order": 2}),
    "dpmpp_3m_sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "solver_order": 3}),
    "dpmpp_2s": ("DPMSolverSinglestepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "lms": ("LMSDiscreteScheduler", {}),
    "ddim": ("DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": False}),
    "ddpm": ("DDPMScheduler", {"clip_sample": False}),
    "pndm": ("PNDMScheduler", {"skip_prk_steps": True, "set_alpha_to_one": False}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "deis": ("DEISMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {"clip_sample": False, "set_alpha_to_one": False}),
    "tcd": ("TCDScheduler", {"clip_sample": False, "set_alpha_to_one": False}),
}
_SPACINGS: dict[str, dict[str, Any]] = {
    "discrete": {"timestep_spacing": "linspace"},
    "sgm_uniform": {"timestep_spacing": "trailing"},
    "simple": {"timestep_spacing": "trailing"},
    "ddim_uniform": {"timestep_spacing": "leading", "steps_offset": 1},
    "karras": {"timestep_spacing": "linspace", "use_karras_sigmas": True},
    "exponential": {"timestep_spacing": "linspace", "use_exponential_sigmas": True},
    "beta": {"timestep_spacing": "linspace", "use_beta_sigmas": True},
}
_NOISE_SCHEDULE = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "rescale_betas_zero_snr",
)


def is_flow(scheduler: Any) -> bool:
    """Whether a model's own scheduler says that it is a flow model."""
    return type(scheduler).__name__.startswith("FlowMatch")


def check_schedule(scheduler: Any, model: str) -> None:
    """Raise UnsupportedModel for noise schedules that no sampler here keeps: EDM's, and flows without FlowMatch."""
    config, kind = scheduler.config, type(scheduler).__name__
    betas = config.get("beta_schedule") or config.get("trained_betas")
    if not is_flow(scheduler) and (not betas or config.get("prediction_type") == "flow_prediction"):
        raise UnsupportedModel(f"{model} was trained on the noise schedule of {kind}, which can't be sampled from yet.")


def network_steps(pipe: Any) -> int:
    """How often a pipeline that is drawing steps: samplers of second order twice for each step asked for."""
    return getattr(pipe, "_num_timesteps", None) or len(pipe.scheduler.timesteps)


def build_scheduler(sampler: str, scheduler: str, config: Mapping[str, Any], steps: int, *, flow: bool = False) -> Any:
    """Return a fresh diffusers scheduler.

    Args:
        sampler: A name from the engine's spec.
        scheduler: A name that the spec pairs with it.
        config: The configuration of the model's own scheduler: its noise schedule and prediction type are kept,
            its sampling options are not.
        steps: How many there will be.
        flow: Whether the model is a flow model (`is_flow`).
    """
    if flow:
        options = {key: value for key, value in _SPACINGS[scheduler].items() if key.startswith("use_")}
        if sampler == "heun":
            return FlowHeun.of({**config, **options})
        return diffusers.FlowMatchEulerDiscreteScheduler.from_config(dict(config), **options)
    name, own = _CLASSES[sampler]
    kind = getattr(diffusers, name)
    known = inspect.signature(kind.__init__).parameters
    schedule = {key: config[key] for key in _NOISE_SCHEDULE if config.get(key) is not None}
    spacing = _SPACINGS[scheduler] if steps > 1 else {"timestep_spacing": "trailing"}
    options = {**schedule, **own, **spacing}
    return kind(**{key: value for key, value in options.items() if key in known})
