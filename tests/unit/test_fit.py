"""The estimate of memory, against the table of measured cases and in what it does to plans."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import pytest

from safelight.catalog.headers import Header, TensorInfo
from safelight.catalog.headers.gguf import BLOCKS
from safelight.catalog.inspection import inspect_header
from safelight.domain.conversion import Conversion, WeightType
from safelight.domain.models import Component, Defaults, ModelFormat, ModelInfo, ModelKind, ModelPart, PartWeight, Role
from safelight.domain.plans import Device, DType, MemoryMode, Plan
from safelight.domain.request import GenerationRequest, Guidance, Prompts, Sampling, Size
from safelight.engines.diffusers.spec import SPEC
from safelight.engines.sdcpp.sizes import target_type
from safelight.engines.spec import engine_specs
from safelight.workers.fit import Work, estimates, footprint, refusal
from safelight.workers.placement import class_of, plans, size_class
from tests.quantised import write_q8_0
from tests.unit.catalog.published.fixtures import checkpoints

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "benchmarks/footprints.json").read_text())
FULL, TILED, OFFLOADED = MemoryMode
SD1 = (859_520_964, 320, 123_060_557, 37_945_344)
SIZES = {"sd1": SD1, "sd2": (865_910_724, 320, 354_032_641, 50_593_792), "sdxl": (2_567_463_684, 320, 817_720_705, 0)}
"""Parameters and width of the UNet; parameters of the text encoders and of the largest of their tensors."""


def model(architecture: str = "sd1", side: int = 512, **given: Any) -> ModelInfo:
    """A published model's weights in fp16."""
    unet, width, text, largest = SIZES[architecture]
    sizes = [
        (ModelPart.DIFFUSION_MODEL, unet, 29_491_200, width),
        (ModelPart.VAE, 83_653_863, 2_359_296, 128),
        (ModelPart.TEXT_ENCODER, text, largest, 0),
    ]
    facts: dict[str, Any] = {
        "id": architecture,
        "path": Path(f"{architecture}.safetensors"),
        "kind": ModelKind.CHECKPOINT,
        "format": ModelFormat.SAFETENSORS,
        "architecture": architecture,
        "bytes": 2 * (unet + text + 83_653_863),
        "dtype": "f16",
        "defaults": Defaults(size=Size(width=side, height=side)),
        "parts": tuple(
            PartWeight(part=part, parameters=count, bytes=2 * count, largest=most, width=wide)
            for part, count, most, wide in sizes
        ),
    }
    return ModelInfo(**facts | given)


def plan(dtype: DType, mode: MemoryMode, device: str = "cpu") -> Plan:
    return Plan(engine="diffusers", device=device, dtype=dtype, memory_mode=mode)


def bytes_of(found: ModelInfo, how: Plan, work: Work | None = None) -> int:
    taken = footprint(found, how, work)
    assert taken
    return taken.device


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['architecture']}-{case['dtype']}-{case['side']}")
@pytest.mark.parametrize(("mode", "phase"), [(FULL, "whole"), (TILED, "tiled")])
def test_the_estimate_is_within_a_fifth_of_what_was_measured(
    case: dict[str, Any], mode: MemoryMode, phase: str
) -> None:
    work = Work(width=case["side"], height=case["side"])
    guess = bytes_of(model(case["architecture"]), plan(DType(case["dtype"]), mode), work)
    measured = max(case["loaded"], case["denoising"], case[phase])
    assert 0.8 * measured <= guess <= 1.2 * measured, f"{guess / measured:.2f} of it"


def test_the_table_has_every_family_number_type_and_several_sizes() -> None:
    assert {case["architecture"] for case in CASES} == {"sd1", "sd2", "sdxl"}
    assert {case["dtype"] for case in CASES} == {"bf16", "f32"}
    assert {512, 768, 1024} <= {case["side"] for case in CASES}


def test_more_pixels_pictures_and_guidance_take_more_and_tiles_less() -> None:
    known, how = model(), plan(DType.BFLOAT16, FULL)
    least = bytes_of(known, how, Work(width=512, height=512, guided=False))
    assert least <= bytes_of(known, how, Work(width=512, height=512))
    large = Work(width=1024, height=1024)
    assert bytes_of(known, how, large) < bytes_of(known, how, large.model_copy(update={"batch": 2}))
    assert bytes_of(known, plan(DType.BFLOAT16, TILED), large) < bytes_of(known, how, large)
    assert bytes_of(known, how, large) < bytes_of(known, plan(DType.FLOAT32, FULL), large)


def test_a_quantised_file_counts_as_the_numbers_it_becomes() -> None:
    small = model(parts=tuple(part.model_copy(update={"bytes": part.parameters}) for part in model().parts))
    assert bytes_of(small, plan(DType.BFLOAT16, FULL)) == bytes_of(model(), plan(DType.BFLOAT16, FULL))


def test_companions_count_and_take_the_place_of_the_file_s_own_part(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    file = tmp_path / "vae.safetensors"
    save_file({"decoder.conv_out.weight": torch.zeros(3, 128, 3, 3), "more": torch.zeros(10**6)}, file)
    bare = model(parts=model().parts[:1])
    with_vae = bare.model_copy(update={"components": (Component(role=Role.VAE, path=file),)})
    how = plan(DType.FLOAT32, TILED)
    alone, together = footprint(bare, how), footprint(with_vae, how)
    assert alone and together
    assert together.weights - alone.weights == 4 * (10**6 + 3 * 128 * 9)
    replaced = footprint(model(components=with_vae.components), how)
    assert replaced and replaced.weights < (footprint(model(), how) or replaced).weights
    gone = bare.model_copy(update={"components": (Component(role=Role.VAE, path=tmp_path / "gone"),)})
    assert footprint(gone, how) == alone


def test_offloading_takes_less_of_the_device_than_all_the_weights() -> None:
    card = [bytes_of(model("sdxl"), plan(DType.FLOAT16, mode, "cuda:0")) for mode in (FULL, TILED, OFFLOADED)]
    assert card[0] >= card[1] > card[2]


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert footprint(model(parts=()), plan(DType.FLOAT32, FULL)) is None
    assert footprint(model(), plan(DType.FLOAT32, FULL).model_copy(update={"engine": "nobody's"})) is None
    [one] = estimates(model(parts=()), [plan(DType.FLOAT32, FULL)], [])
    assert (one.fits, one.footprint) == (None, None)


def cpu(gigabytes: float) -> Device:
    return Device(id="cpu", name="CPU", memory=int(gigabytes * 1e9), dtypes=(DType.BFLOAT16, DType.FLOAT32))


@pytest.mark.parametrize(
    ("gigabytes", "fitting"),
    [
        (24, {"bf16 full", "bf16 tiled", "f32 full", "f32 tiled"}),
        (5.5, {"bf16 full", "bf16 tiled"}),
        (4.2, {"bf16 tiled"}),
        (2, set()),
    ],
)
def test_which_plans_fit(gigabytes: float, fitting: set[str]) -> None:
    from safelight.settings import load_settings

    device = cpu(gigabytes)
    work = Work(width=1024, height=1024)
    found = estimates(model(), plans(SPEC.name, [device], load_settings()), [device], work)
    assert {f"{one.plan.dtype.value} {one.plan.memory_mode.value}" for one in found if one.fits} == fitting
    refused = refusal(model(), found)
    if fitting:
        assert refused is None
    else:
        assert refused and "sd1 does not fit" in refused.message
        assert "cpu has 2 GB" in refused.message and "GGUF" in (refused.hint or "")
        assert all("GB of weights" in one.reason for one in found)


with_sdcpp = pytest.mark.skipif(
    "sdcpp" not in {spec.name for spec in engine_specs()}, reason="stable-diffusion-cpp-python is not installed"
)


@with_sdcpp
@pytest.mark.parametrize(("side", "measured"), [(256, 2_672_390_144), (512, 3_985_252_352)])
def test_the_other_engine_s_estimate_is_within_a_fifth_of_what_was_measured(side: int, measured: int) -> None:
    how = Plan(engine="sdcpp", device="cpu", dtype=DType.FLOAT16, memory_mode=FULL)
    assert bytes_of(model(), how, Work(width=side, height=side)) == pytest.approx(measured, rel=0.2)


@with_sdcpp
def test_an_engine_that_computes_with_quantised_weights_takes_less() -> None:
    parts = tuple(part.model_copy(update={"bytes": part.parameters // 2}) for part in model().parts)
    small = model(parts=parts, dtype="q4_0", format=ModelFormat.GGUF)
    how = Plan(engine="sdcpp", device="cpu", dtype=DType.FLOAT16, memory_mode=FULL)
    assert bytes_of(small, how) < bytes_of(model(), how) - 1.4e9


def asked(**hires: Any) -> GenerationRequest:
    """512x512, and drawn again by stable-diffusion.cpp as `hires` says."""
    return GenerationRequest(
        model="sd1",
        prompts=Prompts(positive="x"),
        size=Size(width=512, height=512),
        sampling=Sampling(sampler="euler", scheduler="discrete", steps=4, seed=1),
        guidance=Guidance(cfg_scale=7),
        engine_options={"sdcpp": {"hires": hires}} if hires else {},
    )


@with_sdcpp
@pytest.mark.parametrize(
    ("hires", "width", "height"),
    [({"scale": 2}, 1024, 1024), ({"width": 768, "height": 1024}, 768, 1024), ({"scale": 0.25}, 512, 512)],
)
def test_the_second_pass_counts_where_it_is_drawn(hires: dict[str, Any], width: int, height: int) -> None:
    how = Plan(engine="sdcpp", device="cpu", dtype=DType.FLOAT16, memory_mode=FULL)
    work, large = Work.of(asked(**hires)), Work(width=width, height=height)
    assert bytes_of(model(), how, work) == bytes_of(model(), how, large)
    assert bytes_of(model(), plan(DType.FLOAT32, FULL), work) == bytes_of(model(), plan(DType.FLOAT32, FULL))
    [told] = estimates(model(), [how], [cpu(24)], work)
    assert f"to draw {width}x{height}," in told.reason
    assert class_of(asked(**hires)) == size_class(Size(width=width, height=height))


def converted(family: str, kind: WeightType) -> Header:
    """The header of the published checkpoint in fp16, converted: rows that hold no whole blocks stay in fp16."""
    order = Conversion(source=Path("a.safetensors"), output=Path("b.gguf"), type=kind)
    sizes = {name: (elements, size) for name, elements, size in BLOCKS.values()}
    [shapes] = [each.shapes for each in checkpoints() if each.name == f"{family}, checkpoint"]
    tensors = {}
    for name, shape in shapes.items():
        dtype = target_type(name, tuple(shape), "F16", order)
        elements, size = sizes[dtype]
        tensors[name] = TensorInfo(dtype, tuple(shape), 0, prod(shape) // elements * size)
    return Header(ModelFormat.GGUF, tensors, size=sum(tensor.nbytes for tensor in tensors.values()))


@with_sdcpp
@pytest.mark.parametrize("dtype", [DType.FLOAT16, DType.FLOAT32])
@pytest.mark.parametrize("kind", ["q8_0", "q4_k", "q4_0"])
@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_a_quantised_file_counts_as_it_is_stored(family: str, kind: str, dtype: DType) -> None:
    header = converted(family, WeightType(kind))
    file = inspect_header(Path("b.gguf"), header).model
    assert (file.architecture, file.dtype) == (family, kind)
    by_sdcpp = footprint(file, Plan(engine="sdcpp", device="cpu", dtype=dtype, memory_mode=FULL))
    assert by_sdcpp and by_sdcpp.weights == pytest.approx(header.size, rel=0.2)
    by_diffusers = footprint(file, plan(dtype, FULL))
    assert by_diffusers and by_diffusers.weights > 0.9 * 2 * sum(prod(each.shape) for each in header.tensors.values())


@with_sdcpp
def test_a_quantised_companion_counts_as_it_is_stored_and_the_floats_beside_it_by_the_plan(tmp_path: Path) -> None:
    file = write_q8_0(tmp_path / "t5.gguf")
    network = PartWeight(part=ModelPart.DIFFUSION_MODEL, parameters=10**6, bytes=2 * 10**6, width=3072)
    flux = model(parts=(network,), components=(Component(role=Role.T5XXL, path=file),))
    taken = footprint(flux, Plan(engine="sdcpp", device="cpu", dtype=DType.FLOAT32, memory_mode=FULL))
    assert taken and taken.weights == 4 * 10**6 + 64 * 34


@pytest.mark.parametrize(("dtype", "measured"), [(DType.BFLOAT16, 797_000_000), (DType.FLOAT32, 1_098_000_000)])
def test_a_transformer_s_tokens_take_what_was_measured(dtype: DType, measured: int) -> None:
    """A transformer of FLUX's width at 1024x1024, of two layers: how many there are does not matter."""
    network = PartWeight(part=ModelPart.DIFFUSION_MODEL, parameters=10**6, bytes=2 * 10**6, width=3072)
    flux = model(architecture="sd1").model_copy(
        update={"architecture": "flux", "prediction": "flow", "parts": (network,)}
    )
    taken = footprint(flux, plan(dtype, TILED), Work(width=1024, height=1024))
    assert taken and taken.working == pytest.approx(measured, rel=0.2)
