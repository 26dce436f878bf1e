"""Pictures in and out: metadata that other tools read, limits, whole files or none."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sd_parsers import ParserManager

from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput, StorageFailed
from safelight.domain.models import ModelInfo
from safelight.domain.request import Output, OutputFormat
from safelight.domain.samplers import SamplerFacts
from safelight.images.decode import decode, image_size
from safelight.images.encode import carries, encode, read_infotext
from safelight.images.files import write_file
from safelight.images.infotext import infotext
from safelight.server.routes.a1111.infotexts import parse_infotext

PIXELS = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)


def text_for(model: ModelInfo) -> str:
    model = model.model_copy(update={"sha256": "0123456789abcdef" * 4})
    draft = GenerationDraft(
        prompt="a (red:1.2) apple, <very> ripe", negative_prompt="blurry: no, really", seed=7, sampler="euler"
    )
    request = resolve(draft, model, SamplerFacts(engine="scripted", pairs={"euler": ("discrete", "karras")}))
    return infotext(request, model, 8, "diffusers 0.42, torch 2.13")


def test_infotext_says_everything_in_a1111s_order(scripted_model: ModelInfo) -> None:
    first, second, third = text_for(scripted_model).split("\n")
    assert first == "a (red:1.2) apple, <very> ripe"
    assert second == "Negative prompt: blurry: no, really"
    assert third.startswith(
        "Steps: 4, Sampler: Euler, Schedule type: Normal, CFG scale: 1, Seed: 8, Size: 64x64, "
        'Model hash: 0123456789, Model: scripted, Engine: "diffusers 0.42, torch 2.13", Version: Safelight '
    )


def test_infotext_repeats_what_was_set_on_engines_and_no_folder(scripted_model: ModelInfo, tmp_path: Path) -> None:
    lora = {"model": str(tmp_path / "ink, thin.safetensors"), "weight": 0.7}
    draft = GenerationDraft(prompt="x", engine_options={"sdcpp": {"loras": [lora], "eta": 0.5}})
    request = resolve(draft, scripted_model, SamplerFacts(engine="scripted", pairs={"euler": ("discrete",)}))
    text = infotext(request, scripted_model, 8, "sdcpp")
    assert str(tmp_path) not in text
    assert json.loads(parse_infotext(text)["Engine options"]) == {
        "sdcpp": {"loras": [{"model": "ink, thin.safetensors", "weight": 0.7}], "eta": 0.5}
    }


@pytest.mark.parametrize("kind", list(OutputFormat))
def test_another_tool_reads_the_metadata(scripted_model: ModelInfo, tmp_path: Path, kind: OutputFormat) -> None:
    file = tmp_path / f"picture.{kind.value}"
    file.write_bytes(encode(PIXELS, Output(format=kind), text_for(scripted_model)))

    seen = ParserManager().parse(file)

    assert seen is not None
    assert next(iter(seen.prompts)).value == "a (red:1.2) apple, <very> ripe"
    assert next(iter(seen.negative_prompts)).value == "blurry: no, really"
    sampler = next(iter(seen.samplers))
    assert (sampler.name, sampler.parameters["seed"], sampler.parameters["steps"]) == ("Euler", "8", "4")
    assert (sampler.model.name, sampler.model.hash) == ("scripted", "0123456789") if sampler.model else False


@pytest.mark.parametrize("kind", list(OutputFormat))
def test_metadata_comes_back_and_can_be_left_out(scripted_model: ModelInfo, kind: OutputFormat) -> None:
    text = text_for(scripted_model)
    assert read_infotext(encode(PIXELS, Output(format=kind), text)) == text
    assert read_infotext(encode(PIXELS, Output(format=kind, metadata=False), text)) is None


def test_png_keeps_every_pixel() -> None:
    data = encode(PIXELS, Output(), "")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), PIXELS)


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"GIF89a nonsense", "damaged|not an image"),
        (b"<html>", "not an image that can be read"),
        (b"", "not an image that can be read"),
        (png(2000, 2000), "is 2000x2000; at most 1,000,000 pixels"),
        (png(8, 8)[:45], "damaged"),
        (b"x" * 200_001, "at most 200,000"),
    ],
)
def test_bad_pictures_are_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        decode(data, name="It", max_bytes=200_000, max_pixels=1_000_000)


@pytest.mark.parametrize(
    ("mode", "becomes"), [("RGB", "RGB"), ("RGBA", "RGBA"), ("L", "L"), ("1", "RGB"), ("P", "RGB")]
)
def test_modes_of_pictures(mode: str, becomes: str) -> None:
    assert decode(png(8, 8, mode), name="It", max_bytes=10**6, max_pixels=10**6).mode == becomes


def test_a_16_bit_picture_keeps_its_shades() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.array([[0, 16384, 32768, 65535]], dtype=np.uint16)).save(buffer, "PNG")
    image = decode(buffer.getvalue(), name="It", max_bytes=10**6, max_pixels=10**6)
    assert np.asarray(image).tolist() == [[0, 64, 128, 255]]


def test_the_size_is_that_of_the_upright_picture() -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (24, 8)).save(buffer, "JPEG", exif=exif)
    limits: dict[str, Any] = {"name": "It", "max_bytes": 10**6, "max_pixels": 10**6}
    assert image_size(buffer.getvalue(), **limits) == decode(buffer.getvalue(), **limits).size == (8, 24)


def test_metadata_too_long_for_a_jpeg_is_known_before() -> None:
    assert carries(OutputFormat.JPEG, "x" * 30_000)
    assert not carries(OutputFormat.JPEG, "x" * 40_000)
    assert carries(OutputFormat.PNG, "x" * 40_000)
    encode(PIXELS, Output(format=OutputFormat.JPEG), "x" * 32_000)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "picture.png"
    write_file(target, b"old")
    write_file(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(target.parent) == ["picture.png"]


def test_a_folder_that_can_not_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="could not be written: "):
        write_file(tmp_path / "file" / "picture.png", b"data")
