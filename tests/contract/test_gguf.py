"""GGUF files, made by stable-diffusion.cpp and as ComfyUI-GGUF makes them, draw with the diffusers engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import save_file

from safelight.catalog.inspection import inspect
from safelight.domain.errors import UnsupportedModel
from safelight.domain.models import Component, ModelFormat, ModelInfo, ModelKind, Role
from safelight.engines.diffusers.checkpoint import CheckpointFile
from safelight.engines.diffusers.single_file import load_single_file
from safelight.engines.diffusers.spec import SPEC
from tests.contract.test_single_file import draw
from tests.layouts import laid_out_alike
from tests.ldm import to_ldm, write_safetensors
from tests.models import build_pipeline

ERRORS = {
    "F32": 0,
    "F16": 0.001,
    "BF16": 0.004,
    "Q8_0": 0.01,
    "Q6_K": 0.03,
    "Q5_K": 0.06,
    "Q5_1": 0.06,
    "Q5_0": 0.06,
    "Q4_K": 0.12,
    "Q4_1": 0.12,
    "Q4_0": 0.12,
    "Q3_K": 0.25,
    "Q2_K": 0.45,
}
"""Type → root of the mean squared error over that of the weights themselves, at most."""


def convert(source: Path, target: Path, kind: str, *, own_names: bool = False) -> Path:
    """What `stable-diffusion.cpp convert` makes of a file; skips the test where the library is not installed."""
    sdcpp = pytest.importorskip("stable_diffusion_cpp.stable_diffusion_cpp")
    number = int(gguf.GGMLQuantizationType[kind])
    assert sdcpp.convert(str(source).encode(), b"", str(target).encode(), number, b"", own_names)
    return target


def model(path: Path, architecture: str, kind: ModelKind = ModelKind.CHECKPOINT, **given: Any) -> ModelInfo:
    return ModelInfo(
        id=path.stem,
        path=path,
        kind=kind,
        format=ModelFormat.GGUF,
        architecture=architecture,
        bytes=path.stat().st_size,
        prediction="epsilon",
        **given,
    )


def as_the_library_reads_it(path: Path) -> dict[str, torch.Tensor]:
    """Every tensor as the `gguf` package reads and dequantises it."""
    tensors = {}
    for tensor in gguf.GGUFReader(path).tensors:
        numbers = gguf.dequantize(tensor.data, tensor.tensor_type)
        shape = [int(side) for side in reversed(tensor.shape)]
        tensors[tensor.name] = torch.from_numpy(np.array(numbers)).view(shape)
    return tensors


@pytest.mark.parametrize("kind", ERRORS)
def test_every_type_that_stable_diffusion_cpp_writes(tmp_path: Path, kind: str) -> None:
    torch.manual_seed(0)
    names = [f"model.diffusion_model.middle_block.1.transformer_blocks.0.ff.net.{n}.weight" for n in range(3)]
    weights = dict(zip(names, [torch.randn(768, 512), torch.randn(24, 256), torch.randn(512)], strict=True))
    weights["model.diffusion_model.input_blocks.0.0.weight"] = torch.randn(8, 4, 3, 3)
    save_file(weights, tmp_path / "some.safetensors")
    path = convert(tmp_path / "some.safetensors", tmp_path / "some.gguf", kind)

    read = CheckpointFile(path).read(names, torch.float32)
    halved = CheckpointFile(path).read(weights, torch.bfloat16)

    expected = as_the_library_reads_it(path)
    assert any(str(tensor.tensor_type.name) == kind for tensor in gguf.GGUFReader(path).tensors)
    for name in names:
        torch.testing.assert_close(read[name], expected[name], rtol=0, atol=0)
        assert ((read[name] - weights[name]).square().mean() / weights[name].square().mean()).sqrt() <= ERRORS[kind]
    for name, tensor in halved.items():
        torch.testing.assert_close(tensor, expected[name].bfloat16(), rtol=0, atol=0)


@pytest.mark.parametrize("architecture", ["sd1", "sd2", "sdxl"])
@pytest.mark.parametrize("own_names", [False, True], ids=["published-names", "names-of-sdcpp"])
def test_pixels_equal_those_of_diffusers_own_loader(tmp_path: Path, architecture: str, own_names: bool) -> None:
    original = build_pipeline(architecture)
    original.save_pretrained(tmp_path / "configuration")
    whole = write_safetensors(tmp_path / "model.safetensors", to_ldm(original, architecture), half=True)
    plain = convert(whole, tmp_path / "plain.gguf", "Q8_0")
    same = write_safetensors(tmp_path / "same.safetensors", as_the_library_reads_it(plain))
    kind = StableDiffusionXLPipeline if architecture == "sdxl" else StableDiffusionPipeline
    options = {} if architecture == "sdxl" else {"safety_checker": None, "requires_safety_checker": False}
    expected = kind.from_single_file(
        same, config=str(tmp_path / "configuration"), local_files_only=True, dtype=torch.float32, **options
    )

    path = convert(whole, tmp_path / "own.gguf", "Q8_0", own_names=True) if own_names else plain
    info = model(path, architecture) if own_names else inspect(plain)
    loaded = load_single_file(info, torch.float32)

    assert (info.architecture, info.kind, info.problem) == (architecture, ModelKind.CHECKPOINT, None)
    assert SPEC.runs(info)
    loaded.scheduler = expected.scheduler
    ours, theirs = draw(laid_out_alike(loaded)), draw(laid_out_alike(expected))
    if not own_names:
        np.testing.assert_array_equal(ours, theirs)
    else:  # the text encoders' joined projections are quantised in another grouping
        assert 10 * np.log10(1 / max(float(np.square(ours - theirs).mean()), 1e-12)) > 35


def comfy_gguf(path: Path, unet: dict[str, torch.Tensor], architecture: str) -> Path:
    """A UNet alone as ComfyUI-GGUF's `tools/convert.py` writes it: kernels as rows of 256 with their shape beside."""
    writer = gguf.GGUFWriter(path, architecture)
    for name, tensor in unet.items():
        data, kind = tensor.numpy().astype(np.float32), gguf.GGMLQuantizationType.F32
        if data.ndim > 1 and data.size % 256 == 0:
            if data.shape[-1] % 256:
                writer.add_array(f"comfy.gguf.orig_shape.{name}", [int(side) for side in data.shape])
                data = data.reshape(-1, 256)
            kind = gguf.GGMLQuantizationType.Q8_0
            data = gguf.quantize(data, kind)
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("architecture", ["sd1", "sd2", "sdxl"])
def test_a_unet_alone_takes_its_companions(tmp_path: Path, architecture: str) -> None:
    original = build_pipeline(architecture)
    tensors = {name: tensor.clone() for name, tensor in to_ldm(original, architecture).items()}
    prefix = "model.diffusion_model."
    unet = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    path = comfy_gguf(tmp_path / "unet.gguf", unet, architecture)
    files = {Role.VAE: tmp_path / "vae.safetensors", Role.CLIP_L: tmp_path / "clip_l.safetensors"}
    save_file(dict(original.vae.state_dict()), files[Role.VAE])
    encoder = {f"text_model.{n.removeprefix('text_model.')}": t for n, t in original.text_encoder.state_dict().items()}
    save_file(encoder, files[Role.CLIP_L])
    if architecture == "sdxl":
        files[Role.CLIP_G] = tmp_path / "clip_g.safetensors"
        save_file(dict(original.text_encoder_2.state_dict()), files[Role.CLIP_G])
    components = tuple(Component(role=role, path=file) for role, file in files.items())

    info = model(path, architecture, ModelKind.DIFFUSION_MODEL, components=components)
    loaded = load_single_file(info, torch.float32)

    quantised = {name for name, shape in CheckpointFile(path).header.tensors.items() if shape.dtype == "Q8_0"}
    assert "input_blocks.1.0.in_layers.2.weight" in quantised
    assert SPEC.runs(info)
    loaded.scheduler = original.scheduler
    difference = float(np.square(draw(laid_out_alike(loaded)) - draw(laid_out_alike(original))).mean())
    assert 0 < difference < 10**-3


def test_a_missing_companion_is_named(tmp_path: Path) -> None:
    prefix = "model.diffusion_model."
    tensors = to_ldm(build_pipeline("sd1"), "sd1").items()
    path = comfy_gguf(
        tmp_path / "unet.gguf", {n.removeprefix(prefix): t for n, t in tensors if n.startswith(prefix)}, "sd1"
    )
    with pytest.raises(UnsupportedModel, match=r"unet.gguf lacks a VAE"):
        load_single_file(model(path, "sd1", ModelKind.DIFFUSION_MODEL), torch.float32)
