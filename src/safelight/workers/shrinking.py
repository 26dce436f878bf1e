"""The last resort when memory ran out on the safest plan: the same request smaller, then with fewer steps."""

from __future__ import annotations

from collections.abc import Iterator

from safelight.domain.request import GenerationRequest, Size

_SCALES = (0.75, 0.75**2, 0.5)
_SMALLEST_SIDE, _FEWEST_STEPS = 256, 8


def smaller(request: GenerationRequest) -> Iterator[GenerationRequest]:
    """Ever lesser versions of `request`, each to try when the one before ran out of memory, too.

    Both sides times 0.75, 0.75² and 0.5, rounded down to multiples of 8 and never below 256 pixels (or what they were);
    then at that size half of the steps, if that leaves 8.
    """
    width, height = request.size.width, request.size.height
    least = request
    for scale in _SCALES:
        size = Size(width=_scaled(width, scale), height=_scaled(height, scale))
        if size != least.size:
            least = least.model_copy(update={"size": size})
            yield least
    steps = request.sampling.steps // 2
    if steps >= _FEWEST_STEPS:
        yield least.model_copy(update={"sampling": least.sampling.model_copy(update={"steps": steps})})


def note_for(asked: GenerationRequest, drawn: GenerationRequest) -> str | None:
    """One sentence on how `drawn` is less than `asked`; None when it is not."""
    less = []
    if drawn.size != asked.size:
        less.append(f"at {drawn.size} instead of {asked.size}")
    if drawn.sampling.steps != asked.sampling.steps:
        less.append(f"with {drawn.sampling.steps} instead of {asked.sampling.steps} steps")
    return f"Memory ran out, so this was drawn {' and '.join(less)}." if less else None


def _scaled(side: int, scale: float) -> int:
    return min(side, max(_SMALLEST_SIDE, int(side * scale) // 8 * 8))
