"""What the engine costs over calling the same diffusers pipeline by hand, in turns, at the size of SD 1.5."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline
from tests.real_size import folder
from tests.sinks import Silent

from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.plans import Plan
from safelight.engines.diffusers.devices import TORCH_DTYPES
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.spec import SPEC


def main() -> None:
    """Run both in turns and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    model_folder = folder(Path(tempfile.gettempdir()), "sd1")
    model = inspect(model_folder)
    engine = DiffusersEngine()
    device = engine.devices()[0]
    plan = Plan(engine="diffusers", device=device.id, dtype=device.dtypes[0])
    pipeline = engine.load(model, plan, Silent())
    pipe = StableDiffusionPipeline.from_pretrained(
        model_folder, safety_checker=None, dtype=TORCH_DTYPES[plan.dtype], local_files_only=True
    ).to(plan.device)
    for part in (pipe.unet, pipe.vae):
        part.to(memory_format=torch.channels_last)
    pipe.scheduler = EulerDiscreteScheduler.from_config(pipe.scheduler.config, timestep_spacing="linspace")
    pipe.set_progress_bar_config(disable=True)
    draft = GenerationDraft(
        prompt="a lovely cat",
        negative_prompt="blurry",
        width=given.size,
        height=given.size,
        steps=given.steps,
        cfg_scale=7.5,
        sampler="euler",
        scheduler="discrete",
        seed=1,
    )
    request = resolve(draft, model, SPEC.samplers_for(model))

    def ours() -> None:
        list(pipeline.run(request, {}, Silent(), lambda: False))

    def by_hand() -> None:
        pipe(
            "a lovely cat",
            negative_prompt="blurry",
            width=given.size,
            height=given.size,
            num_inference_steps=given.steps,
            guidance_scale=7.5,
            generator=torch.Generator().manual_seed(1),
        )

    times: dict[str, list[float]] = {"engine": [], "by hand": []}
    ours()
    by_hand()
    for _ in range(given.rounds):
        for name, run in (("engine", ours), ("by hand", by_hand)):
            started = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - started)
    engine_time, hand_time = statistics.median(times["engine"]), statistics.median(times["by hand"])
    print(f"{given.size}x{given.size}, {given.steps} steps, {plan}")
    print(f"engine {engine_time:.2f} s, by hand {hand_time:.2f} s: ratio {engine_time / hand_time:.3f} (target 1.03)")


if __name__ == "__main__":
    main()
