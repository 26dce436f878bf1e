"""Tells from completed jobs how long the engine will take for another one.

Denoising is taken to grow with pictures, pixels, network calls (two a step with samplers of second order) and passes a
call (two with classifier-free guidance), everything else with pictures and pixels. The seconds for one such unit are
the median over completed jobs by the same plan and options (of two the lower: the first job of a worker is slower than
all others). Of those count only jobs of about the same size, then those that drew as many pictures at once, then those
with guidance if the request has some, then those of its mode, where there are any: none of this grows quite evenly.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

from safelight.domain.jobs import Job
from safelight.domain.plans import Plan
from safelight.domain.request import GenerationRequest
from safelight.domain.values import Value
from safelight.workers.effort import Effort

_SIMILAR = 2.0
_NEWEST = 9
"""Jobs that count: what is set, installed and running beside may have been different before."""


class Prediction(Value):
    """The engine's seconds for a request, of how many jobs they are told, and whether these were of about its size."""

    seconds: float
    jobs: int
    similar: bool


def predicted(request: GenerationRequest, plan: Plan, completed: Sequence[Job]) -> Prediction | None:
    """What a request will take by a plan, by what jobs of its model took, newest first; None when none was like it."""
    alike = [job for job in completed if job.plan == plan and job.seconds]
    alike = [job for job in alike if job.drawing.engine_options == request.engine_options]
    if not alike:
        return None
    size, guided = _pixels(request), request.guidance.cfg_scale > 1
    near = [job for job in alike if 1 / _SIMILAR <= _pixels(job.drawing) / size <= _SIMILAR]
    known = near or alike
    known = [job for job in known if _together(job.drawing) == _together(request)] or known
    known = [job for job in known if (job.drawing.guidance.cfg_scale > 1) is guided] or known
    known = [job for job in known if job.drawing.mode is request.mode] or known
    known = [job for job in known if job.denoising] or known
    known = known[:_NEWEST]
    steps, rest = zip(*(_rates(job, plan) for job in known), strict=True)
    asked = Effort.of(request, plan.engine)
    seconds = median_low(steps) * asked.denoising + median_low(rest) * asked.finishing
    return Prediction(seconds=seconds, jobs=len(known), similar=bool(near))


def _rates(job: Job, plan: Plan) -> tuple[float, float]:
    """Seconds of denoising, and of everything else, for a unit of each; where a job does not tell them apart, all."""
    effort, seconds = Effort.of(job.drawing, plan.engine), job.seconds or 0.0
    denoising = job.denoising or seconds
    return denoising / effort.denoising, (seconds - denoising) / effort.finishing


def _together(request: GenerationRequest) -> int:
    return min(request.batch.batch_size, request.batch.count)


def _pixels(request: GenerationRequest) -> int:
    return request.size.width * request.size.height
