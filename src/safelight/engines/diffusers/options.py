"""What can be set on the diffusers engine, as typed values; imports no ML library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from safelight.domain.models import ModelKind
from safelight.domain.values import Value
from safelight.engines.options import Name, model_of


class LoadOptions(Value):
    """How a model is loaded.

    Attributes:
        acceleration: What computes the networks on a CPU: `openvino`, `torch`, or the faster one by the rule in
            `acceleration/choosing.py`.
        openvino_device: Where OpenVINO computes: `CPU`, or a `GPU` (`GPU.1`) or `NPU` of Intel's.
        cache_dir: Folder for converted and compiled networks. Unset: below the setting `cache_dir`.
        cache_bytes: Size that this folder may reach; beyond it, what was not used for longest is dropped.
        weight_type: `int8` makes the weights of matrix products 8-bit integers, where OpenVINO computes.
    """

    acceleration: Literal["auto", "openvino", "torch"] = "auto"
    openvino_device: Annotated[str, Field(pattern=r"^(CPU|GPU(\.\d+)?|NPU)$")] = "CPU"
    cache_dir: Path | None = None
    cache_bytes: int = Field(default=40 * 10**9, ge=0)
    weight_type: Literal["int8"] | None = None


Share = Annotated[float, Field(ge=0, le=1)]


class DrawOptions(Value):
    """What a request may leave out, to be faster; the picture changes with it.

    Attributes:
        guidance_interval: From where to where the negative prompt is looked at, as shares of the noise that is taken
            away: 0 is the first step's noise, 1 a clean picture. Outside of it a step takes half as long. For models
            with a UNet.
        deep_cache: The inner layers of the UNet are computed every so many steps, and reused between; 1 is always. For
            models with a UNet.
        easy_cache: Whole steps are left out as long as what they would change, relative to the network's answer, adds
            up to less than this; 0 leaves out none. For all models; not together with `deep_cache`.
        token_merging: Which share of the tokens is merged with others that are like them, in the largest
            self-attentions; 0 is none. For models with a UNet; not together with `deep_cache`.
        taesd: A tiny VAE, as the list of models calls it, that decodes in place of the model's own.
    """

    guidance_interval: tuple[Share, Share] = (0, 1)
    deep_cache: int = Field(default=1, ge=1, le=10)
    easy_cache: Share = 0
    token_merging: float = Field(default=0, ge=0, le=0.75)
    taesd: Annotated[Name, model_of(ModelKind.TAESD)] | None = None

    @property
    def shortens(self) -> bool:
        """Whether anything is left out."""
        return self.changes_unet or self.easy_cache > 0

    @property
    def changes_unet(self) -> bool:
        """Whether anything is left out that only a UNet can do without."""
        return self.guidance_interval != (0, 1) or self.deep_cache > 1 or self.token_merging > 0

    @model_validator(mode="after")
    def _possible(self) -> Self:
        begin, end = self.guidance_interval
        if begin >= end:
            raise ValueError("guidance_interval must begin before it ends")
        if self.easy_cache and self.deep_cache > 1:
            raise ValueError("easy_cache and deep_cache both reuse what was computed before: take one of them")
        if self.token_merging and self.deep_cache > 1:
            raise ValueError("token_merging and deep_cache each take a UNet of their own: take one of them")
        return self
