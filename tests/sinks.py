"""Sinks for driving an engine without a worker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safelight.domain.events import Phase, Progress


class Silent:
    """Listens to nothing."""

    def progress(self, progress: Progress) -> None:
        """Nothing."""

    def preview(self, picture: int, pixels: NDArray[np.uint8]) -> None:
        """Nothing."""


class Recorder:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.progressed: list[Progress] = []
        self.previews: list[tuple[int, NDArray[np.uint8]]] = []

    def progress(self, progress: Progress) -> None:
        """Keep it."""
        self.progressed.append(progress)

    def preview(self, picture: int, pixels: NDArray[np.uint8]) -> None:
        """Keep it."""
        self.previews.append((picture, pixels))

    def steps(self) -> list[tuple[int, int]]:
        """Picture and step of every denoising step that was finished."""
        return [(p.picture, p.step) for p in self.progressed if p.phase is Phase.DENOISING and p.step]
