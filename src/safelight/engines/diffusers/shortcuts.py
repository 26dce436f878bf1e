"""What a drawing leaves out where its options say so: guidance at some noise levels, layers, tokens or whole steps.

All of it changes the picture; `docs/speed.md` shows by how much, and what it saves. A limited interval of guidance: T.
Kynkäänniemi et al., 2024, arXiv 2404.07724. Reused inner layers: `deep_cache`. Steps left out: `easy_cache`. Merged
tokens: `token_merging`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from safelight.domain.errors import InvalidInput
from safelight.engines.diffusers import deep_cache, token_merging
from safelight.engines.diffusers.easy_cache import EasyCache, Follows, Skipping
from safelight.engines.diffusers.options import DrawOptions
from safelight.engines.diffusers.samplers import network_steps
from safelight.engines.diffusers.token_merging import Merged, MergingUNet

Whole = Callable[..., tuple[torch.Tensor, torch.Tensor]]
Outer = Callable[..., torch.Tensor]

_TRAINED = 1000
"""Timesteps that every UNet here was trained with."""

_REVERSED = ("Lumina", "ZImage", "HiDream", "NucleusMoE")
"""Pipelines that turn round the velocities that their network answers."""

_NETWORKS = ("unet", "transformer")
_EVERYTHING, _NOTHING_SAID, _SAID = "both", "negative", "positive"


@contextmanager
def taken(
    pipe: Any,
    options: DrawOptions,
    *,
    guided: bool,
    ways: tuple[Whole, Outer] | None = None,
    merged: Merged | None = None,
) -> Iterator[list[str]]:
    """Let `pipe` draw with the shortcuts of `options` while the block runs.

    Args:
        pipe: A pipeline with a UNet or a transformer.
        options: What was asked for.
        guided: Whether its UNet is called with the negative half of a batch first, then the positive half.
        ways: The UNet whole, giving its inner features too, and its outer layers; torch's when None.
        merged: The UNet with merged tokens; torch's when None.

    Yields:
        What is to be told with the pictures, once the block has run.

    Raises:
        InvalidInput: The pipeline has no network that this can be done with.
    """
    notes: list[str] = []
    if not options.shortens:
        yield notes
        return
    name, network = _network_of(pipe, options)
    inner = network
    if options.token_merging:
        inner = MergingUNet(network, options.token_merging, merged)
    if options.easy_cache:
        inner = skipping = Skipping(inner, lambda: _easy_cache(pipe, options.easy_cache))
    if options.changes_unet:
        guided = guided and network.config.time_cond_proj_dim is None
        inner = _ShortUNet(inner, options, guided, ways or _by_torch(network))
    # Not as the pipeline's own component: its configuration names the class of each.
    object.__setattr__(pipe, name, inner)
    try:
        yield notes
    finally:
        object.__setattr__(pipe, name, network)
    if options.easy_cache:
        notes.append(skipping.note)


def _easy_cache(pipe: Any, threshold: float) -> EasyCache:
    """For the drawing that `pipe` has begun."""
    follows: Follows = -1 if type(pipe).__name__.startswith(_REVERSED) else 1
    if pipe.scheduler.config.get("prediction_type") in {"epsilon", "sample"}:
        follows = 0
    return EasyCache(threshold, network_steps(pipe), follows=follows)


def _network_of(pipe: Any, options: DrawOptions) -> tuple[str, Any]:
    """The diffusion model of a pipeline, and its name there."""
    found = [(name, network) for name in _NETWORKS if (network := getattr(pipe, name, None)) is not None]
    if not found:
        raise InvalidInput("This model's pipeline has no shortcuts here.", hint="Leave them out.")
    name, network = found[0]
    if options.changes_unet and name != "unet":
        raise InvalidInput(
            "This model has no UNet: of the shortcuts there is only `easy_cache` for it.", hint="Leave the others out."
        )
    if options.deep_cache > 1 and not deep_cache.suits(network):
        raise InvalidInput("This model's UNet can't be taken apart.", hint="Leave `deep_cache` out.")
    if options.token_merging and not token_merging.suits(network):
        raise InvalidInput("This model's UNet has no tokens to merge.", hint="Leave `token_merging` out.")
    return name, network


def _by_torch(unet: Any) -> tuple[Whole, Outer]:
    def whole(*args: torch.Tensor, **more: Any) -> tuple[torch.Tensor, torch.Tensor]:
        found: tuple[torch.Tensor, torch.Tensor] = deep_cache.whole(unet, *args, **more)
        return found

    def outer(*args: torch.Tensor, **more: Any) -> torch.Tensor:
        return deep_cache.outer(unet, *args, **more)

    return whole, outer


class _ShortUNet:
    """Is called in place of a pipeline's UNet; everything else is asked of the UNet itself."""

    def __init__(self, unet: Any, options: DrawOptions, guided: bool, ways: tuple[Whole, Outer]) -> None:
        self._unet, self._options = unet, options
        self._halved = guided and options.guidance_interval != (0, 1)
        self._whole, self._outer = ways
        self._inner: dict[str, torch.Tensor] = {}
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unet, name)

    def __call__(self, sample: torch.Tensor, timestep: Any, encoder_hidden_states: torch.Tensor, **more: Any) -> Any:
        """As the pipelines of this library call a UNet, which take the first of what is returned."""
        given = {name: value for name, value in more.items() if value is not None and name != "return_dict"}
        self._calls += 1
        if not self._halved:
            return (self._part(_EVERYTHING, slice(None), sample, timestep, encoder_hidden_states, given),)
        half = len(sample) // 2
        said = self._part(_SAID, slice(half, None), sample, timestep, encoder_hidden_states, given)
        unsaid = said
        begin, end = self._options.guidance_interval
        if begin <= self._done(timestep) <= end:
            unsaid = self._part(_NOTHING_SAID, slice(half), sample, timestep, encoder_hidden_states, given)
        return (torch.cat([unsaid, said]),)

    def _done(self, timestep: Any) -> float:
        """0 at pure noise, 1 at none."""
        return 1 - float(torch.as_tensor(timestep).flatten()[0]) / _TRAINED

    def _part(
        self, name: str, which: slice, sample: torch.Tensor, timestep: Any, context: torch.Tensor, given: dict[str, Any]
    ) -> torch.Tensor:
        """The prediction for a part of the batch."""
        moment = torch.as_tensor(timestep, device=sample.device).flatten()
        args = (sample[which], moment.expand(len(sample))[which], context[which])
        more = {key: _sliced(value, which) for key, value in given.items()}
        every = self._options.deep_cache
        if every == 1:
            drawn: torch.Tensor = self._unet(*args, return_dict=False, **more)[0]
            return drawn
        if name not in self._inner or (self._calls - 1) % every == 0:
            drawn, self._inner[name] = self._whole(*args, **more)
            return drawn
        return self._outer(*args, inner=self._inner[name], **more)


def _sliced(value: Any, which: slice) -> Any:
    if isinstance(value, dict):
        return {name: _sliced(each, which) for name, each in value.items()}
    return value[which] if isinstance(value, torch.Tensor) and value.dim() else value
