"""Heun's method on a flow model's own schedule.

diffusers' `FlowMatchHeunDiscreteScheduler` knows neither the sigmas that most flow pipelines hand over nor a shift that
depends on the picture's size. Here Euler's scheduler, which knows both, makes the schedule, and Heun's takes the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FlowMatchHeunDiscreteScheduler


class FlowHeun(FlowMatchHeunDiscreteScheduler):
    """Two network passes a step, but for the last."""

    _euler: Any
    timesteps: Any
    sigmas: Any

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> FlowHeun:
        """A scheduler for models whose own has `config`."""
        made: Any = cls()
        made._euler = FlowMatchEulerDiscreteScheduler.from_config(dict(config))
        made.register_to_config(**dict(made._euler.config))
        return cast(FlowHeun, made)

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        sigmas: list[float] | None = None,
        mu: float | None = None,
        timesteps: list[float] | None = None,
    ) -> None:
        """As Euler's scheduler; every noise level but the first and the last is visited twice."""
        self._euler.set_timesteps(num_inference_steps, device=device, sigmas=sigmas, mu=mu, timesteps=timesteps)
        self.num_inference_steps = self._euler.num_inference_steps
        levels, times = self._euler.sigmas, self._euler.timesteps
        self.timesteps = torch.cat([times[:1], times[1:].repeat_interleave(2)])
        self.sigmas = torch.cat([levels[:1], levels[1:-1].repeat_interleave(2), levels[-1:]])
        self.prev_derivative = self.dt = None
        self._step_index = self._begin_index = None
