"""A UNet taken apart gives what it gives whole."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from safelight.engines.diffusers import deep_cache
from safelight.settings import embedded_models
from tests.models import build_pipeline


def inputs(unet: Any, batch: int = 2, side: int = 16) -> tuple[tuple[torch.Tensor, ...], dict[str, Any]]:
    torch.manual_seed(0)
    config = unet.config
    given = (
        torch.randn(batch, config.in_channels, side, side),
        torch.full((batch,), 500.0),
        torch.randn(batch, 77, config.cross_attention_dim),
    )
    if config.addition_embed_type is None:
        return given, {}
    pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
    return given, {"added_cond_kwargs": {"text_embeds": torch.randn(batch, pooled), "time_ids": torch.ones(batch, 6)}}


def _doodle() -> Any:
    return UNet2DConditionModel.from_pretrained(embedded_models() / "doodle" / "unet", torch_dtype=torch.float32)


@pytest.mark.parametrize("side", [16, 18])
@pytest.mark.parametrize("family", ["doodle", "sd1", "sd2", "sdxl"])
def test_both_ways_give_what_the_unet_gives(family: str, side: int) -> None:
    unet = (_doodle() if family == "doodle" else build_pipeline(family).unet).eval()
    assert deep_cache.suits(unet)
    given, more = inputs(unet, side=side)
    with torch.inference_mode():
        expected = unet(*given, return_dict=False, **more)[0]
        drawn, inner = deep_cache.whole(unet, *given, **more)
        again = deep_cache.outer(unet, *given, inner=inner, **more)
        other = deep_cache.outer(unet, given[0] + 0.1, *given[1:], inner=inner, **more)
    assert torch.equal(drawn, expected)
    assert torch.equal(again, expected), "with the features of this very step nothing is lost"
    assert not torch.equal(other, expected)
