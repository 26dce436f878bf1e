"""Leaves out calls of a diffusion model whose answer changes little from the step before (EasyCache).

Only what goes into the whole network and comes out of it is looked at, so that it does not matter which network that is
and what computes it. With x what goes in and v what comes out, norms being means of magnitudes:

- Where the network was called, at i, its rate is k = |v_i - v_j| / |x_i - x_j|, j being the call before.
- At each step t after, k |x_t - x_(t-1)| / |v_i| is what the answer is expected to change by since the step before.
- As long as these add up to less than the threshold, the answer is taken to be v_i + (x_t - x_i).

X. Zhou et al., "Less is Enough", 2025, arXiv 2507.02860; where the paper leaves room, as its authors' code does it
(github.com/H-EmbodVis/EasyCache), but for two things. The steps at the beginning that are never left out are a share,
not a number. And the paper is about velocities, noise less picture: of networks that answer them the other way round x
is subtracted, and those that predict the noise, or the picture, are taken to answer v_i, which was nearer by 3 to 5 dB.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from diffusers.models.modeling_outputs import Transformer2DModelOutput

_BEGINNING = 0.15
"""Share of the steps at the beginning that are always computed, as stable-diffusion.cpp and ComfyUI have it."""

_LEAST = 2
"""Calls that a rate takes."""

_NOTHING = 1e-12

Compute = Callable[[], torch.Tensor]
Follows = Literal[-1, 0, 1]


class EasyCache:
    """The steps of one drawing, in order.

    The network may be called several times a step, with the same x: for the prompt, the negative prompt and so on. What
    is decided for the first of them holds for all. Pictures of one batch are decided on together.

    Args:
        threshold: What expected changes, relative to the answer, may add up to; nothing is left out at 0.
        steps: How many there will be. The first ones and the last one are never left out.
        follows: How answers move as the sample does: 1, -1, or 0 where they do not.

    Attributes:
        seen: Steps so far.
        skipped: How many of these were left out.
    """

    def __init__(self, threshold: float, steps: int, *, follows: Follows = 1) -> None:
        self.seen = self.skipped = 0
        self._threshold, self._steps, self._follows = threshold, steps, follows
        self._always = max(_LEAST, math.ceil(_BEGINNING * steps))
        self._input: torch.Tensor | None = None
        self._computed: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._rate: float | None = None
        self._change = 0.0
        self._call, self._skips = 0, False

    def __call__(self, sample: torch.Tensor, compute: Compute) -> torch.Tensor:
        """The network's answer, or what it is taken to be.

        Args:
            sample: What goes into the network.
            compute: Calls it.
        """
        if self._input is None or not _same(self._input, sample):
            self._skips = self._decide(sample)
            self.seen += 1
            self.skipped += self._skips
            self._call, self._input = 0, sample.clone()
        call, self._call = self._call, self._call + 1
        if self._skips and call < len(self._computed):
            before, answer = self._computed[call]
            return _moved(before, answer, sample, self._follows)
        return self._compute(call, sample, compute)

    def _decide(self, sample: torch.Tensor) -> bool:
        if self._always <= self.seen < self._steps - 1 and self._rate is not None and self._input is not None:
            answer = self._computed[0][1]
            self._change += self._rate * _distance(sample, self._input) / _norm(answer)
            if self._change < self._threshold:
                return True
        self._change = 0.0
        return False

    def _compute(self, call: int, sample: torch.Tensor, compute: Compute) -> torch.Tensor:
        answer = compute()
        if call == 0 and self._computed:
            before, answered = self._computed[0]
            self._rate = _distance(answer, answered) / _distance(sample, before)
        self._computed[call : call + 1] = [(sample.clone(), answer.clone())]
        return answer


class Skipping:
    """Is called in place of a pipeline's network; everything else is asked of the network itself.

    Args:
        network: A UNet or transformer.
        begun: Makes the cache, once the first step has begun.
    """

    def __init__(self, network: Any, begun: Callable[[], EasyCache]) -> None:
        self._network, self._begun = network, begun
        self._cache: EasyCache | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    @property
    def note(self) -> str:
        """What was left out, for whoever gets the picture."""
        seen, skipped = (self._cache.seen, self._cache.skipped) if self._cache else (0, 0)
        return f"easy_cache left out {skipped} of {seen} evaluations of the diffusion model."

    def __call__(self, *args: Any, **more: Any) -> Any:
        """As the pipelines of this library call a network: with the sample first, or called that or hidden states."""
        given = args[0] if args else more["sample" if "sample" in more else "hidden_states"]
        several = isinstance(given, list)  # a tensor for each picture
        self._cache = self._cache or self._begun()

        def compute() -> torch.Tensor:
            answered = self._network(*args, **more | {"return_dict": False})[0]
            return torch.stack(answered) if several else answered

        answer = self._cache(torch.stack(given) if several else given, compute)
        drawn = list(answer) if several else answer
        return (drawn,) if more.get("return_dict") is False else Transformer2DModelOutput(sample=drawn)


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _norm(tensor: torch.Tensor) -> float:
    return max(float(tensor.float().abs().mean()), _NOTHING)  # what was never seen to change is computed


def _distance(one: torch.Tensor, other: torch.Tensor) -> float:
    return _norm(one.float() - other.float())


def _moved(before: torch.Tensor, answer: torch.Tensor, sample: torch.Tensor, follows: Follows) -> torch.Tensor:
    """The answer moved as the sample was; what only one of them has (masks, variances) is left as it is."""
    both = tuple(slice(min(sides)) for sides in zip(answer.shape, sample.shape, strict=True))
    found = answer.to(torch.float32, copy=True)
    found[both] += follows * (sample[both].float() - before[both].float())
    return found.to(answer.dtype)
