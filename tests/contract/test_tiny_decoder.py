"""A tiny VAE decodes in place of a model's own where a request names one, and nowhere else."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny
from PIL import Image
from safetensors.torch import save_file

import safelight
from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput, UnsupportedModel
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.domain.request import ImageRef
from safelight.engines.contract import Picture
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.spec import SPEC
from safelight.engines.options import check_draw_options
from safelight.settings import Settings
from tests.contract.test_openvino import FROM_PICTURE, MASK, PICTURE, psnr, small_graphs
from tests.families import save
from tests.models import build_pipeline
from tests.sinks import Silent


def tiny(channels: int = 4) -> Any:
    """TAESD's structure with random weights, larger than usual: its pictures shall not be grey."""
    torch.manual_seed(channels)
    made: Any = AutoencoderTiny(latent_channels=channels)
    for weight in made.decoder.parameters():
        weight.data *= 1.8
    return made


def write(file: Path, vae: Any, layout: str = "diffusers") -> Path:
    """The file of a tiny VAE: as diffusers has it, or the original decoder alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: weight.contiguous() for name, weight in vae.state_dict().items()}
    if layout == "original":
        decoder = {name: value for name, value in tensors.items() if name.startswith("decoder.")}
        shift = re.compile(r"decoder\.layers\.(\d+)")
        tensors = {shift.sub(lambda found: str(int(found[1]) + 1), name): value for name, value in decoder.items()}
    save_file(tensors, file)
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder: two families, each with its tiny VAE, and again with it in place of its VAE."""
    models = tmp_path_factory.mktemp("models")
    for name, channels in (("sd1", 4), ("sd3", 16)):
        vae, pipe = tiny(channels), small_graphs() if name == "sd1" else build_pipeline(name)
        pipe.save_pretrained(models / name)
        pipe.register_modules(vae=vae)
        pipe.save_pretrained(models / f"{name}-tiny")
        write(models / "taesd" / f"for-{name}.safetensors", vae)
    write(models / "taesd" / "decoder-for-sd1.safetensors", tiny(4), "original")
    return models


class Drawer:
    """A loaded model, and what it drew with."""

    def __init__(self, model: Path, mode: MemoryMode = MemoryMode.FULL, **load_options: Any) -> None:
        engine, self.model = DiffusersEngine(), inspect(model)
        engine.configure(load_options)
        plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32, memory_mode=mode)
        self.pipeline = engine.load(self.model, plan, Silent())
        self.vae = self.pipeline._pipe.vae
        self.calls = {half: 0 for half in ("encoder", "decoder")}
        for half in self.calls:
            getattr(self.vae, half).register_forward_hook(lambda *_, half=half: self._count(half))

    def _count(self, half: str) -> None:
        self.calls[half] += 1

    def __call__(self, taesd: Path | None = None, **given: Any) -> Picture:
        options = {"width": 64, "height": 64, "steps": 2, "seed": 5, "sampler": "euler", "scheduler": "discrete"}
        request = resolve(GenerationDraft(prompt="a cat", **options | given), self.model, SPEC.samplers_for(self.model))
        if taesd:
            request = request.model_copy(update={"engine_options": {"diffusers": {"taesd": str(taesd)}}})
        mask = Image.new("L", (64, 64), 0)
        mask.paste(255, (32, 0, 64, 64))
        images = {PICTURE: Image.linear_gradient("L").resize((64, 64)).convert("RGB"), MASK: mask}
        [picture] = self.pipeline.run(request, images, Silent(), lambda: False)
        return picture


@pytest.mark.parametrize("family", ["sd1", "sd3"])
def test_the_picture_is_that_of_a_pipeline_with_the_tiny_vae(folder: Path, family: str) -> None:
    draw, file = Drawer(folder / family), folder / "taesd" / f"for-{family}.safetensors"
    own, expected = draw(), Drawer(folder / f"{family}-tiny")()
    assert expected.pixels.std() > 5, "something is to be seen"
    assert draw.calls["decoder"] == 1
    picture = draw(file)
    assert psnr(picture, expected) >= 45
    assert psnr(picture, own) < 30
    assert draw.calls["decoder"] == 1, "the model's own was not asked"
    digest = sha256(file.read_bytes()).hexdigest()
    assert picture.details == {"VAE Decoder": "TAESD", "VAE Decoder hash": digest[:10]}
    again = draw()
    np.testing.assert_array_equal(again.pixels, own.pixels)
    assert not again.details


def test_files_of_both_layouts_are_read_and_a_changed_one_again(folder: Path, tmp_path: Path) -> None:
    draw = Drawer(folder / "sd1")
    file = write(tmp_path / "one.safetensors", tiny(4))
    first = draw(file)
    np.testing.assert_array_equal(first.pixels, draw(folder / "taesd" / "decoder-for-sd1.safetensors").pixels)
    other = tiny(4)
    other.decoder.layers[0].weight.data.neg_()
    write(file, other)
    assert psnr(draw(file), first) < 40
    other.decoder.layers = other.decoder.layers[:-2]
    with pytest.raises(UnsupportedModel, match="missing"):
        draw(write(tmp_path / "short.safetensors", other))


def test_pictures_to_start_from_are_encoded_by_the_model(folder: Path) -> None:
    draw, file = Drawer(folder / "sd1"), folder / "taesd" / "for-sd1.safetensors"
    drawn = draw(file, **FROM_PICTURE)
    assert draw.calls == {"encoder": 1, "decoder": 0}
    painted = draw(file, **FROM_PICTURE, mask=ImageRef(sha256=MASK), mask_blur=0)
    assert draw.calls["decoder"] == 0
    ground = np.asarray(Image.linear_gradient("L").resize((64, 64)).convert("RGB"))
    np.testing.assert_array_equal(painted.pixels[:, :32], ground[:, :32])
    assert not np.array_equal(drawn.pixels[:, 40:], ground[:, 40:])


def test_the_tiled_mode_decodes_it_in_tiles(folder: Path) -> None:
    file, size = folder / "taesd" / "for-sd1.safetensors", {"width": 576, "height": 64, "steps": 1}
    whole, tiled = (Drawer(folder / "sd1", mode)(file, **size) for mode in (MemoryMode.FULL, MemoryMode.TILED))
    assert 25 < psnr(whole, tiled) < 99


@pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed")
def test_openvino_computes_it_too(folder: Path, tmp_path: Path) -> None:
    file = folder / "taesd" / "for-sd1.safetensors"
    expected = Drawer(folder / "sd1", acceleration="torch")(file)
    for _ in ("cold", "warm"):
        draw = Drawer(folder / "sd1", acceleration="openvino", cache_dir=str(tmp_path))
        picture = draw(file)
        assert psnr(picture, expected) >= 45
        assert not picture.notes
        held = draw.pipeline._tiny.get(file)
        assert not any(weight.stride() != (0,) * weight.dim() for weight in held.vae.parameters()), "torch has none"


def test_what_cannot_be_is_refused(folder: Path, tmp_path: Path) -> None:
    draw = Drawer(folder / "sd3")
    with pytest.raises(InvalidInput, match="4 channels, and this model's have 16"):
        draw(folder / "taesd" / "for-sd1.safetensors")
    with pytest.raises(InvalidInput, match="No tiny VAE decodes"):
        Drawer(folder / "sd1-tiny")(folder / "taesd" / "for-sd1.safetensors")
    with pytest.raises(InvalidInput, match="No tiny VAE decodes"):
        Drawer(save(tmp_path / "qwen", "qwen_image"))(folder / "taesd" / "for-sd3.safetensors")
    settings = Settings(models_dir=folder)
    check_draw_options({"diffusers": {"taesd": "for-sd1"}}, settings)
    with pytest.raises(InvalidInput, match="sd1 is of the kind checkpoint, not a tiny VAE"):
        check_draw_options({"diffusers": {"taesd": "sd1"}}, settings)
    with pytest.raises(InvalidInput, match="taesdxl") as refused:
        check_draw_options({"diffusers": {"taesd": "taesdxl"}}, settings)
    assert "madebyollin" in (refused.value.hint or "")


def test_a_request_names_it_and_its_picture_says_so(folder: Path) -> None:
    with safelight.load("doodle", models_dir=folder, device="cpu") as engine:
        named = {"diffusers": {"taesd": "for-sd1"}}
        result = engine.generate("red apple", width=64, height=64, steps=1, seed=1, engine_options=named)
    digest = sha256((folder / "taesd" / "for-sd1.safetensors").read_bytes()).hexdigest()
    said = result.metadata[0].infotext
    assert f"VAE Decoder: TAESD, VAE Decoder hash: {digest[:10]}" in said
    assert '{\\"diffusers\\": {\\"taesd\\": \\"for-sd1.safetensors\\"}}' in said
    assert str(folder) not in said
