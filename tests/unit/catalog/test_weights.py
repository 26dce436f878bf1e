"""What the parts of a model weigh."""

from __future__ import annotations

from math import prod
from pathlib import Path

import pytest

from safelight.catalog.headers import Header, TensorInfo
from safelight.catalog.headers.gguf import BLOCKS
from safelight.catalog.inspection import inspect
from safelight.catalog.weights import weigh, weigh_companion, weigh_component
from safelight.domain.models import ModelFormat, ModelKind, ModelPart, PartWeight
from safelight.settings import embedded_models


def header(**tensors: tuple[int, ...]) -> Header:
    infos = {name: TensorInfo("F16", shape, 0, 2 * prod(shape)) for name, shape in tensors.items()}
    return Header(format=ModelFormat.SAFETENSORS, tensors=infos)


CHECKPOINT = header(
    **{
        "model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3),
        "first_stage_model.decoder.conv_out.weight": (3, 128, 3, 3),
        "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": (49408, 768),
        "model_ema.diffusion_modelinput_blocks00weight": (320, 4, 3, 3),
    }
)


def test_a_checkpoint_has_three_parts_and_its_ema_twin_is_none_of_them() -> None:
    assert weigh(CHECKPOINT, ModelKind.CHECKPOINT) == (
        PartWeight(part=ModelPart.DIFFUSION_MODEL, parameters=11520, bytes=23040, largest=11520, width=320),
        PartWeight(part=ModelPart.VAE, parameters=3456, bytes=6912, largest=3456, width=128),
        PartWeight(part=ModelPart.TEXT_ENCODER, parameters=37945344, bytes=75890688, largest=37945344),
    )


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (ModelKind.DIFFUSION_MODEL, [ModelPart.DIFFUSION_MODEL]),
        (ModelKind.VAE, [ModelPart.VAE]),
        (ModelKind.TEXT_ENCODER, [ModelPart.TEXT_ENCODER]),
        (ModelKind.LORA, []),
        (ModelKind.UNKNOWN, []),
    ],
)
def test_a_file_with_one_part(kind: ModelKind, parts: list[ModelPart]) -> None:
    assert [weight.part for weight in weigh(header(**{"input_blocks.0.0.weight": (320, 4, 3, 3)}), kind)] == parts


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ([("F16", 100), ("F32", 10)], "F16"),
        ([("F16", 100_000), ("Q8_0", 64)], "Q8_0"),
        ([("F32", 100_000), ("Q4_K", 2560), ("Q8_0", 2048)], "Q4_K"),
        ([("BF16", 100_000), ("IQ4_NL", 64)], "IQ4_NL"),
        ([("F16", 100_000), ("TQ2_0", 256)], "TQ2_0"),
        ([("F16", 100_000), ("MXFP4", 32)], "MXFP4"),
        ([("F16", 100), ("F8_E4M3", 1000)], "F8_E4M3"),
        ([], None),
    ],
)
def test_a_file_with_blocks_is_called_by_the_type_of_most_of_them(
    stored: list[tuple[str, int]], shown: str | None
) -> None:
    sizes = {name: (elements, size) for name, elements, size in BLOCKS.values()} | {"F8_E4M3": (1, 1)}
    tensors = {
        dtype: TensorInfo(dtype, (count,), 0, count // sizes[dtype][0] * sizes[dtype][1]) for dtype, count in stored
    }
    assert Header(format=ModelFormat.GGUF, tensors=tensors).main_dtype() == shown


@pytest.mark.parametrize(
    ("folder", "part"),
    [
        ("unet", ModelPart.DIFFUSION_MODEL),
        ("transformer", ModelPart.DIFFUSION_MODEL),
        ("vae", ModelPart.VAE),
        ("text_encoder_3", ModelPart.TEXT_ENCODER),
        ("safety_checker", None),
    ],
)
def test_components_of_a_folder(folder: str, part: ModelPart | None) -> None:
    assert [weight.part for weight in weigh_component(folder, [CHECKPOINT, CHECKPOINT])] == ([part] if part else [])


def test_the_embedded_model_s_parts_are_most_of_its_bytes(tmp_path: Path) -> None:
    model = inspect(embedded_models() / "doodle")
    assert {weight.part for weight in model.parts} == set(ModelPart)
    assert 0.98 * model.bytes < sum(weight.bytes for weight in model.parts) < model.bytes
    [vae] = weigh_companion(embedded_models() / "doodle/vae/diffusion_pytorch_model.safetensors", ModelPart.VAE)
    assert vae in model.parts
