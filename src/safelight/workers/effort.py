"""How much work a request is, as far as its time grows with it: network calls, and pictures to finish."""

from __future__ import annotations

from safelight.domain.request import GenerationRequest
from safelight.domain.samplers import network_calls
from safelight.domain.values import Value
from safelight.engines.options import second_steps


class Effort(Value):
    """What a request asks of an engine.

    Attributes:
        denoising: Pixels that the network is run on, over all pictures, calls and passes a call.
        finishing: Pixels of all pictures: each is decoded once.
    """

    denoising: float
    finishing: float

    @classmethod
    def of(cls, request: GenerationRequest, engine: str) -> Effort:
        """The work of all pictures, drawn by `engine`."""
        size, sampling = request.size, request.sampling
        pixels = size.width * size.height
        worked, finished = pixels * calls_of(request), pixels
        if again := second_steps(request).get(engine):
            (width, height), steps = again
            worked += width * height * network_calls(sampling.sampler, steps)
            finished += width * height
        passes = 2 if request.guidance.cfg_scale > 1 else 1
        return cls(denoising=request.batch.count * worked * passes, finishing=request.batch.count * finished)


def calls_of(request: GenerationRequest) -> int:
    """How often a picture calls the network: with a picture to start from, only for its strength's share of steps."""
    steps = request.sampling.steps
    if request.init:
        steps = max(1, int(steps * request.init.strength))
    return network_calls(request.sampling.sampler, steps)
