"""Tokens are merged by the paper's rule, by torch and OpenVINO alike, and only where that was asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel
from numpy.typing import NDArray

from safelight.domain.errors import InvalidInput
from safelight.domain.request import ImageRef
from safelight.engines.diffusers.acceleration.cache import Cache
from safelight.engines.diffusers.acceleration.running import Runner
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.acceleration.unets import MergedUNet
from safelight.engines.diffusers.token_merging import Layout, layout, layout_of, merge, merging, unmerge
from safelight.engines.options import check_draw_options
from safelight.settings import Settings
from tests.contract.test_deep_cache import inputs
from tests.contract.test_openvino import small_graphs
from tests.contract.test_shortcuts import PICTURE, calls_of, difference, left_out, opened
from tests.families import save
from tests.models import build_pipeline, save_folder

SIZES = [(8, 8), (9, 7), (2, 2), (1, 5), (64, 48)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.75])
def test_every_window_has_a_destination(size: tuple[int, int], ratio: float) -> None:
    height, width = size
    found = layout(height, width, ratio, seed=3)
    windows = {(y // 2, x // 2) for y in range(height) for x in range(width)}
    assert {(int(place) // width // 2, int(place) % width // 2) for place in found.destinations} == windows
    assert len(found.destinations) == len(windows)
    both = torch.cat([found.destinations, found.sources])
    assert torch.equal(both[found.back], torch.arange(height * width))
    merged = len(found.sources) - len(found.kept)
    assert merged == min(max(1, int(ratio * height * width)), len(found.sources) - 1)
    other = layout(height, width, ratio, seed=4)
    if height * width > 5:
        assert not torch.equal(found.destinations, other.destinations), "others at the next call"
    assert torch.equal(found.destinations, layout(height, width, ratio, seed=3).destinations)


def test_the_most_alike_are_merged_by_mean_and_copied_apart() -> None:
    """A row of windows: two destinations, of which each source is like one, more or less."""
    angles = torch.tensor([[0.0, 0.3, 1.5, 1.6, 0.1, 0.2, 1.45, 1.0], [1.0, 0, 0, 0, 0, 0, 0, 1.1]])
    tokens = torch.stack([angles.cos(), angles.sin()], dim=-1) * torch.arange(1, 9)[:, None]
    destinations, sources = torch.tensor([0, 2]), torch.tensor([1, 3, 4, 5, 6, 7])
    found = Layout(destinations, sources, torch.tensor([2, 3]), torch.cat([destinations, sources]).argsort())
    computed, places = merge(tokens, found)
    assert computed.shape == (2, 4, 2)
    merged = unmerge(computed, places)
    # The nearest to their destinations: 6 and 3 to 2, 4 and 5 to 0; 1 and 7 are farther.
    expected = tokens[0].clone()
    expected[[0, 4, 5]] = tokens[0][[0, 4, 5]].mean(dim=0)
    expected[[2, 3, 6]] = tokens[0][[2, 3, 6]].mean(dim=0)
    torch.testing.assert_close(merged[0], expected)
    torch.testing.assert_close(merged[1][7], tokens[1][7]), "each sample by itself"


@pytest.mark.parametrize("size", SIZES)
def test_what_is_alike_comes_back_as_it_was(size: tuple[int, int]) -> None:
    tokens = torch.randn(2, 1, 16, generator=torch.Generator().manual_seed(0)).expand(-1, size[0] * size[1], -1)
    computed, places = merge(tokens, layout(*size, 0.5, seed=0))
    assert computed.shape[1] < tokens.shape[1]
    torch.testing.assert_close(unmerge(computed, places), tokens)


def test_many_are_merged_in_bf16_without_being_lost() -> None:
    tokens = torch.ones(1, 64 * 64, 8, dtype=torch.bfloat16)
    computed, _ = merge(tokens, layout(64, 64, 0.5, seed=0))
    assert torch.equal(computed, torch.ones_like(computed)), "two thousand in one"


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_the_largest_attentions_alone_are_merged(family: str) -> None:
    unet = build_pipeline(family).unet
    ours = unet.attn_processors
    with merging(unet, layout_of(unet, torch.zeros(1, 4, 9, 8), 0.5, seed=0)):
        exchanged = {name for name, processor in unet.attn_processors.items() if processor is not ours[name]}
    first, last = ("down_blocks.0.", "up_blocks.3.") if family == "sd1" else ("down_blocks.1.", "up_blocks.1.")
    assert exchanged == {name for name in ours if name.startswith((first, last)) and "attn1" in name}
    assert len(exchanged) == 5
    assert all(unet.attn_processors[name] is processor for name, processor in ours.items()), "and given back"


def picture(pictures: Any, **asked: Any) -> NDArray[np.uint8]:
    [drawn] = pictures(**{"negative_prompt": "dog", "cfg_scale": 10, "steps": 4} | asked)
    pixels: NDArray[np.uint8] = drawn.pixels
    return pixels


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_pictures_change_where_asked_and_only_there(family: str, tmp_path: Path) -> None:
    _, pictures = opened(save_folder(tmp_path / family, family))
    exact, half = picture(pictures), picture(pictures, token_merging=0.5)
    assert np.array_equal(picture(pictures, token_merging=0), exact)
    assert difference(half, exact) > 0
    assert np.array_equal(picture(pictures, token_merging=0.5), half)
    most = picture(pictures, token_merging=0.75)
    assert not np.array_equal(most, half)
    assert np.array_equal(picture(pictures), exact), "the next drawing is whole again"
    assert not np.array_equal(half, picture(pictures, token_merging=0.5, guidance_interval=(0.3, 0.7)))
    pictured = {"init_image": ImageRef(sha256=PICTURE), "strength": 0.7}
    assert difference(picture(pictures, token_merging=0.5, **pictured), picture(pictures, **pictured)) > 0
    odd = {"width": 72, "height": 88}
    assert difference(picture(pictures, token_merging=0.5, **odd), picture(pictures, **odd)) > 0
    [skipping] = pictures(steps=8, token_merging=0.5, easy_cache=1)
    assert left_out(skipping)[0] > 0


@pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed")
@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_one_converted_network_serves_all_sizes_and_ratios(family: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = dict(build_pipeline(family).unet.config) | {"layers_per_block": 1}  # converted sooner
    unet = UNet2DConditionModel.from_config(config).eval()
    network = MergedUNet("unet", unet)
    runner = Runner(network, Cache(tmp_path, 10**9).entry({"network": family}), "CPU")
    runner.keep()
    for side, ratio in ((8, 0.5), (11, 0.75)):
        given, more = inputs(unet, side=side)
        indices = layout_of(unet, given[0], ratio, seed=side)
        taken = network.inputs(*given, layout=indices, **more)
        runner.prepare(taken)
        with torch.inference_mode():
            expected = network.by_itself(*given, layout=indices, return_dict=False, **more)[0]
            whole = unet(*given, return_dict=False, **more)[0]
        torch.testing.assert_close(network.answer(runner(taken), return_dict=False)[0], expected, atol=1e-3, rtol=1e-3)
        assert (whole - expected).abs().max() > 1e-2


@pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed")
def test_openvino_draws_the_same(tmp_path: Path) -> None:
    """After a whole picture, and after a start."""
    folder = tmp_path / "sd1"
    small_graphs().save_pretrained(folder)
    asked: dict[str, dict[str, Any]] = {"whole": {}, "merged": {"token_merging": 0.5}}
    _, by_torch = opened(folder, acceleration="torch")
    wanted = {name: picture(by_torch, **options) for name, options in asked.items()}
    assert difference(wanted["merged"], wanted["whole"]) > 0
    for names in (list(asked), ["merged"]):
        unet, pictures = opened(folder, acceleration="openvino", cache_dir=str(tmp_path / "cache"))
        for name in names:
            error = float(np.mean((picture(pictures, **asked[name]).astype(float) - wanted[name]) ** 2))
            assert error < 255**2 / 10**3, f"{name}: 30 dB and more"
    assert calls_of(unet.mid_block, partial(picture, pictures, token_merging=0.5)) == 0, "none of it by torch"


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    _, pictures = opened(save(tmp_path / "pixart", "pixart_sigma"))
    with pytest.raises(InvalidInput, match="no UNet"):
        pictures(token_merging=0.5)
    settings = Settings(models_dir=tmp_path)
    with pytest.raises(InvalidInput, match="token_merging and deep_cache"):
        check_draw_options({"diffusers": {"deep_cache": 2, "token_merging": 0.5}}, settings)
    with pytest.raises(InvalidInput, match="token_merging"):
        check_draw_options({"diffusers": {"token_merging": 0.8}}, settings)
