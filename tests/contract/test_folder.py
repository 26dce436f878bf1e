"""Folders in diffusers layout: components are read without mapping files, and are what diffusers makes of them."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoPipelineForText2Image
from safetensors.torch import load_file, save_file

from safelight.catalog.inspection import inspect
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.filling import is_hollow
from safelight.engines.diffusers.folder import load_folder
from tests.families import build
from tests.layouts import modules
from tests.models import save_folder
from tests.sinks import Silent


def by_diffusers(folder: Path, dtype: torch.dtype = torch.float32) -> Any:
    """The pipeline as diffusers loads it, parts that the folder lacks left out."""
    index = json.loads((folder / "model_index.json").read_text())
    lacking = {name: None for name, value in index.items() if value == [None, None]}
    return AutoPipelineForText2Image.from_pretrained(folder, dtype=dtype, **lacking)


def mapped(folder: Path) -> list[str]:
    """Files of the folder that this process has mapped into its memory."""
    return [line for line in Path("/proc/self/maps").read_text().splitlines() if str(folder) in line]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("architecture", ["sd1", "sdxl", "sd3"])
def test_no_component_stays_mapped(tmp_path: Path, architecture: str) -> None:
    folder = save_folder(tmp_path / "model", architecture)
    pipe = load_folder(inspect(folder), torch.float32)
    assert not mapped(folder)
    theirs = by_diffusers(folder)
    assert mapped(folder), "diffusers maps no files any more: this test shows nothing"
    for mine, other in zip(modules(pipe), modules(theirs), strict=True):
        assert type(mine) is type(other)
        assert mine.training is other.training is False


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("architecture", ["sd1", "sd2", "sdxl", "sd3"])
def test_weights_buffers_and_configurations_are_those_of_diffusers(
    tmp_path: Path, architecture: str, dtype: torch.dtype
) -> None:
    folder = save_folder(tmp_path / "model", architecture)
    assert_alike(folder, dtype)


@pytest.mark.filterwarnings("ignore:.FluxPosEmbed. is deprecated:FutureWarning")
def test_shards_and_tied_weights_are_those_of_diffusers(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    build("flux").save_pretrained(folder, max_shard_size="20KB")
    for part in ("transformer", "text_encoder_2"):
        assert len([*(folder / part).glob("*.safetensors")]) > 1
    assert_alike(folder, torch.bfloat16)
    hollow = load_folder(inspect(folder), torch.bfloat16, {"transformer", "text_encoder_2"})
    for part in (hollow.transformer, hollow.text_encoder_2):
        assert all(is_hollow(weight) and weight.dtype is torch.bfloat16 for weight in part.parameters())


def assert_alike(folder: Path, dtype: torch.dtype) -> None:
    """Every module of the folder is what diffusers makes of it."""
    mine: Any = load_folder(inspect(folder), dtype)
    theirs = by_diffusers(folder, dtype)
    for name, other in theirs.components.items():
        if not isinstance(other, torch.nn.Module):
            continue
        part = getattr(mine, name)
        pairs: list[Any] = [*zip(part.named_parameters(), other.named_parameters(), strict=True)]
        pairs += [*zip(part.named_buffers(), other.named_buffers(), strict=True)]
        for (ours, tensor), (their, expected) in pairs:
            assert (ours, tensor.dtype, tensor.requires_grad) == (their, expected.dtype, expected.requires_grad)
            torch.testing.assert_close(tensor, expected, rtol=0, atol=0)
        private = {"_name_or_path", "_commit_hash", "_use_default_values"}
        both: list[dict[str, Any]] = [
            {
                key: value
                for key, value in dict(one.config if isinstance(one.config, dict) else vars(one.config)).items()
                if key not in private
            }
            for one in (part, other)
        ]
        assert both[0] == both[1], name


def test_names_of_older_diffusers_are_left_to_diffusers(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "model", "sd1")
    file = folder / "vae" / "diffusion_pytorch_model.safetensors"
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    tensors = load_file(file)
    expected = dict(tensors)
    for new, name in old.items():
        tensors = {key.replace(f".attentions.0.{new}.", f".attentions.0.{name}."): t for key, t in tensors.items()}
    assert tensors.keys() != expected.keys()
    save_file({name: tensor.clone() for name, tensor in tensors.items()}, file)
    loaded = load_folder(inspect(folder), torch.float32).vae.state_dict()
    for name, tensor in expected.items():
        torch.testing.assert_close(loaded[name], tensor, rtol=0, atol=0)


def test_a_variant_and_missing_parts_of_the_index(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "model", "sd1")
    index = json.loads((folder / "model_index.json").read_text())
    assert index["safety_checker"] == [None, None]
    for part in ("unet", "vae", "text_encoder"):
        for file in (folder / part).glob("*.safetensors"):
            shutil.move(file, file.with_suffix(".fp16.safetensors"))
    assert load_folder(inspect(folder), torch.bfloat16).unet.dtype is torch.bfloat16


def test_tiles_are_at_most_512_pixels(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "model", "sdxl")
    config = folder / "vae" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"sample_size": 1024}))
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32, memory_mode=MemoryMode.TILED)
    vae = DiffusersEngine().load(inspect(folder), plan, Silent())._pipe.vae
    assert (vae.use_tiling, vae.tile_sample_min_size, vae.tile_latent_min_size) == (True, 512, 64)
