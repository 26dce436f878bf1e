"""Every family that diffusers runs from a folder draws, and draws what a hand-written diffusers call draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoPipelineForText2Image

from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.plans import DType, Plan
from safelight.engines.contract import Pipeline
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.samplers import build_scheduler, is_flow
from safelight.engines.diffusers.spec import SPEC
from tests.families import BUILDERS, save
from tests.layouts import modules
from tests.sinks import Recorder

pytestmark = pytest.mark.filterwarnings("ignore:.FluxPosEmbed. is deprecated:FutureWarning")

BUILT_IN = {"flux"}
"""Families whose guidance is a number that the network is told: they have no negative prompt."""

TRUE_SCALE = {"qwen_image"}

NOT_A_NUMBER = {("pixart_sigma", "dpm2_a")}
"""diffusers' own KDPM2 ancestral scheduler gives NaN in two steps on a linear noise schedule."""


def ours(pipeline: Pipeline, model: ModelInfo, sink: Recorder | None = None, **given: Any) -> Any:
    options = {"prompt": "a cat", "width": 64, "height": 64, "steps": 2, "seed": 3, "cfg_scale": 4.0} | given
    request = resolve(GenerationDraft(**options), model, SPEC.samplers_for(model))
    [picture] = pipeline.run(request, {}, sink or Recorder(), lambda: False)
    return picture.pixels


def by_hand(folder: Path, **given: Any) -> Any:
    pipe = AutoPipelineForText2Image.from_pretrained(folder)
    pipe.set_progress_bar_config(disable=True)
    for weight in (weight for part in modules(pipe) for weight in part.parameters()):  # out of the mapped file
        layout = torch.channels_last if weight.dim() == 4 else torch.contiguous_format
        weight.data = weight.data.clone(memory_format=layout)
    pipe.scheduler = build_scheduler("euler", "discrete", pipe.scheduler.config, 2, flow=is_flow(pipe.scheduler))
    return np.asarray(
        pipe(
            "a cat", width=64, height=64, num_inference_steps=2, generator=torch.Generator().manual_seed(3), **given
        ).images[0]
    )


@pytest.mark.parametrize("family", BUILDERS)
def test_it_draws_what_diffusers_draws(tmp_path: Path, family: str) -> None:
    model = inspect(save(tmp_path / family, family))
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
    pipeline = DiffusersEngine().load(model, plan, Recorder())
    sink = Recorder()
    drawn = ours(pipeline, model, sink, sampler="euler", scheduler="discrete")
    assert model.problem is None and SPEC.runs(model)
    assert sink.steps() == [(0, 1), (0, 2)]
    scale: dict[str, Any] = {"guidance_scale": 4.0}
    if family in TRUE_SCALE:
        scale = {"true_cfg_scale": 4.0, "negative_prompt": " "}
    np.testing.assert_array_equal(drawn, by_hand(model.path, **scale))
    if family in BUILT_IN:
        with pytest.raises(InvalidInput, match="has no negative prompt"):
            ours(pipeline, model, negative_prompt="dog")
    else:
        negative = ours(pipeline, model, sampler="euler", scheduler="discrete", negative_prompt="dog")
        assert not np.array_equal(negative, drawn)


@pytest.mark.parametrize("family", BUILDERS)
def test_every_sampler_that_is_offered_draws(tmp_path: Path, family: str) -> None:
    model = inspect(save(tmp_path / family, family))
    plan = Plan(engine="diffusers", device="cpu", dtype=DType.FLOAT32)
    pipeline = DiffusersEngine().load(model, plan, Recorder())
    for sampler, schedulers in SPEC.samplers_for(model).pairs.items():
        if (family, sampler) in NOT_A_NUMBER:
            continue
        for scheduler in schedulers if family == "flux" else schedulers[:1]:  # flow models share their schedules
            assert ours(pipeline, model, sampler=sampler, scheduler=scheduler).std() > 1
