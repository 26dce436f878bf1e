"""The networks of a pipeline that OpenVINO can compute, and how each stands behind the module that the pipeline calls.

A network takes and gives float32 (token ids: int64) and computes in the module's own number type. It is traced once, at
a small size, and its graph holds for every size: the UNet's is traced at an odd one, where diffusers takes the way that
fits any size (`forward_upsample_size`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput

from safelight.engines.diffusers import deep_cache

_ODD, _TILE = 9, 8


class Unsuited(Exception):
    """A call, or a module, that a converted network does not stand for; the module itself takes over."""


class Network(ABC):
    """A part of a pipeline's component.

    Attributes:
        component: The component's name in the pipeline.
        name: Its own, unique in the pipeline.
        owner: Name of the network that has the same modules, where there is one; else its own.
        parts: Modules whose weights it holds.
        called: The module of these that the pipeline calls.
    """

    component: str
    name: str
    owner: str = ""
    parts: tuple[torch.nn.Module, ...]
    called: torch.nn.Module

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        return next(self.called.parameters()).dtype

    @abstractmethod
    def examples(self) -> tuple[torch.Tensor, ...]:
        """Small inputs to trace with."""

    @abstractmethod
    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What is traced: the module's computation on plain tensors."""

    @abstractmethod
    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """The inputs in a call of the module.

        Raises:
            Unsuited: The call asks for something else.
        """

    @abstractmethod
    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> Any:
        """What the module would have returned."""

    def by_itself(self, *args: Any, **options: Any) -> Any:
        """What the module returns that was called as if the network stood behind it."""
        return self.called(*args, **options)


class UNet(Network):
    """A UNet with cross-attention: Stable Diffusion 1, 2 and XL, inpainting and LCM variants included."""

    def __init__(self, component: str, unet: Any) -> None:
        self.component = self.name = component
        self.parts, self.called, self._unet = (unet,), unet, unet
        config = unet.config
        if (
            config.class_embed_type
            or config.num_class_embeds
            or config.encoder_hid_dim_type
            or config.attention_type != "default"
        ):
            raise Unsuited("its UNet has inputs of its own")
        if config.addition_embed_type not in (None, "text_time"):
            raise Unsuited(f"its UNet has embeddings of {config.addition_embed_type}")
        self._xl, self._guided = bool(config.addition_embed_type), bool(config.time_cond_proj_dim)
        self._opens = deep_cache.suits(unet)

    @property
    def outer(self) -> OuterUNet | None:
        """Its outer layers alone, where it can be taken apart."""
        return OuterUNet(self.component, self._unet) if self._opens else None

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        config = self._unet.config
        width = config.cross_attention_dim
        width = width if isinstance(width, int) else width[0]
        given = [torch.zeros(2, config.in_channels, _ODD, _ODD), torch.ones(2), torch.zeros(2, 77, width)]
        if self._xl:
            ids = 6
            pooled = config.projection_class_embeddings_input_dim - ids * config.addition_time_embed_dim
            given += [torch.zeros(2, pooled), torch.ones(2, ids)]
        if self._guided:
            given.append(torch.zeros(2, config.time_cond_proj_dim))
        return tuple(given)

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        args, options = self._arguments(inputs)
        if self._opens:
            drawn, inner = deep_cache.whole(self._unet, *args, **options)
            return drawn.float(), inner.float()
        return (self._unet(*args, return_dict=False, **options)[0].float(),)

    def _arguments(self, inputs: Sequence[torch.Tensor]) -> tuple[tuple[torch.Tensor, ...], dict[str, Any]]:
        """What the UNet is called with."""
        dtype = self.dtype
        sample, timestep, context, *more = inputs
        options: dict[str, Any] = {}
        if self._guided:
            options["timestep_cond"] = more.pop().to(dtype)
        if self._xl:
            options["added_cond_kwargs"] = {"text_embeds": more[0].to(dtype), "time_ids": more[1].to(dtype)}
        return (sample.to(dtype), timestep, context.to(dtype)), options

    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        given = dict(zip(("sample", "timestep", "encoder_hidden_states"), args, strict=False)) | options
        for name in ("return_dict", "with_inner"):
            given.pop(name, None)
        sample, timestep = given.pop("sample"), given.pop("timestep")
        timestep = torch.as_tensor(timestep, dtype=torch.float32).reshape(-1).expand(sample.shape[0])
        found = [sample, timestep, given.pop("encoder_hidden_states")]
        added = given.pop("added_cond_kwargs", None) or {}
        if self._xl:
            found += [added["text_embeds"], added["time_ids"]]
        condition = given.pop("timestep_cond", None)
        if self._guided:
            found.append(
                condition
                if condition is not None
                else sample.new_zeros(sample.shape[0], self._unet.config.time_cond_proj_dim)
            )
        if any(value is not None and value != {} for value in given.values()):
            raise Unsuited(f"a step with {', '.join(sorted(name for name in given if given[name] is not None))}")
        return tuple(found)

    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> Any:
        """See `Network`. `with_inner`: the prediction and the inner features, as `deep_cache.whole` gives them."""
        drawn = outputs[0].to(self.dtype)
        if options.get("with_inner"):
            return drawn, outputs[1].to(self.dtype)
        return UNet2DConditionOutput(sample=drawn) if options.get("return_dict", True) else (drawn,)

    def by_itself(self, *args: Any, **options: Any) -> Any:
        """See `Network`."""
        if options.pop("with_inner", False):
            return deep_cache.whole(self._unet, *args, **options)
        return super().by_itself(*args, **options)


class OuterUNet(UNet):
    """The outer layers of a UNet, on inner features that are given last."""

    def __init__(self, component: str, unet: Any) -> None:
        super().__init__(component, unet)
        self.name, self.owner = f"{component}.outer", component

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        return (*super().examples(), torch.zeros(2, deep_cache.inner_channels(self._unet), _ODD, _ODD))

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        *others, inner = inputs
        args, options = self._arguments(others)
        return (deep_cache.outer(self._unet, *args, inner=inner.to(self.dtype), **options).float(),)

    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        inner = options.pop("inner")
        return (*super().inputs(*args, **options), inner)

    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> Any:
        """See `Network`."""
        return outputs[0].to(self.dtype)

    def by_itself(self, *args: Any, **options: Any) -> Any:
        """See `Network`."""
        return deep_cache.outer(self._unet, *args, **options)


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
