"""Latents → rough pictures by one linear map, cheap enough for every step.

Factors for Stable Diffusion 1/2 and XL: least-squares fits published in ComfyUI's `latent_formats.py`. A model folder
may carry its own in `preview.json` (`latent_rgb_factors` [channels][3], `latent_rgb_bias` [3]).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

_SD1 = (
    ((0.3512, 0.2297, 0.3227), (0.3250, 0.4974, 0.2350), (-0.2829, 0.1762, 0.2721), (-0.2120, -0.2616, -0.7177)),
    (0.0, 0.0, 0.0),
)
_SDXL = (
    ((0.3651, 0.4232, 0.4341), (-0.2533, -0.0042, 0.1068), (0.1076, 0.1111, -0.0362), (-0.3165, -0.2492, -0.2188)),
    (0.1084, -0.0175, -0.0011),
)
_SIDE = 256


@dataclass(frozen=True)
class LatentPreview:
    """`factors` [channels, 3] and `bias` [3] from scaled latents to RGB in [-1, 1]."""

    factors: torch.Tensor
    bias: torch.Tensor

    @classmethod
    def of(cls, architecture: str | None, folder: Path) -> LatentPreview | None:
        """The map for a model, or None when none is known for its latents."""
        own = folder / "preview.json"
        if own.is_file():
            facts = json.loads(own.read_text())
            return cls(torch.tensor(facts["latent_rgb_factors"]), torch.tensor(facts["latent_rgb_bias"]))
        known = {"sd1": _SD1, "sd2": _SD1, "sdxl": _SDXL}.get(architecture or "")
        return cls(torch.tensor(known[0]), torch.tensor(known[1])) if known else None

    def draw(self, latent: torch.Tensor) -> NDArray[np.uint8]:
        """One latent [channels, h, w] → uint8 [height, width, 3], enlarged so that it can be looked at."""
        rgb = torch.einsum("chw,cd->hwd", latent.float().cpu(), self.factors) + self.bias
        times = max(1, _SIDE // max(rgb.shape[:2]))
        pixels = ((rgb + 1) * 127.5).clamp(0, 255).byte()
        pixels = pixels.repeat_interleave(times, 0).repeat_interleave(times, 1)
        return np.asarray(pixels.numpy(), dtype=np.uint8)
