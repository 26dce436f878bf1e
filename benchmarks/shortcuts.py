"""What shortcuts save and change: seconds of a Stable Diffusion 1.5 of real size, difference of `doodle`'s pictures.

The weights of real size are random, so only its time means something; `doodle` draws real things, so its pictures are
compared: the mean PSNR over prompts, against the same seeds without shortcuts. All in f32 or bf16 as the CPU does best.
Which steps `easy_cache` leaves out depends on the picture: the large model is timed with as many as `doodle` had left.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tests.real_size import checkpoint
from tests.sinks import Silent

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
    "easy_cache 0.05": {"easy_cache": 0.05},
    "easy_cache 0.1": {"easy_cache": 0.1},
    "easy_cache 0.2": {"easy_cache": 0.2},
}


def loaded(model: ModelInfo) -> Pipeline:
    """The model, by the plan that is taken first."""
    engine = DiffusersEngine()
    engine.configure({"cache_dir": str(Path(tempfile.gettempdir()) / "safelight-networks")})
    device = engine.devices()[-1]
    return engine.load(model, Plan(engine="diffusers", device=device.id, dtype=device.dtypes[0]), Silent())


def draw(pipeline: Pipeline, model: ModelInfo, prompt: str, steps: int, side: int, options: dict[str, Any]) -> Picture:
    """One picture."""
    draft = GenerationDraft(prompt=prompt, steps=steps, width=side, height=side, seed=1, cfg_scale=7)
    request = resolve(draft, model, SPEC.samplers_for(model))
    request = request.model_copy(update={"engine_options": {"diffusers": options}})
    [picture] = pipeline.run(request, {}, Silent(), lambda: False)
    return picture


def psnr(one: Picture, other: Picture) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = float(np.mean((one.pixels.astype(float) - other.pixels) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))


def left_out(picture: Picture) -> int:
    """Steps that a picture's notes say were left out."""
    found = (re.match(r"easy_cache left out (\d+)", note) for note in picture.notes)
    return sum(int(match[1]) for match in found if match)


def differences(prompts: Sequence[str], cases: Sequence[str], steps: int) -> dict[str, tuple[float, float]]:
    """PSNR of `doodle`'s pictures by each case against those of the first one, and how many steps were left out."""
    model = open_catalog(load_settings()).resolve("doodle")
    pipeline = loaded(model)
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


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cases", nargs="*", choices=_CASES, default=list(_CASES), help="only these")
    given = parser.parse_args()
    found = differences(_PROMPTS, given.cases, given.steps)
    model = inspect(checkpoint(Path(tempfile.gettempdir()), "sd1"))
    pipeline = loaded(model)
    print(f"| shortcut | SD 1.5, {given.side}x{given.side}, {given.steps} steps | doodle, PSNR | left out |")
    print("|---|---|---|---|")
    for name in given.cases:
        same, skipped = found[name]
        options = {} if skipped else _CASES[name]
        draw(pipeline, model, _PROMPTS[0], 2 * options.get("deep_cache", 1), given.side, options)
        seconds = []
        for _ in range(given.rounds):
            begun = time.monotonic()
            draw(pipeline, model, _PROMPTS[0], given.steps - round(skipped), given.side, options)
            seconds.append(time.monotonic() - begun)
        print(f"| {name} | {statistics.median(seconds):.1f} s | {same:.1f} dB | {skipped:.1f} |", flush=True)


if __name__ == "__main__":
    main()
