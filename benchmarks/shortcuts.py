"""What shortcuts save and change: seconds of a Stable Diffusion 1.5 of real size, difference of `doodle`'s pictures.

The weights of real size are random, so only its time means something; `doodle` draws real things, so its pictures are
compared: the mean PSNR over prompts, against the same seeds without shortcuts. All in f32 or bf16 as the CPU does best.
Which steps `easy_cache` leaves out depends on the picture: the large model is timed with as many as `doodle` had left.
What it changes depends on what a network predicts: `doodle` predicts velocities, and is made to predict the noise, too.
"""

from __future__ import annotations

import argparse
import math
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tests.real_size import checkpoint
from tests.sinks import Recorder, Silent

from safelight.catalog.catalog import open_catalog
from safelight.catalog.inspection import inspect
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Plan
from safelight.engines.contract import Picture, Pipeline
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.diffusers.spec import SPEC
from safelight.settings import load_settings

_PROMPTS = (
    "red apple",
    "yellow star",
    "blue car",
    "green tree",
    "a cat on a blue background",
    "pizza",
    "a house",
    "sun",
)
_CASES: dict[str, dict[str, Any]] = {
    "none": {},
    "guidance_interval [0.1, 0.8]": {"guidance_interval": (0.1, 0.8)},
    "guidance_interval [0.2, 0.6]": {"guidance_interval": (0.2, 0.6)},
    "deep_cache 2": {"deep_cache": 2},
    "deep_cache 3": {"deep_cache": 3},
    "deep_cache 5": {"deep_cache": 5},
    "deep_cache 3, guidance_interval [0.1, 0.8]": {"deep_cache": 3, "guidance_interval": (0.1, 0.8)},
    **{f"easy_cache {threshold}": {"easy_cache": threshold} for threshold in (0.05, 0.1, 0.2, 0.3)},
    **{f"token_merging {ratio}": {"token_merging": ratio} for ratio in (0.25, 0.5, 0.75)},
}
_SILENT = Silent()


def loaded(model: ModelInfo) -> Pipeline:
    """The model, by the plan that is taken first."""
    engine = DiffusersEngine()
    engine.configure({"cache_dir": str(Path(tempfile.gettempdir()) / "safelight-networks")})
    device = engine.devices()[-1]
    return engine.load(model, Plan(engine="diffusers", device=device.id, dtype=device.dtypes[0]), Silent())


def predict_noise(pipeline: Any) -> None:
    """Make a model that predicts velocities predict the noise, as Stable Diffusion 1 and XL do."""
    unet = pipeline._pipe.unet
    velocity, kept = unet.forward, pipeline._pipe.scheduler.alphas_cumprod.double()
    odds = (kept / (1 - kept)).log().numpy()

    def noise(sample: Any, timestep: Any, *args: Any, **more: Any) -> Any:
        [answer] = velocity(sample, timestep, *args, **more | {"return_dict": False})
        share = 1 / (1 + math.exp(-np.interp(float(np.ravel(timestep)[0]), range(len(odds)), odds)))
        return (share**0.5 * answer + (1 - share) ** 0.5 * sample,)

    unet.forward = noise
    pipeline._scheduler_config["prediction_type"] = "epsilon"


def draw(
    pipeline: Pipeline,
    model: ModelInfo,
    prompt: str,
    steps: int,
    side: int,
    options: dict[str, Any],
    sink: Silent | Recorder = _SILENT,
) -> Picture:
    """One picture."""
    draft = GenerationDraft(prompt=prompt, steps=steps, width=side, height=side, seed=1, cfg_scale=7)
    request = resolve(draft, model, SPEC.samplers_for(model))
    request = request.model_copy(update={"engine_options": {"diffusers": options}})
    [picture] = pipeline.run(request, {}, sink, lambda: False)
    return picture


def psnr(one: Picture, other: Picture) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = float(np.mean((one.pixels.astype(float) - other.pixels) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))


def left_out(picture: Picture) -> int:
    """Steps that a picture's notes say were left out."""
    found = (re.match(r"easy_cache left out (\d+)", note) for note in picture.notes)
    return sum(int(match[1]) for match in found if match)


def differences(
    prompts: Sequence[str], cases: Sequence[str], steps: int, *, noise: bool = False
) -> dict[str, tuple[float, float]]:
    """PSNR of `doodle`'s pictures by each case against those of the first one, and how many steps were left out."""
    model = open_catalog(load_settings()).resolve("doodle")
    pipeline = loaded(model)
    if noise:
        predict_noise(pipeline)
    drawn = {
        name: [draw(pipeline, model, prompt, steps, model.defaults.size.width, _CASES[name]) for prompt in prompts]
        for name in ("none", *cases)
    }
    pipeline.close()
    exact = drawn["none"]
    return {
        name: (statistics.mean(map(psnr, exact, found)), statistics.mean(map(left_out, found)))
        for name, found in drawn.items()
    }


def _said(found: tuple[float, float] | None) -> str:
    if found is None:
        return "-"
    same, skipped = found
    return f"{same:.1f} dB, {skipped:.1f} steps left out" if skipped else f"{same:.1f} dB"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=("time", "pictures"), help="measure only this")
    parser.add_argument("--cases", nargs="*", choices=_CASES, default=list(_CASES), help="only these")
    given = parser.parse_args()
    found = differences(_PROMPTS, given.cases, given.steps) if given.only != "time" else {}
    skipping = [name for name in given.cases if "easy_cache" in _CASES[name]]
    noisy = differences(_PROMPTS, skipping, given.steps, noise=True) if skipping else {}
    model = inspect(checkpoint(Path(tempfile.gettempdir()), "sd1"))
    pipeline = loaded(model)
    print(f"| shortcut | SD 1.5, {given.side}x{given.side}, {given.steps} steps | doodle, PSNR | as noise, PSNR |")
    print("|---|---|---|---|")
    for name in given.cases:
        options, steps = _CASES[name], given.steps
        if name in noisy:
            options, steps = {}, steps - round(noisy[name][1])
        took = "-"
        if given.only != "pictures":
            draw(pipeline, model, _PROMPTS[0], 2 * options.get("deep_cache", 1), given.side, options)
            seconds, told = [], Recorder()
            for _ in range(given.rounds):
                begun = time.monotonic()
                draw(pipeline, model, _PROMPTS[0], steps, given.side, options, told)
                seconds.append(time.monotonic() - begun)
            step = statistics.mean(each.seconds for each in told.progressed if each.seconds)
            took = f"{statistics.median(seconds):.1f} s, {step:.2f} s a step"
        print(f"| {name} | {took} | {_said(found.get(name))} | {_said(noisy.get(name))} |", flush=True)


if __name__ == "__main__":
    main()
