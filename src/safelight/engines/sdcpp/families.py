"""What the library does differently from family to family, where a request must be told otherwise for it."""

from __future__ import annotations

UNETS = frozenset({"sd1", "sd1_tiny", "sd2", "sd2_tiny", "sdxs", "sdxl", "ssd1b", "vega"})
"""Families with a UNet; the others are transformers."""

PENULTIMATE = frozenset({"sd2", "sd2_tiny", "sdxl", "ssd1b", "vega", "sd3"})
"""Families whose text encoder is read before its last layer: there, our clip skip 1 is the library's 2."""

DISTILLED = frozenset({"flux", "flux2"})
"""Families whose guidance is an input of the network; CFG itself stays off."""
