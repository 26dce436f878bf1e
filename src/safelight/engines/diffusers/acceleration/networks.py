"""The networks of a pipeline's components: of autoencoders here, and of all others from where they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from safelight.engines.diffusers.acceleration.network import Network, Unsuited
from safelight.engines.diffusers.acceleration.texts import ClipText, T5Text
from safelight.engines.diffusers.acceleration.transformers import SHAPES, Transformer
from safelight.engines.diffusers.acceleration.unets import UNet

_TILE = 8


class _VaeHalf(Network):
    """An encoder or decoder of an autoencoder, with the 1x1 convolution that the autoencoder has beside it."""

    def __init__(self, component: str, vae: Any, half: str, beside: str) -> None:
        self.component, self.name = component, f"{component}.{half}"
        self.called = getattr(vae, half)
        self.beside: torch.nn.Module | None = getattr(vae, beside, None)
        self.parts = (self.called, self.beside) if self.beside is not None else (self.called,)
        self._config = vae.config

    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        if len(args) != 1 or any(value is not None for value in options.values()):
            raise Unsuited("a call of the autoencoder with more than a picture")
        return args

    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> Any:
        """See `Network`."""
        return outputs[0].to(self.dtype)


class Decoder(_VaeHalf):
    """Latents → picture."""

    def __init__(self, component: str, vae: Any) -> None:
        super().__init__(component, vae, "decoder", "post_quant_conv")

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        return (torch.zeros(1, self._config.latent_channels, _TILE, _TILE),)

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        latents = inputs[0].to(self.dtype)
        return (self.called(latents if self.beside is None else self.beside(latents)).float(),)

    def by_itself(self, *args: Any, **options: Any) -> Any:
        """See `Network`: the convolution beside it was passed over already."""
        [latents] = args
        return self.called(latents if self.beside is None else self.beside(latents), **options)


class Encoder(_VaeHalf):
    """Picture → moments of latents (or latents, of TAESD)."""

    def __init__(self, component: str, vae: Any) -> None:
        super().__init__(component, vae, "encoder", "quant_conv")

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        return (torch.zeros(1, self._config.in_channels, 8 * _TILE, 8 * _TILE),)

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        encoded = self.called(inputs[0].to(self.dtype))
        return ((encoded if self.beside is None else self.beside(encoded)).float(),)


_AUTOENCODERS = {"AutoencoderKL", "AutoencoderTiny"}
_CLIP = {"CLIPTextModel", "CLIPTextModelWithProjection"}


def networks_of(component: str, module: Any) -> Iterator[Network]:
    """The networks of a component.

    Raises:
        Unsuited: It is of a kind that is not known here, or has something that is not provided for.
    """
    kind = type(module).__name__
    if kind == "UNet2DConditionModel":
        yield UNet(component, module)
    elif kind in _AUTOENCODERS:
        yield Decoder(component, module)
        yield Encoder(component, module)
    elif kind in _CLIP:
        yield ClipText(component, module)
    elif kind == "T5EncoderModel":
        yield T5Text(component, module)
    elif kind in SHAPES:
        yield Transformer(component, module)
    else:
        raise Unsuited(f"no network here stands for a {kind}")
