"""UNets as networks: whole, with their inner features, their outer layers alone, and with merged tokens.

They are traced at an odd size, where diffusers takes the way that fits any size (`forward_upsample_size`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput

from safelight.engines.diffusers import deep_cache, token_merging
from safelight.engines.diffusers.acceleration.network import Network, Unsuited
from safelight.engines.diffusers.token_merging import Layout

_ODD = 9


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

    @property
    def merged(self) -> MergedUNet | None:
        """With merged tokens, where it has such as can be merged."""
        return MergedUNet(self.component, self._unet) if token_merging.suits(self._unet) else None

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


class MergedUNet(UNet):
    """A UNet whose largest self-attentions merge tokens, by a layout that is given last."""

    def __init__(self, component: str, unet: Any) -> None:
        super().__init__(component, unet)
        self.name, self.owner = f"{component}.merged", component

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        inputs = super().examples()
        return (*inputs, *token_merging.layout_of(self._unet, inputs[0], ratio=0.5, seed=0))

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        indices = len(Layout._fields)
        args, options = self._arguments(inputs[:-indices])
        drawn = self.by_itself(*args, layout=Layout(*inputs[-indices:]), return_dict=False, **options)[0]
        return (drawn.float(),)

    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        layout = options.pop("layout")
        return (*super().inputs(*args, **options), *layout)

    def by_itself(self, *args: Any, **options: Any) -> Any:
        """See `Network`."""
        with token_merging.merging(self._unet, options.pop("layout")):
            # Not by what may stand in for the UNet, which merges nothing.
            return type(self._unet).forward(self._unet, *args, **options)
