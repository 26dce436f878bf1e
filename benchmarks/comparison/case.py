"""What every contender is asked for, and what each says it took."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GUIDANCE = 7.5
PROMPT = "a lighthouse on a cliff at dawn, oil on canvas"
SEED = 1


@dataclass(frozen=True)
class Case:
    """One picture by Euler with the discrete schedule and classifier-free guidance.

    Attributes:
        architecture: sd1, sd2 or sdxl: a model of that real size with random weights.
        side: Pixels of width and of height.
        files: Folder of the models, made where they are missing.
    """

    architecture: str
    side: int
    steps: int
    files: Path

    def __str__(self) -> str:
        return f"{self.architecture} {self.side}x{self.side}, {self.steps} steps"


@dataclass(frozen=True)
class Taken:
    """Seconds and bytes of one picture, drawn by a process that had drawn once before.

    Attributes:
        ready: From the start of the process until it could draw.
        picture: From order to picture; None where only the network is run.
        denoising: All steps.
        peak: The most that the process (and its workers) held resident at any time.
        retained: What it held after the picture.
    """

    ready: float
    picture: float | None
    denoising: float
    peak: int
    retained: int
