"""A tiny VAE (TAESD) that decodes in place of a model's own, where a request names one.

It is given latents as the diffusion model has them, not scaled and shifted for the model's VAE (README of
madebyollin/taesd), whose latents it was trained on. Pictures to start from are still encoded by the model's VAE.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from diffusers import AutoencoderTiny
from diffusers.models.autoencoders.vae import DecoderOutput

from safelight.catalog.inspection import inspect
from safelight.domain.errors import InvalidInput, UnsupportedModel
from safelight.domain.models import ModelInfo, ModelKind
from safelight.domain.plans import MemoryMode, Plan
from safelight.engines.diffusers.acceleration.accelerator import Accelerator, Notice
from safelight.engines.diffusers.checkpoint import CheckpointFile, Section
from safelight.engines.diffusers.devices import TORCH_DTYPES
from safelight.engines.diffusers.errors import translated
from safelight.engines.diffusers.filling import Tensors, filled, hollow_out

_ENLARGES = 8
"""Pixels of a side that a latent pixel becomes, by every TAESD."""

_DIFFUSERS, _ORIGINAL = "decoder.layers.", ("decoder.", "tae.decoder.", "")
_FIRST = {_DIFFUSERS: "0.weight"} | dict.fromkeys(_ORIGINAL, "1.weight")
"""What the names of a decoder begin with → its first convolution; in the original, a clamp without weights precedes."""

_NUMBERED = re.compile(r"\d+\.")


@dataclass(frozen=True)
class TinyDecoder:
    """A tiny VAE at hand.

    Attributes:
        vae: With its decoder; its encoder has no weights.
        channels: Of the latents that it takes.
        sha256: Of its file.
        accelerator: What stands behind it, if anything does.
    """

    vae: Any
    channels: int
    sha256: str
    accelerator: Accelerator | None

    @property
    def details(self) -> dict[str, str]:
        """For the pictures' metadata; the first is what A1111 writes."""
        return {"VAE Decoder": "TAESD", "VAE Decoder hash": self.sha256[:10]}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the pictures' notes say of it."""
        return self.accelerator.notes if self.accelerator else ()


class TinyDecoders:
    """Reads what requests name; the one that was used last stays.

    Args:
        plan: Where and in what number type they compute.
        accelerator: Makes what stands behind one of them; None: torch computes.
    """

    def __init__(self, plan: Plan, accelerator: Callable[[ModelInfo], Accelerator] | None) -> None:
        self._plan, self._accelerator = plan, accelerator
        self._held: tuple[tuple[object, ...], TinyDecoder] | None = None

    def get(self, path: Path) -> TinyDecoder:
        """That of a file, read when it is not the one at hand.

        Raises:
            InvalidInput: It is no tiny VAE.
            UnsupportedModel: It is one that is built in another way.
            CorruptFile: It is damaged.
        """
        with translated(f"reading {path.name}"):
            facts = path.stat()
            which = (path, facts.st_size, facts.st_mtime_ns, facts.st_ino)
            if self._held is None or self._held[0] != which:
                self._held = None
                self._held = which, self._read(path)
        return self._held[1]

    def close(self) -> None:
        """Let go of the one at hand, and of what stands behind others."""
        self._held = self._accelerator = None

    def _read(self, path: Path) -> TinyDecoder:
        model = inspect(path)
        if model.kind is not ModelKind.TAESD:
            raise InvalidInput(f"{path.name} is no tiny VAE.", hint="The list of models says what each is.")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        vae = self._placed(path)
        accelerator = self._accelerator(model) if self._accelerator else None
        if accelerator:
            accelerator.attach(SimpleNamespace(vae=vae), lambda hollow: SimpleNamespace(vae=self._placed(path)))
        return TinyDecoder(vae, vae.config.latent_channels, digest, accelerator)

    def _placed(self, path: Path) -> Any:
        vae = read_tiny(path, TORCH_DTYPES[self._plan.dtype])
        vae.decoder.to(self._plan.device)
        if self._plan.memory_mode is not MemoryMode.FULL:
            vae.enable_slicing()
            vae.enable_tiling()
        return vae


def read_tiny(path: Path, dtype: torch.dtype) -> Any:
    """An `AutoencoderTiny` with the decoder in `path`, in the names of diffusers or in the original ones.

    Raises:
        UnsupportedModel: It has other layers than TAESD, TAESDXL, TAESD3 and TAEF1.
    """
    file = CheckpointFile(path)
    prefix = next((prefix for prefix, first in _FIRST.items() if prefix + first in file.header.tensors), None)
    if prefix is None:
        raise UnsupportedModel(f"{path.name} has no decoder.", hint="Take the decoder's file, or one with both halves.")
    section = Section(file, prefix)
    with torch.device("meta"):
        vae: Any = AutoencoderTiny(latent_channels=section.shape(_FIRST[prefix])[1])
    hollow_out(vae.encoder, dtype)
    named = _as_they_are if prefix == _DIFFUSERS else _without_clamp
    vae.decoder.layers = filled(section, dtype, lambda: vae.decoder.layers, named)
    return vae.eval()


def _as_they_are(tensors: Tensors, empty: Any) -> Tensors:
    return tensors


def _without_clamp(tensors: Tensors, empty: Any) -> Tensors:
    """Diffusers clamps outside of the layers: each has a number that is smaller by one."""
    found = {}
    for name, tensor in tensors.items():
        if number := _NUMBERED.match(name):
            found[f"{int(number[0][:-1]) - 1}.{name[number.end() :]}"] = tensor
    return found


@contextmanager
def decoding(pipe: Any, tiny: TinyDecoder | None, notice: Notice) -> Iterator[None]:
    """Let `tiny` decode what `pipe` draws while the block runs; None: the pipeline's own VAE.

    Args:
        pipe: A pipeline.
        tiny: What decodes.
        notice: Told when something is compiled for it.

    Raises:
        InvalidInput: The pipeline has other latents.
    """
    if tiny is None:
        yield
        return
    vae: Any = getattr(pipe, "vae", None)
    _check(vae, tiny)
    if tiny.accelerator:
        tiny.accelerator.notice = notice
    # The module's attribute, not the pipeline's component: offloading looks for modules among those.
    vae.decode = partial(_decode, tiny.vae, vae.config)
    try:
        yield
    finally:
        del vae.decode


def _check(vae: Any, tiny: TinyDecoder) -> None:
    known = type(vae).__name__ == "AutoencoderKL" and not vae.config.latents_mean
    if not known or 2 ** (len(vae.config.block_out_channels) - 1) != _ENLARGES:
        raise InvalidInput("No tiny VAE decodes what this model draws.", hint="Leave `taesd` out.")
    channels = vae.config.latent_channels
    if channels != tiny.channels:
        raise InvalidInput(
            f"This tiny VAE takes latents with {tiny.channels} channels, and this model's have {channels}.",
            hint="TAESD is for Stable Diffusion 1 and 2, TAESDXL for XL, TAESD3 for 3, TAEF1 for FLUX.1 and Z-Image.",
        )


def _decode(tiny: Any, config: Any, latents: torch.Tensor, return_dict: bool = True, **options: Any) -> Any:
    """In place of a VAE's `decode`, which is given latents divided by its scale."""
    plain = (latents.float() - (config.shift_factor or 0.0)) * config.scaling_factor
    drawn = tiny.decode(plain.to(next(tiny.decoder.parameters()).dtype)).sample
    return DecoderOutput(sample=drawn) if return_dict else (drawn,)
