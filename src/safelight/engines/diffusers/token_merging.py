"""Merges tokens that are alike before a UNet's largest self-attentions compute, and copies them apart afterwards.

Of each 2x2 window of tokens one is a destination, another one at each call. The others, sources, are matched with the
destination that is most like them, and those that are most alike are merged into it, by their mean (ToMe for SD: D.
Bolya, J. Hoffman, 2023, arXiv 2303.17604). As with the paper's defaults only self-attentions are merged, of the first
level that has any. Other than there, tokens are compared as the attention gets them, so that it alone is exchanged, and
destinations are the same for all seeds.

Everything is made of operations that can be traced: the numbers of tokens come from the shapes of what is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch.nn.functional import normalize

Merged = Callable[..., Any]
"""A UNet with merged tokens, called as a UNet, with a `layout`."""


class Layout(NamedTuple):
    """Which tokens are what, as indices.

    Attributes:
        destinations: One in each window, [destinations].
        sources: All others, [sources].
        kept: Where sources that are not merged stand among the tokens that are computed, [kept].
        back: Where each token stands among destinations and sources, one after the other, [height * width].
    """

    destinations: torch.Tensor
    sources: torch.Tensor
    kept: torch.Tensor
    back: torch.Tensor


def layout(height: int, width: int, ratio: float, seed: int) -> Layout:
    """A layout for tokens in rows, of which a share of `ratio` is to be merged; windows at odd edges are smaller.

    At least one source is merged and one is kept, so that no operation has nothing to do.
    """
    rows, columns = (height + 1) // 2, (width + 1) // 2
    within = torch.randint(2, (2, rows, columns), generator=torch.Generator().manual_seed(seed))
    y = (2 * torch.arange(rows)[:, None] + within[0]).clamp(max=height - 1)
    x = (2 * torch.arange(columns) + within[1]).clamp(max=width - 1)
    destinations = (y * width + x).flatten()
    others = torch.ones(height * width, dtype=torch.bool)
    others[destinations] = False
    sources = others.nonzero().flatten()
    merged = min(max(1, int(ratio * height * width)), len(sources) - 1)
    kept = torch.arange(len(destinations), height * width - merged)
    return Layout(destinations, sources, kept, torch.cat([destinations, sources]).argsort())


def merge(tokens: torch.Tensor, layout: Layout) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens → destinations with what is merged into them, and kept sources; and where each token is among these.

    Args:
        tokens: [batch, height * width, channels].
        layout: For this height and width.

    Returns:
        [batch, destinations + kept, channels] and [batch, height * width].
    """
    destinations, sources = tokens[:, layout.destinations], tokens[:, layout.sources]
    alike = normalize(sources, dim=-1) @ normalize(destinations, dim=-1).transpose(1, 2)
    likeness, nearest = alike.max(dim=-1)
    order = likeness.argsort(dim=1, descending=True)
    merged = order.shape[1] - layout.kept.shape[0]
    into = nearest.gather(1, order[:, :merged])
    # By a product, and not by adding one after the other, as bf16 can't count beyond 256.
    places = torch.arange(destinations.shape[1], device=tokens.device)
    joins = (places[:, None] == into[:, None]).to(tokens.dtype)
    total = destinations + joins @ _rows(sources, order[:, :merged])
    means = total / (1 + joins.sum(dim=-1, keepdim=True))
    computed = torch.cat([means, _rows(sources, order[:, merged:])], dim=1)
    batch = tokens.shape[0]
    found = torch.cat([into, layout.kept.expand(batch, -1)], dim=1)
    of_sources = torch.zeros_like(order).scatter(1, order, found)
    return computed, torch.cat([places.expand(batch, -1), of_sources], dim=1)[:, layout.back]


def unmerge(computed: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """What was computed for merged tokens, copied to each of them: the other way round than `merge`."""
    return _rows(computed, places)


def _rows(tokens: torch.Tensor, which: torch.Tensor) -> torch.Tensor:
    """Tokens of each sample, [batch, length, channels], by indices [batch, some]."""
    first = torch.arange(tokens.shape[0], device=tokens.device)[:, None] * tokens.shape[1]
    return tokens.flatten(0, 1)[first + which]


def suits(unet: Any) -> bool:
    """Whether a UNet has self-attentions that this knows."""
    return any(_attentions(unet))


def layout_of(unet: Any, sample: torch.Tensor, ratio: float, seed: int) -> Layout:
    """The layout for a sample [batch, channels, height, width] that goes into a UNet."""
    height, width = sample.shape[-2:]
    for _ in range(_level(unet)):
        height, width = (height + 1) // 2, (width + 1) // 2
    return Layout(*(index.to(sample.device) for index in layout(height, width, ratio, seed)))


@contextmanager
def merging(unet: Any, layout: Layout) -> Iterator[None]:
    """Let a UNet's largest self-attentions merge tokens while the block runs."""
    before = [(attention, attention.processor) for attention in _attentions(unet)]
    for attention, processor in before:
        attention.set_processor(_Merging(processor, layout))
    try:
        yield
    finally:
        for attention, processor in before:
            attention.set_processor(processor)


class MergingUNet:
    """Is called in place of a pipeline's UNet; everything else is asked of the UNet itself.

    Args:
        unet: A UNet that suits.
        ratio: Which share of the tokens is merged.
        merged: What computes; torch when None.
    """

    def __init__(self, unet: Any, ratio: float, merged: Merged | None = None) -> None:
        self._unet, self._ratio, self._merged = unet, ratio, merged
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unet, name)

    def __call__(self, sample: torch.Tensor, *args: Any, **more: Any) -> Any:
        """As the pipelines of this library call a UNet."""
        layout = layout_of(self._unet, sample, self._ratio, self._calls)
        self._calls += 1
        if self._merged:
            return self._merged(sample, *args, layout=layout, **more)
        with merging(self._unet, layout):
            return self._unet(sample, *args, **more)


class _Merging:
    """A processor of attentions, as diffusers has them, around another one."""

    def __init__(self, processor: Any, layout: Layout) -> None:
        self._processor, self._layout = processor, layout

    def __call__(self, attention: Any, hidden_states: torch.Tensor, *args: Any, **more: Any) -> torch.Tensor:
        computed, places = merge(hidden_states, self._layout)
        return unmerge(self._processor(attention, computed, *args, **more), places)


def _level(unet: Any) -> int:
    """The first level that has transformers."""
    levels = range(len(unet.down_blocks))
    return next((level for level in levels if any(_transformers(unet.down_blocks[level]))), len(levels))


def _attentions(unet: Any) -> Iterator[Any]:
    level = _level(unet)
    for block in (*unet.down_blocks[level : level + 1], *unet.up_blocks[::-1][level : level + 1]):
        for transformer in _transformers(block):
            yield from (layer.attn1 for layer in transformer.transformer_blocks if not layer.only_cross_attention)


def _transformers(block: Any) -> Iterator[Any]:
    found = getattr(block, "attentions", ())
    return (transformer for transformer in found if hasattr(transformer, "transformer_blocks"))
