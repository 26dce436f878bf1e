"""The diffusers engine gives, pixel for pixel, what a hand-written diffusers call gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UniPCMultistepScheduler,
)
from PIL import Image

from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import EngineFailure, InvalidInput
from safelight.domain.events import Phase
from safelight.domain.plans import DType, Plan
from safelight.domain.request import ImageRef
from safelight.engines.contract import Pipeline
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.pipeline import DiffusersPipeline
from safelight.engines.diffusers.spec import SPEC
from tests.models import build_pipeline, save_folder
from tests.sinks import Recorder, Silent

SCHEDULE: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
SAMPLERS = {
    ("euler", "discrete"): EulerDiscreteScheduler(**SCHEDULE, timestep_spacing="linspace"),
    ("euler_a", "sgm_uniform"): EulerAncestralDiscreteScheduler(**SCHEDULE, timestep_spacing="trailing"),
    ("heun", "discrete"): HeunDiscreteScheduler(**SCHEDULE, timestep_spacing="linspace"),
    ("dpmpp_2m", "karras"): DPMSolverMultistepScheduler(**SCHEDULE, use_karras_sigmas=True),
    ("dpmpp_2m_sde", "exponential"): DPMSolverMultistepScheduler(
        **SCHEDULE, algorithm_type="sde-dpmsolver++", use_exponential_sigmas=True
    ),
    ("ddim", "ddim_uniform"): DDIMScheduler(
        **SCHEDULE, timestep_spacing="leading", steps_offset=1, clip_sample=False, set_alpha_to_one=False
    ),
    ("unipc", "beta"): UniPCMultistepScheduler(**SCHEDULE, use_beta_sigmas=True),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_folder(tmp_path_factory.mktemp("parity") / "sd1", "sd1")


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Iterator[DiffusersPipeline]:
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
    loaded = DiffusersEngine().load(inspect(folder), plan, Silent())
    yield loaded
    loaded.close()


def ours(pipeline: Pipeline, folder: Path, images: dict[str, Image.Image] | None = None, **given: Any) -> Any:
    model = inspect(folder)
    options = {"width": 64, "height": 64, "steps": 4, "seed": 9, "cfg_scale": 7.5} | given
    draft = GenerationDraft(prompt="a cat in a hat", negative_prompt="blurry", **options)
    request = resolve(draft, model, SPEC.samplers_for(model))
    [picture] = pipeline.run(request, images or {}, Silent(), lambda: False)
    return picture.pixels


def by_hand(pipe: Any, scheduler: Any, **given: Any) -> Any:
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = scheduler
    image = pipe(
        "a cat in a hat",
        negative_prompt="blurry",
        num_inference_steps=4,
        guidance_scale=7.5,
        generator=torch.Generator().manual_seed(9),
        **given,
    ).images[0]
    return np.asarray(image)


def channels_last(pipe: Any) -> Any:
    """As the engine holds its weights: the order in memory decides the last bits of a convolution."""
    for part in (pipe.unet, pipe.vae):
        part.to(memory_format=torch.channels_last)
    return pipe


@pytest.mark.parametrize(("sampler", "scheduler"), SAMPLERS)
def test_text_to_image(pipeline: Pipeline, folder: Path, sampler: str, scheduler: str) -> None:
    pipe = channels_last(StableDiffusionPipeline.from_pretrained(folder, safety_checker=None))
    expected = by_hand(pipe, SAMPLERS[sampler, scheduler], width=64, height=64)
    np.testing.assert_array_equal(ours(pipeline, folder, sampler=sampler, scheduler=scheduler), expected)


def test_image_to_image(pipeline: Pipeline, folder: Path) -> None:
    start = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    pipe = channels_last(StableDiffusionImg2ImgPipeline.from_pretrained(folder, safety_checker=None))
    expected = by_hand(pipe, SAMPLERS["euler", "discrete"], image=start, strength=0.6)
    drawn = ours(
        pipeline,
        folder,
        {"a" * 64: start},
        sampler="euler",
        scheduler="discrete",
        init_image=ImageRef(sha256="a" * 64),
        strength=0.6,
    )
    np.testing.assert_array_equal(drawn, expected)


def test_xl(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "sdxl", "sdxl")
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
    drawn = ours(DiffusersEngine().load(inspect(folder), plan, Silent()), folder, sampler="euler", scheduler="discrete")
    pipe = channels_last(StableDiffusionXLPipeline.from_pretrained(folder))
    np.testing.assert_array_equal(drawn, by_hand(pipe, SAMPLERS["euler", "discrete"], width=64, height=64))


@pytest.mark.parametrize("architecture", ["sd1", "sdxl", "sd3"])
def test_the_number_type_of_the_plan_is_kept_in_every_mode(tmp_path: Path, architecture: str) -> None:
    folder = save_folder(tmp_path / "model", architecture)
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.BFLOAT16)
    pipeline = DiffusersEngine().load(inspect(folder), plan, Silent())
    picture, start = Image.linear_gradient("L").resize((64, 64)).convert("RGB"), ImageRef(sha256="a" * 64)
    for given in ({}, {"init_image": start}, {"init_image": start, "mask": start}):
        ours(pipeline, folder, {"a" * 64: picture}, sampler="euler", scheduler="discrete", **given)
        modules = [part for part in pipeline._pipe.components.values() if isinstance(part, torch.nn.Module)]
        assert {weight.dtype for module in modules for weight in module.parameters()} == {torch.bfloat16}


@pytest.mark.parametrize("sampler", SPEC.samplers)
@pytest.mark.parametrize("steps", [1, 4])
def test_every_sampler_draws_and_counts_its_steps(pipeline: Pipeline, folder: Path, sampler: str, steps: int) -> None:
    model, sink = inspect(folder), Recorder()
    draft = GenerationDraft(prompt="a cat", width=64, height=64, steps=steps, seed=9, sampler=sampler)
    request = resolve(draft, model, SPEC.samplers_for(model))
    [picture] = pipeline.run(request, {}, sink, lambda: False)
    assert picture.pixels.std() > 1
    assert sink.steps() == [(0, step + 1) for step in range(steps)]
    assert [p.phase for p in sink.progressed].count(Phase.DECODING) == 1
    assert sink.progressed[-1].phase is Phase.DECODING


def test_weights_stored_as_a_variant_load(tmp_path: Path) -> None:
    folder = tmp_path / "half"
    build_pipeline("sd1").to(torch.float16).save_pretrained(folder, variant="fp16")
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
    loaded = DiffusersEngine().load(inspect(folder), plan, Silent())
    assert ours(loaded, folder, sampler="euler", scheduler="discrete").shape == (64, 64, 3)


def test_too_much_clip_skip_is_refused(pipeline: Pipeline, folder: Path) -> None:
    with pytest.raises(InvalidInput, match="Clip skip 4 is too much for a text encoder of 2 layers"):
        ours(pipeline, folder, clip_skip=4)


def test_numbers_that_are_no_colours_are_an_error_and_not_a_black_picture(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "model", "sd1")
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
    broken = DiffusersEngine().load(inspect(folder), plan, Silent())
    broken._pipe.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    with pytest.raises(EngineFailure, match="NaN"):
        ours(broken, folder)


@pytest.mark.parametrize(
    ("mode", "paint", "repainted"),
    [
        ("L", 255, True),
        ("L", 0, False),
        ("RGBA", (255, 255, 255, 255), True),
        ("RGBA", (0, 0, 0, 0), False),
        ("1", 1, True),
    ],
)
def test_masks_of_every_kind(pipeline: Pipeline, folder: Path, mode: str, paint: Any, repainted: bool) -> None:
    picture = Image.linear_gradient("L").resize((66, 67)).convert("RGB")
    images = {"a" * 64: picture, "b" * 64: Image.new(mode, (66, 67), paint)}
    references = {"init_image": ImageRef(sha256="a" * 64), "mask": ImageRef(sha256="b" * 64)}
    drawn = ours(pipeline, folder, images, sampler="euler", scheduler="discrete", strength=1.0, **references)
    assert np.array_equal(drawn, np.asarray(picture)[1:65, 1:65]) is not repainted


def test_a_long_prompt_is_refused_by_a_pipeline_that_would_cut_it(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "sd3", "sd3")
    model = inspect(folder)
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
    pipeline = DiffusersEngine().load(model, plan, Silent())
    for given in ({"prompt": "cat " * 90}, {"prompt": "cat", "negative_prompt": "dog " * 90}):
        draft = GenerationDraft(**given, sampler="euler", scheduler="discrete", width=64, height=64, steps=2)
        request = resolve(draft, model, SPEC.samplers_for(model))
        with pytest.raises(InvalidInput, match="A prompt has 92 tokens; sd3 reads 77"):
            list(pipeline.run(request, {}, Silent(), lambda: False))
