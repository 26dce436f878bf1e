"""What a drawing took: its denoising steps apart from everything else, as the two do not grow alike."""

from __future__ import annotations

from dataclasses import dataclass

from safelight.domain.events import Phase, Progress


@dataclass(frozen=True)
class Spent:
    """The engine's own time for a drawing.

    Attributes:
        seconds: All of it, without what had to be made ready once.
        denoising: Of these, the steps'; 0 where the engine does not say.
    """

    seconds: float
    denoising: float


class StepClock:
    """Adds up the steps that are told of. `seconds` is their sum."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._step = 0

    def saw(self, progress: Progress) -> None:
        """Take note of a progress report; one may tell of several steps, with the time of each."""
        if progress.phase is Phase.DENOISING and progress.step and progress.seconds is not None:
            new = progress.step - self._step if progress.step > self._step else progress.step  # another picture's
            self.seconds += new * progress.seconds
            self._step = progress.step
