"""From what was asked for to a complete request."""

from __future__ import annotations

from typing import Any

import pytest

from safelight.domain.draft import SEED_LIMIT, GenerationDraft, resolve
from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.request import GenerationRequest, ImageRef, Mode
from safelight.domain.samplers import SamplerFacts

FACTS = SamplerFacts(
    engine="scripted",
    pairs={"euler": ("discrete", "karras"), "dpmpp_2m": ("karras",)},
    missing={"dpmpp_sde": "It never had it."},
)
PICTURE = ImageRef(sha256="a" * 64)


def request(model: ModelInfo, **given: Any) -> GenerationRequest:
    sizes = {name: given.pop(name) for name in ("init_size", "mask_size") if name in given}
    return resolve(GenerationDraft(prompt=given.pop("prompt", "a cat"), **given), model, FACTS, **sizes)


def test_holes_are_filled_from_the_model(scripted_model: ModelInfo) -> None:
    made = request(scripted_model)
    assert str(made.size) == "64x64"
    assert (made.sampling.sampler, made.sampling.scheduler, made.sampling.steps) == ("euler", "discrete", 4)
    assert made.guidance.cfg_scale == 1
    assert made.mode is Mode.TEXT_TO_IMAGE


@pytest.mark.parametrize("seed", [None, -1])
def test_a_random_seed_is_drawn_once_and_kept(scripted_model: ModelInfo, seed: int | None) -> None:
    seeds = {request(scripted_model, seed=seed).sampling.seed for _ in range(20)}
    assert len(seeds) > 15
    assert all(0 <= drawn < SEED_LIMIT for drawn in seeds)


def test_a_given_seed_is_kept(scripted_model: ModelInfo) -> None:
    assert request(scripted_model, seed=0).sampling.seed == 0


def test_a_sampler_brings_a_scheduler_it_can_run(scripted_model: ModelInfo) -> None:
    made = request(scripted_model, sampler="DPM++ 2M")
    assert (made.sampling.sampler, made.sampling.scheduler) == ("dpmpp_2m", "karras")


@pytest.mark.parametrize(
    ("given", "mode"),
    [({"init_image": PICTURE}, Mode.IMAGE_TO_IMAGE), ({"init_image": PICTURE, "mask": PICTURE}, Mode.INPAINT)],
)
def test_modes(scripted_model: ModelInfo, given: dict[str, Any], mode: Mode) -> None:
    assert request(scripted_model, **given).mode is mode


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"width": 100}, "width should be a multiple of 8, not 100."),
        ({"width": 8}, "width should be greater than or equal to 64, not 8."),
        ({"height": 8192}, "height should be less than or equal to 4096, not 8192."),
        ({"steps": 0}, "steps should be greater than or equal to 1, not 0."),
        ({"cfg_scale": float("nan")}, "cfg_scale should be a finite number"),
        ({"count": 0}, "count should be greater"),
        ({"seed": 2**53}, "seed should be less than"),
        ({"init_image": PICTURE, "strength": 0.0}, "strength should be greater than 0"),
        ({"mask": PICTURE}, "A mask or a strength needs an image to start from."),
        ({"strength": 0.5}, "A mask or a strength needs an image to start from."),
        ({"sampler": "nonsense"}, "There is no sampler 'nonsense'."),
        ({"sampler": "heun"}, "The scripted engine has no sampler 'heun' for this model."),
        ({"sampler": "dpmpp_sde"}, "no sampler 'dpmpp_sde' for this model. It never had it."),
        ({"prompt": "(a:999)"}, "The weight 999 of 'a' in the prompt is beyond ±100."),
        ({"negative_prompt": "(a:" + "9" * 400 + ")"}, "The weight inf of 'a' in the prompt is beyond ±100."),
        ({"prompt": "a" * 20_001}, "prompt String should have at most 20000 characters."),
        (
            {"init_image": PICTURE, "mask": PICTURE, "init_size": (64, 64), "mask_size": (64, 72)},
            "The image is 64x64 and the mask 64x72; they must be of one size.",
        ),
        ({"sampler": "dpmpp_2m", "scheduler": "discrete"}, "can't run sampler 'dpmpp_2m' with scheduler 'discrete'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(scripted_model: ModelInfo, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        request(scripted_model, **given)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({"init_size": (200, 131)}, "200x128"),
        ({"init_size": (200, 131), "width": 72}, "72x64"),
        ({"init_size": (200, 131), "width": 72, "height": 80}, "72x80"),
    ],
)
def test_a_picture_keeps_its_size_unless_told_otherwise(
    scripted_model: ModelInfo, given: dict[str, Any], size: str
) -> None:
    assert str(request(scripted_model, init_image=PICTURE, **given).size) == size


def test_a_mode_the_model_has_not_got_is_refused(scripted_model: ModelInfo) -> None:
    model = scripted_model.model_copy(update={"modes": frozenset({Mode.INPAINT})})
    with pytest.raises(InvalidInput, match=r"scripted can't do text-to-image. It can do: inpaint."):
        request(model)
