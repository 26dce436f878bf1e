"""The networks of a pipeline's components: of autoencoders, of CLIP text encoders, and of UNets (`unets`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from safelight.engines.diffusers.acceleration.network import Network, Unsuited
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


@dataclass(frozen=True)
class Encoded:
    """What `prompts.py` reads of a CLIP text encoder's answer.

    Attributes:
        first: Pooled vector of an encoder with projection, else the last layer's.
        hidden_states: Of every layer, the embeddings first, each [batch, tokens, width].
        normed_states: The same after the encoder's last norm.
    """

    first: torch.Tensor
    hidden_states: tuple[torch.Tensor, ...]
    normed_states: tuple[torch.Tensor, ...]

    @property
    def last_hidden_state(self) -> torch.Tensor:
        """The last layer's, normed."""
        return self.normed_states[-1]

    def __getitem__(self, index: int) -> torch.Tensor:
        return (self.first,)[index]


class ClipText(Network):
    """A CLIP text encoder, as `PromptEncoder` calls it."""

    def __init__(self, component: str, encoder: Any) -> None:
        self.component = self.name = component
        self.parts, self.called, self._encoder = (encoder,), encoder, encoder

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        return (torch.ones(1, self._encoder.config.max_position_embeddings, dtype=torch.int64),)

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        answered = self._encoder(inputs[0], output_hidden_states=True)
        body = getattr(self._encoder, "text_model", self._encoder)
        states = torch.stack(answered.hidden_states)
        return answered[0].float(), states.float(), body.final_layer_norm(states).float()

    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        if len(args) != 1 or options != {"output_hidden_states": True}:
            raise Unsuited("a call of the text encoder with more than tokens")
        return args

    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> Encoded:
        """See `Network`."""
        first, hidden, normed = (output.to(self.dtype) for output in outputs)
        return Encoded(first, tuple(hidden), tuple(normed))


_AUTOENCODERS = {"AutoencoderKL", "AutoencoderTiny"}
_CLIP = {"CLIPTextModel", "CLIPTextModelWithProjection"}


def networks_of(component: str, module: Any) -> Iterator[Network]:
    """The networks of a component; none of one that is not known here.

    Raises:
        Unsuited: It is of a known kind, but has something that is not provided for.
    """
    kind = type(module).__name__
    if kind == "UNet2DConditionModel":
        yield UNet(component, module)
    elif kind in _AUTOENCODERS:
        yield Decoder(component, module)
        yield Encoder(component, module)
    elif kind in _CLIP:
        yield ClipText(component, module)
