"""Diffusion transformers as networks, traced for any size.

Each class here is called by its pipelines with the same tensors every time. Those of Qwen-Image, Z-Image, Lumina 2 and
CogView 4 are left to torch: they take lists or Python's numbers, or texts of any length, each to be compiled for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from diffusers.models.modeling_outputs import Transformer2DModelOutput

from safelight.engines.diffusers.acceleration.network import Network, Unsuited

_BATCH, _ROWS, _COLUMNS, _WORDS = 2, 3, 5, 7
_AS_GIVEN = frozenset({"timestep", "guidance", "img_ids", "txt_ids"})
"""What diffusers gives in float32, or rounds itself where it is used."""

Shapes = dict[str, tuple[int, ...]]


class Transformer(Network):
    """A diffusion transformer of a class that is known here."""

    def __init__(self, component: str, transformer: Any) -> None:
        self.component = self.name = component
        self.parts, self.called = (transformer,), transformer
        self._arguments = tuple(inspect.signature(transformer.forward).parameters)
        self._shapes = SHAPES[type(transformer).__name__](transformer)

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        return tuple(torch.ones(shape) for shape in self._shapes.values())

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        given = {
            name: tensor if name in _AS_GIVEN else tensor.to(self.dtype)
            for name, tensor in zip(self._shapes, inputs, strict=True)
        }
        return (self.called(**given, return_dict=False)[0].float(),)

    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        given = dict(zip(self._arguments, args, strict=False)) | options
        given.pop("return_dict", None)
        found = [given.pop(name, None) for name in self._shapes]
        for (name, shape), tensor in zip(self._shapes.items(), found, strict=True):
            if not isinstance(tensor, torch.Tensor) or tensor.dim() != len(shape):
                raise Unsuited(f"a step with an unusual {name}")
        if self._shapes["hidden_states"][0] == 1 != len(found[0]):
            raise Unsuited("a step for a batch")
        others = sorted(name for name, value in given.items() if not _is_nothing(value))
        if others:
            raise Unsuited(f"a step with {', '.join(others)}")
        return tuple(tensor.float() for tensor in found)  # masks, too, which some pipelines give as numbers

    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> Any:
        """See `Network`."""
        drawn = outputs[0].to(self.dtype)
        return Transformer2DModelOutput(sample=drawn) if options.get("return_dict", True) else (drawn,)


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and all(map(_is_nothing, value.values())))


def _latents(config: Any) -> tuple[int, ...]:
    return _BATCH, config.in_channels, _ROWS * config.patch_size, _COLUMNS * config.patch_size


def _sd3(transformer: Any) -> Shapes:
    config = transformer.config
    return {
        "hidden_states": _latents(config),
        "encoder_hidden_states": (_BATCH, _WORDS, config.joint_attention_dim),
        "pooled_projections": (_BATCH, config.pooled_projection_dim),
        "timestep": (_BATCH,),
    }


def _flux(transformer: Any) -> Shapes:
    config = transformer.config
    told = {"guidance": (_BATCH,)} if config.guidance_embeds else {}
    return _packed(config) | {"pooled_projections": (_BATCH, config.pooled_projection_dim)} | told


def _chroma(transformer: Any) -> Shapes:
    """Of single pictures: its embedding of the timestep makes a list as long as the batch."""
    return _packed(transformer.config, batch=1) | {"attention_mask": (1, _WORDS + _ROWS * _COLUMNS)}


def _packed(config: Any, batch: int = _BATCH) -> Shapes:
    """Latents as a row of patches, each with its place, as FLUX has them."""
    return {
        "hidden_states": (batch, _ROWS * _COLUMNS, config.in_channels),
        "encoder_hidden_states": (batch, _WORDS, config.joint_attention_dim),
        "timestep": (batch,),
        "img_ids": (_ROWS * _COLUMNS, 3),
        "txt_ids": (_WORDS, 3),
    }


def _auraflow(transformer: Any) -> Shapes:
    config = transformer.config
    return {
        "hidden_states": _latents(config),
        "encoder_hidden_states": (_BATCH, _WORDS, config.joint_attention_dim),
        "timestep": (_BATCH,),
    }


def _captioned(transformer: Any) -> Shapes:
    """PixArt and Sana."""
    config = transformer.config
    if getattr(transformer, "use_additional_conditions", False) or config.get("guidance_embeds"):
        raise Unsuited("its transformer has inputs of its own")
    return {
        "hidden_states": _latents(config),
        "encoder_hidden_states": (_BATCH, _WORDS, config.caption_channels),
        "encoder_attention_mask": (_BATCH, _WORDS),
        "timestep": (_BATCH,),
    }


SHAPES: dict[str, Callable[[Any], Shapes]] = {
    "SD3Transformer2DModel": _sd3,
    "FluxTransformer2DModel": _flux,
    "ChromaTransformer2DModel": _chroma,
    "AuraFlowTransformer2DModel": _auraflow,
    "PixArtTransformer2DModel": _captioned,
    "SanaTransformer2DModel": _captioned,
}
"""Class → the tensors that it is called with, small, in the order in which the network takes them."""
