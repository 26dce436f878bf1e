"""What an engine takes of memory, as data: the constants of the estimate in `workers/fit.py`."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from safelight.domain.values import Value


class Bytes(Value):
    """Bytes for one number of a network's state, intermediate results included, by the type it computes in."""

    half: float = Field(gt=0)
    single: float = Field(gt=0)

    def of(self, size: int) -> float:
        """For numbers of `size` bytes."""
        return self.half if size == 2 else self.single  # noqa: PLR2004 - f16 and bf16


class MemoryUse(Value):
    """How an engine's memory grows with a model and with what it draws; fitted to measurements.

    Denoising takes `denoising` for each network pass at once, latent pixel and channel of the model's width (and
    `attending_of` bytes for each pass and square of the latent pixels); decoding takes `decoding` for each pixel that
    is decoded at once and channel of the VAE's width.

    Attributes:
        process: Main memory of a worker that has imported its libraries, in bytes.
        device: Memory of a GPU that is taken before anything is loaded, in bytes.
        holds_as_stored: Whether quantised weights stay as they are; else all become the plan's number type.
        overhead: Most that is held because of the weights, over the weights: while loading, and by the libraries later.
        denoising: See above; for models whose architecture is not in `denoising_of`.
        denoising_of: Architecture → its own.
        denoising_tokens: Of flow models, whose networks are transformers: for each token instead of each latent pixel.
        attending_of: For engines that hold the scores of attention at once: architecture → bytes.
        passes_apart: Whether prompt and negative prompt pass through the network one after the other.
        decoding: See above.
        tile: Side of the tiles that are decoded one by one in the tiled and offloaded modes, in pixels.
    """

    process: int = Field(ge=0)
    device: int = Field(default=0, ge=0)
    holds_as_stored: bool = False
    overhead: float = Field(default=1.1, ge=1)
    denoising: Bytes
    denoising_of: Mapping[str, Bytes] = {}
    denoising_tokens: Bytes | None = None
    attending_of: Mapping[str, float] = {}
    passes_apart: bool = False
    decoding: Bytes
    tile: int = Field(default=512, gt=0)
