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
from safelight.domain.plans import DType, Plan
from safelight.domain.request import ImageRef
from safelight.engines.contract import Pipeline
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.spec import SPEC
from tests.models import save_folder
from tests.sinks import Silent

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
def pipeline(folder: Path) -> Iterator[Pipeline]:
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
    loaded = DiffusersEngine().load(inspect(folder), plan, Silent())
    yield loaded
    loaded.close()


def ours(pipeline: Pipeline, folder: Path, images: dict[str, Image.Image] | None = None, **given: Any) -> Any:
    model = inspect(folder)
    options = {"width": 64, "height": 64, "steps": 4, "seed": 9, "cfg_scale": 7.5} | given
    draft = GenerationDraft(prompt="a cat in a hat", negative_prompt="blurry", **options)
    request = resolve(draft, model, SPEC.name, SPEC.samplers)
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
