"""OpenVINO behind diffusion transformers and the text encoders of their pipelines: torch's pictures, at any size."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from safelight.catalog.inspection import inspect
from safelight.domain.models import ModelInfo
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from tests.contract.test_openvino import draw, load, psnr
from tests.families import build, t5, words
from tests.models import WIDTH, build_pipeline

pytestmark = [
    pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed"),
    pytest.mark.filterwarnings("ignore:.FluxPosEmbed. is deprecated:FutureWarning"),
]

ENCODERS = {"sd3": {"text_encoder", "text_encoder_2", "text_encoder_3"}, "flux": {"text_encoder", "text_encoder_2"}}
SIZES: tuple[dict[str, Any], ...] = (
    {"cfg_scale": 4.0},
    {"cfg_scale": 1.0, "width": 96, "height": 80},
    {"cfg_scale": 3.0, "width": 64, "height": 112, "count": 2, "batch_size": 2},
)


def pipeline(family: str) -> Any:
    """Of few layers: converting takes its time by the layer."""
    if family == "sd3":
        pipe = build_pipeline("sd3")
        pipe.register_modules(text_encoder_3=t5(3 * WIDTH), tokenizer_3=words())
        config = dict(pipe.transformer.config) | {"num_layers": 2, "patch_size": 2, "qk_norm": "rms_norm"}
        config |= {"dual_attention_layers": (0,), "pos_embed_max_size": 24}  # as 3.5 medium
        torch.manual_seed(1)
        pipe.register_modules(transformer=diffusers.SD3Transformer2DModel.from_config(config))
    else:
        pipe = build(family.split(maxsplit=1)[0])
        if family == "flux without guidance":
            config = dict(pipe.transformer.config) | {"guidance_embeds": False}
            pipe.register_modules(transformer=diffusers.FluxTransformer2DModel.from_config(config))
    if "block_out_channels" in pipe.vae.config:  # an AutoencoderKL
        config = dict(pipe.vae.config) | {"layers_per_block": 1, "use_quant_conv": False, "use_post_quant_conv": False}
        pipe.register_modules(vae=diffusers.AutoencoderKL.from_config(config))
    return pipe


def saved(folder: Path, family: str) -> ModelInfo:
    pipeline(family).save_pretrained(folder / family, max_shard_size="200KB")
    return inspect(folder / family)


def kept(cache: Path) -> set[str]:
    """Networks that lie in the cache."""
    return {json.loads(json.loads(facts.read_text())["of"])["network"] for facts in cache.glob("*/facts.json")}


def spoil_weights(model: ModelInfo, *parts: str) -> None:
    """Put other weights into the files, by nothing to be told from the same ones without reading them."""
    for file in (file for part in parts for file in model.path.glob(f"{part}/*.safetensors")):
        facts, quarter = file.stat(), file.stat().st_size // 4
        with file.open("r+b") as opened:
            opened.seek(-quarter, os.SEEK_END)
            opened.write(bytes(quarter))
        os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def others(*families: str) -> list[Any]:
    """These and the families that most people do not have, for the slow tier."""
    names = (*families, "chroma", "auraflow", "pixart_sigma", "sana")
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.mark.parametrize("family", ["sd3", "flux", *others("flux without guidance")])
def test_pictures_equal_those_of_torch_and_a_second_start_reads_no_weights(tmp_path: Path, family: str) -> None:
    model, cache = saved(tmp_path, family), tmp_path / "cache"
    by_torch, by_openvino = load(model, "torch"), load(model, "openvino", cache=cache)
    first = None
    for given in SIZES[:2] if family == "chroma" else SIZES:
        expected, pictures = draw(by_torch, model, **given), draw(by_openvino, model, **given)
        for picture, other in zip(pictures, expected, strict=True):
            assert psnr(picture, other) >= 45, given
            assert not picture.notes
        first = first or pictures[0]
    assert {"transformer", *ENCODERS.get(family, ())} <= kept(cache)
    spoil_weights(model, "transformer", *ENCODERS.get(family, ()))
    [again] = draw(load(model, "openvino", cache=cache), model, **SIZES[0])
    assert first
    np.testing.assert_array_equal(again.pixels, first.pixels)


@pytest.mark.parametrize("family", ["flux", *others("sd3")])
def test_bf16_stays_near_f32(tmp_path: Path, family: str) -> None:
    model = saved(tmp_path, family)
    [expected] = draw(load(model, "torch"), model, **SIZES[1])
    [picture] = draw(load(model, "openvino", "bf16", tmp_path / "cache"), model, **SIZES[1])
    assert psnr(picture, expected) >= 30
    assert not picture.notes


def test_a_call_that_a_network_does_not_stand_for_is_torch_s(tmp_path: Path) -> None:
    model = saved(tmp_path, "sd3")
    by_torch, by_openvino = (
        load(model, name, cache=tmp_path / "cache")._pipe.transformer  # type: ignore[attr-defined]
        for name in ("torch", "openvino")
    )
    torch.manual_seed(0)
    given: dict[str, Any] = {
        "hidden_states": torch.randn(1, 16, 8, 8),
        "encoder_hidden_states": torch.randn(1, 20, 3 * WIDTH),
        "pooled_projections": torch.randn(1, 3 * WIDTH),
        "timestep": torch.tensor([700.0]),
    }
    with torch.inference_mode():
        torch.testing.assert_close(by_openvino(**given).sample, by_torch(**given).sample, rtol=1e-3, atol=1e-3)
        skipping = given | {"skip_layers": [0], "return_dict": False}  # its weights are dropped by now
        torch.testing.assert_close(by_openvino(**skipping), by_torch(**skipping))
        assert not torch.allclose(by_torch(**skipping)[0], by_torch(**given).sample, atol=1e-2)


def test_a_transformer_that_is_not_known_is_left_to_torch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    load(saved(tmp_path, "qwen_image"), "openvino", cache=tmp_path / "cache")
    assert "transformer is left to torch: no network here stands for a QwenImageTransformer2DModel" in caplog.text
