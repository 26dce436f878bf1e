"""A UNet in two ways: whole, and only its outer layers on what the inner ones gave a moment ago.

From one denoising step to the next the inner features change little, so most steps can go without computing them
(DeepCache: X. Ma, G. Fang, X. Wang, 2023, arXiv 2312.00858). What is reused here is what enters the last two layers of
the last up block.
"""

from __future__ import annotations

from typing import Any

import torch

_MOST_OUTER = 2
"""Layers of the last up block that every step computes, where there is one more."""


def suits(unet: Any) -> bool:
    """Whether a UNet has the layers that this takes apart: those of Stable Diffusion 1, 2 and XL have."""
    first, last = unet.down_blocks[0], unet.up_blocks[-1]
    return len(last.resnets) > 1 and len(first.resnets) >= _outer_layers(last) - 1 and not last.upsamplers


def inner_channels(unet: Any) -> int:
    """Channels of the inner features."""
    last = unet.up_blocks[-1]
    return int(last.resnets[len(last.resnets) - _outer_layers(last) - 1].out_channels)


def whole(unet: Any, sample: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor, **more: Any) -> Any:
    """All layers; returns the prediction and the inner features.

    Args:
        unet: A `UNet2DConditionModel` that suits.
        sample: [batch, channels, height, width].
        timestep: [batch].
        context: Embedded prompts, [batch, tokens, width].
        more: `timestep_cond`, `added_cond_kwargs`.
    """
    moment, context = _embedded(unet, sample, timestep, context, **more)
    hidden = unet.conv_in(sample)
    skips = [hidden]
    for block in unet.down_blocks:
        hidden, found = _block(block, hidden, moment, context)
        skips += found
    if unet.mid_block is not None:
        hidden = unet.mid_block(hidden, moment, encoder_hidden_states=context)
    for block in unet.up_blocks[:-1]:
        own = tuple(skips[-len(block.resnets) :])
        del skips[-len(block.resnets) :]
        hidden = _up(block, hidden, own, moment, context, skips[-1].shape[2:])
    last = unet.up_blocks[-1]
    inner = _layers(last, range(len(last.resnets) - _outer_layers(last)), hidden, skips, moment, context)
    return _ended(unet, last, inner, skips, moment, context), inner


def outer(
    unet: Any, sample: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor, *, inner: torch.Tensor, **more: Any
) -> torch.Tensor:
    """The prediction by the outer layers alone, with `inner` as `whole` gave it for a step before."""
    moment, context = _embedded(unet, sample, timestep, context, **more)
    hidden = unet.conv_in(sample)
    first, last = unet.down_blocks[0], unet.up_blocks[-1]
    skips = [hidden]
    for index in range(_outer_layers(last) - 1):
        skips.append(_layer(first, index, skips[-1], moment, context))
    return _ended(unet, last, inner, skips, moment, context)


def _outer_layers(last: Any) -> int:
    return min(_MOST_OUTER, len(last.resnets) - 1)


def _embedded(
    unet: Any, sample: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor, **more: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    added = more.get("added_cond_kwargs")
    moment = unet.time_embedding(unet.get_time_embed(sample=sample, timestep=timestep), more.get("timestep_cond"))
    extra = unet.get_aug_embed(emb=moment, encoder_hidden_states=context, added_cond_kwargs=added)
    context = unet.process_encoder_hidden_states(encoder_hidden_states=context, added_cond_kwargs=added)
    return moment if extra is None else moment + extra, context


def _block(block: Any, hidden: torch.Tensor, moment: torch.Tensor, context: torch.Tensor) -> Any:
    if getattr(block, "has_cross_attention", False):
        return block(hidden_states=hidden, temb=moment, encoder_hidden_states=context)
    return block(hidden_states=hidden, temb=moment)


def _up(
    block: Any,
    hidden: torch.Tensor,
    skips: tuple[torch.Tensor, ...],
    moment: torch.Tensor,
    context: torch.Tensor,
    size: torch.Size,
) -> Any:
    given: dict[str, Any] = {"hidden_states": hidden, "temb": moment, "res_hidden_states_tuple": skips}
    if getattr(block, "has_cross_attention", False):
        given["encoder_hidden_states"] = context
    return block(**given, upsample_size=size)


def _ended(
    unet: Any, last: Any, inner: torch.Tensor, skips: list[torch.Tensor], moment: torch.Tensor, context: torch.Tensor
) -> torch.Tensor:
    count = len(last.resnets)
    hidden = _layers(last, range(count - _outer_layers(last), count), inner, skips, moment, context)
    if unet.conv_norm_out is not None:
        hidden = unet.conv_act(unet.conv_norm_out(hidden))
    drawn: torch.Tensor = unet.conv_out(hidden)
    return drawn


def _layers(
    block: Any,
    which: range,
    hidden: torch.Tensor,
    skips: list[torch.Tensor],
    moment: torch.Tensor,
    context: torch.Tensor,
) -> torch.Tensor:
    """Layers of the last up block; layer by layer they take the skips of the first down block, the latest first."""
    for index in which:
        joined = torch.cat([hidden, skips[len(block.resnets) - 1 - index]], dim=1)
        hidden = _layer(block, index, joined, moment, context)
    return hidden


def _layer(block: Any, index: int, hidden: torch.Tensor, moment: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = block.resnets[index](hidden, moment)
    if getattr(block, "has_cross_attention", False):
        found = block.attentions[index](found, encoder_hidden_states=context, return_dict=False)[0]
    return found
