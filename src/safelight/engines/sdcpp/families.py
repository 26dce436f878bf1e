"""What the library does differently from family to family, where a request must be told otherwise for it."""

from __future__ import annotations

from safelight.domain.models import ModelInfo
from safelight.domain.request import Mode

XL = frozenset({"sdxl", "ssd1b", "vega"})
"""Stable Diffusion XL and what was distilled from it."""

UNETS = frozenset({"sd1", "sd1_tiny", "sd2", "sd2_tiny", "sdxs"}) | XL
"""Families with a UNet; the others are transformers."""

PENULTIMATE = frozenset({"sd2", "sd2_tiny", "sd3"}) | XL
"""Families whose text encoder is read before its last layer: there, our clip skip 1 is the library's 2."""

DISTILLED = frozenset({"flux", "flux2"})
"""Families whose guidance is an input of the network; CFG itself stays off."""

SKIPPING = frozenset({"sd3", "flux", "flux2", "chroma", "chroma_radiance"})
"""Families whose network can leave layers out (`skip_layers` in `mmdit.hpp` and `flux.hpp`)."""

EDITING = frozenset({"flux", "flux2", "qwen_image"})
"""Families that have members which look at reference pictures."""


def follows_a_picture(model: ModelInfo) -> bool:
    """Whether it is FLUX.1 Canny or Depth, for which the picture of image-to-image is what to follow."""
    return model.architecture == "flux" and model.modes == {Mode.IMAGE_TO_IMAGE}
