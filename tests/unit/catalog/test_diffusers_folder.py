"""Folders in diffusers layout: what they are, and which piece is missing or broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from safelight.catalog.inspection import inspect
from safelight.domain.errors import CorruptFile, InvalidInput, NotFound, UnsupportedModel
from safelight.domain.models import ModelFormat, ModelKind
from safelight.domain.request import Mode

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteSafetensors

WriteFolder = Callable[..., Path]


@pytest.fixture
def write_folder(tmp_path: Path, write_safetensors: WriteSafetensors) -> WriteFolder:
    """A function that writes a small but complete folder; keyword arguments change what it says."""

    def write(
        pipeline: str = "StableDiffusionPipeline",
        *,
        unet: dict[str, Any] | None = None,
        scheduler: dict[str, Any] | None = None,
        backbone: str = "unet",
        index: dict[str, Any] | None = None,
    ) -> Path:
        folder = tmp_path / "tiny"
        configs: dict[str, dict[str, Any]] = {
            backbone: {"cross_attention_dim": 768, "sample_size": 64, "in_channels": 4, **(unet or {})},
            "vae": {"block_out_channels": [8, 8, 8, 8]},
            "text_encoder": {"hidden_size": 768},
        }
        names = {backbone: "diffusion_pytorch_model", "vae": "diffusion_pytorch_model", "text_encoder": "model"}
        for name, config in configs.items():
            write_safetensors(f"tiny/{name}/{names[name]}.safetensors", {"w": (10, 10)})
            (folder / name / "config.json").write_text(json.dumps(config))
        for name in ("scheduler", "tokenizer"):
            (folder / name).mkdir()
        (folder / "scheduler" / "scheduler_config.json").write_text(
            json.dumps({"_class_name": "PNDMScheduler", **(scheduler or {})})
        )
        parts = {
            "_class_name": pipeline,
            "_diffusers_version": "0.30.0",
            backbone: ["diffusers", "Backbone"],
            "vae": ["diffusers", "AutoencoderKL"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "scheduler": ["diffusers", "PNDMScheduler"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
            "image_encoder": [None, None],
            "requires_safety_checker": True,
            **(index or {}),
        }
        (folder / "model_index.json").write_text(json.dumps(parts))
        return folder

    return write


def test_a_whole_folder(write_folder: WriteFolder) -> None:
    folder = write_folder()
    info = inspect(folder)
    assert (info.id, info.kind, info.format) == ("tiny", ModelKind.CHECKPOINT, ModelFormat.DIFFUSERS)
    assert (info.architecture, info.pipeline) == ("sd1", "StableDiffusionPipeline")
    assert (info.prediction, info.dtype, info.problem) == ("epsilon", "f16", None)
    assert info.bytes == sum(path.stat().st_size for path in folder.rglob("*.safetensors"))
    assert (info.defaults.size.width, info.defaults.size.height) == (512, 512)
    assert info.modes == frozenset(Mode)
    assert any("safety_checker is named" in fact for fact in info.evidence)


@pytest.mark.parametrize(
    ("pipeline", "width", "family"),
    [
        ("StableDiffusionPipeline", 768, "sd1"),
        ("StableDiffusionImg2ImgPipeline", 768, "sd1"),
        ("StableDiffusionPipeline", 1024, "sd2"),
        ("StableDiffusionPipeline", 64, "stable_diffusion"),
        ("StableDiffusionXLPipeline", 64, "sdxl"),
        ("StableDiffusionXLInpaintPipeline", 2048, "sdxl"),
        ("StableDiffusionXLImg2ImgPipeline", 2048, "sdxl"),
        ("StableDiffusionXLImg2ImgPipeline", 1280, "sdxl_refiner"),
        ("StableDiffusionUpscalePipeline", 1024, "stable_diffusion_upscale"),
        ("StableDiffusionXLControlNetPipeline", 2048, "stable_diffusion_xl_control_net"),
        ("PixArtAlphaPipeline", None, "pix_art_alpha"),
        ("KandinskyV22Pipeline", 768, "kandinsky_v22"),
    ],
)
def test_families_by_class_and_width(write_folder: WriteFolder, pipeline: str, width: int | None, family: str) -> None:
    assert inspect(write_folder(pipeline, unet={"cross_attention_dim": width})).architecture == family


def test_flow_pipelines_have_defaults_of_their_own(write_folder: WriteFolder) -> None:
    scheduler = {"_class_name": "FlowMatchEulerDiscreteScheduler"}
    config = {"cross_attention_dim": None, "sample_size": 128}
    info = inspect(write_folder("StableDiffusion3Pipeline", backbone="transformer", unet=config, scheduler=scheduler))
    assert (info.architecture, info.prediction) == ("sd3", "flow")
    defaults = info.defaults
    assert (defaults.sampler, defaults.scheduler, defaults.steps, defaults.cfg_scale) == ("euler", "discrete", 28, 4.5)
    assert defaults.size.width == 1024


def test_flux_has_no_sample_size(write_folder: WriteFolder) -> None:
    scheduler = {"_class_name": "FlowMatchEulerDiscreteScheduler"}
    config = {"cross_attention_dim": None, "sample_size": None}
    info = inspect(write_folder("FluxPipeline", backbone="transformer", unet=config, scheduler=scheduler))
    assert (info.architecture, info.defaults.cfg_scale, info.defaults.size.width) == ("flux", 3.5, 1024)


@pytest.mark.parametrize(
    ("said", "prediction"),
    [("v_prediction", "v_prediction"), ("epsilon", "epsilon"), ("flow_prediction", "flow"), ("sample", None)],
)
def test_prediction_comes_from_the_scheduler(write_folder: WriteFolder, said: str, prediction: str | None) -> None:
    info = inspect(write_folder(scheduler={"prediction_type": said}))
    assert info.prediction == prediction
    assert (info.problem is None) == (prediction is not None)


@pytest.mark.parametrize(
    ("sample_size", "width", "height"),
    [(16, 128, 128), ([32, 64], 512, 256), (2, 64, 64), (4096, 4096, 4096), (None, 512, 512), ("x", 512, 512)],
)
def test_size_is_sample_size_times_the_factor_of_the_vae(
    write_folder: WriteFolder, sample_size: object, width: int, height: int
) -> None:
    size = inspect(write_folder(unet={"sample_size": sample_size})).defaults.size
    assert (size.width, size.height) == (width, height)


def test_nine_channels_or_the_class_name_mean_inpainting(write_folder: WriteFolder) -> None:
    assert inspect(write_folder(unet={"in_channels": 9})).modes == frozenset({Mode.INPAINT})


def test_safelight_json_overrides_defaults_in_part(write_folder: WriteFolder) -> None:
    folder = write_folder()
    (folder / "safelight.json").write_text('{"defaults": {"steps": 12, "size": {"width": 128, "height": 128}}}')
    defaults = inspect(folder).defaults
    assert (defaults.steps, defaults.size.width, defaults.sampler) == (12, 128, "dpmpp_2m")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('{"defaults": {"steps": "many"}}', "defaults.steps", id="type"),
        pytest.param('{"defaults": {"size": {"width": 100, "height": 128}}}', "defaults.size.width", id="size"),
        pytest.param('{"defaults": {"colour": 1}}', "defaults.colour", id="name"),
        pytest.param('{"preset": {}}', "one table only", id="table"),
    ],
)
def test_bad_overrides_are_refused(write_folder: WriteFolder, text: str, said: str) -> None:
    folder = write_folder()
    (folder / "safelight.json").write_text(text)
    with pytest.raises(InvalidInput, match=said):
        inspect(folder)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("vae", "lacks its vae"),
        ("tokenizer", "lacks its tokenizer"),
        ("unet/config.json", "tiny, unet lacks config.json"),
        ("text_encoder/model.safetensors", "tiny, text_encoder has no weights"),
    ],
)
def test_missing_pieces_are_named(write_folder: WriteFolder, missing: str, said: str) -> None:
    folder = write_folder()
    (folder / missing).rename(folder.parent / "away")
    with pytest.raises(CorruptFile, match=said):
        inspect(folder)


def test_a_truncated_piece_is_named(write_folder: WriteFolder) -> None:
    folder = write_folder()
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    with pytest.raises(CorruptFile, match=r"In tiny, vae: diffusion_pytorch_model\.safetensors is truncated"):
        inspect(folder)


def test_a_link_to_weights_that_are_gone(write_folder: WriteFolder) -> None:
    folder = write_folder()
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights.unlink()
    weights.symlink_to(folder / "blobs" / "0123")
    with pytest.raises(CorruptFile, match=r"tiny, vae lacks diffusion_pytorch_model\.safetensors"):
        inspect(folder)


@pytest.mark.parametrize("text", ["", "[]", '{"a": ', "[" * 100_000, '{"_class_name": 3}'])
def test_a_broken_index(write_folder: WriteFolder, text: str) -> None:
    folder = write_folder()
    (folder / "model_index.json").write_text(text)
    with pytest.raises(CorruptFile, match=r"model_index\.json"):
        inspect(folder)


def test_components_cannot_point_outside(write_folder: WriteFolder) -> None:
    with pytest.raises(CorruptFile, match=r'component called "\.\./vae"'):
        inspect(write_folder(index={"../vae": ["diffusers", "AutoencoderKL"]}))


def test_shards_must_all_be_there_and_inside(write_folder: WriteFolder, write_safetensors: WriteSafetensors) -> None:
    folder = write_folder()
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    index = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    names = [f"diffusion_pytorch_model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index.write_text(json.dumps({"weight_map": {"a": names[0], "b": names[1]}}))
    write_safetensors(f"tiny/unet/{names[0]}", {"a": (10,)})
    with pytest.raises(CorruptFile, match=f"unet lacks {names[1]}"):
        inspect(folder)
    write_safetensors(f"tiny/unet/{names[1]}", {"b": (10,)})
    assert inspect(folder).problem is None
    index.write_text(json.dumps({"weight_map": {"a": "../vae/diffusion_pytorch_model.safetensors"}}))
    with pytest.raises(CorruptFile, match=r"names the file"):
        inspect(folder)


def test_variants_are_found_and_counted_once(write_folder: WriteFolder) -> None:
    folder = write_folder()
    plain = folder / "unet" / "diffusion_pytorch_model.safetensors"
    before = inspect(folder).bytes
    variant = plain.with_name("diffusion_pytorch_model.fp16.safetensors")
    variant.write_bytes(plain.read_bytes())
    assert inspect(folder).bytes == before
    plain.unlink()
    assert inspect(folder).bytes == before


def test_other_folders(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel, match=r"no model_index\.json"):
        inspect(tmp_path)
    with pytest.raises(NotFound):
        inspect(tmp_path / "absent")
