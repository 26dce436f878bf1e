"""The size that the library draws at: it rounds up, so pictures are drawn on a larger canvas and cut out of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safelight.domain.request import Size
from safelight.engines.sdcpp.families import UNETS

_UNET_UNIT, _TRANSFORMER_UNIT = 64, 16
"""Pixels that both sides must be multiples of: `align_image_size` in `stable-diffusion.cpp`; a transformer's patches of
2 x 2 latent pixels."""


@dataclass(frozen=True)
class Canvas:
    """What is drawn: `width` x `height`, with the picture in its middle."""

    picture: Size
    width: int
    height: int

    @classmethod
    def around(cls, picture: Size, architecture: str | None) -> Canvas:
        """The smallest one that the family's network takes."""
        unit = _UNET_UNIT if architecture in UNETS else _TRANSFORMER_UNIT
        return cls(picture, -(-picture.width // unit) * unit, -(-picture.height // unit) * unit)

    @property
    def note(self) -> tuple[str, ...]:
        """What the user should know when the picture is cut out of a larger one."""
        if (self.width, self.height) == (self.picture.width, self.picture.height):
            return ()
        return (f"Drawn at {self.width}x{self.height}, as stable-diffusion.cpp needs, and cut to {self.picture}.",)

    def extended(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A picture's pixels [height, width, …] with its border repeated outwards to the canvas."""
        top, left = self._offset
        beyond: list[tuple[int, int]] = [
            (top, self.height - self.picture.height - top),
            (left, self.width - self.picture.width - left),
        ]
        return np.pad(pixels, beyond + [(0, 0)] * (pixels.ndim - 2), mode="edge")

    def cut(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture out of what was drawn, which may be enlarged as a whole (hires)."""
        times = pixels.shape[0] / self.height
        top, left = (round(offset * times) for offset in self._offset)
        height, width = round(self.picture.height * times), round(self.picture.width * times)
        return pixels[top : top + height, left : left + width]

    @property
    def _offset(self) -> tuple[int, int]:
        return (self.height - self.picture.height) // 2, (self.width - self.picture.width) // 2
