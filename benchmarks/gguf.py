"""Seconds per denoising step of one GGUF file on both engines, each in a worker of its own, one after the other.

The file is a Stable Diffusion 2.1 of full size with random weights, converted to q8_0. A step is one with CFG (the UNet
runs twice). The target is a diffusers path at least 12 times faster than stable-diffusion.cpp on a CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from tests.real_size import checkpoint

from safelight.catalog.inspection import inspect
from safelight.domain.conversion import Conversion, WeightType
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.engines.spec import engine_for
from safelight.settings import load_settings
from safelight.workers.conversion import convert_file
from safelight.workers.pool import WorkerPool
from safelight.workers.process import Listener

_TARGET = 12.0


async def quantised(folder: Path) -> Path:
    """The file, made if it is not there yet."""
    target = folder / "sd2-random-q8_0.gguf"
    if not target.exists():
        order = Conversion(source=checkpoint(folder, "sd2"), output=target, type=WeightType.Q8_0)
        await convert_file(order, load_settings(), lambda progress: None, force=False)
    return target


async def measure(engine: str, model: ModelInfo, side: int, steps: int) -> dict[str, float]:
    """Draw once; return seconds of loading, of a step (the median, without the first of several) and of drawing.

    `cores` is what a step took of all cores together: on a busy machine it says more than the step's time.
    """
    seconds: list[float] = []
    spent: list[float] = []

    def note(progress: Progress) -> None:
        if progress.phase is Phase.DENOISING:
            spent.append(worker.cpu_times().user)
            if progress.step and progress.seconds is not None:
                seconds.append(progress.seconds)

    draft = GenerationDraft(
        prompt="a lighthouse",
        width=side,
        height=side,
        steps=steps,
        seed=1,
        cfg_scale=7,
        sampler="euler",
        scheduler="discrete",
    )
    request = resolve(draft, model, engine_for(model, engine).samplers_for(model))
    pool = WorkerPool(load_settings(engine=engine))
    try:
        begun = time.monotonic()
        await pool.load(model)
        worker = psutil.Process(pool.loaded()[0].pid)
        loaded = time.monotonic()
        ran = await pool.run(request, model, {}, Listener(progress=note))
        ended = time.monotonic()
    finally:
        await pool.close()
    assert ran.plan.engine == engine  # noqa: S101 - a fallback would measure the other one
    cores = [after - before for before, after in itertools.pairwise(spent)]
    return {
        "load": loaded - begun,
        "step": statistics.median(seconds[1:] or seconds),
        "cores": statistics.median(cores[1:] or cores),
        "drawing": ended - loaded,
    }


async def run(folder: Path, side: int, steps: int, sdcpp_steps: int) -> dict[str, dict[str, float]]:
    """Both engines, the fast one first."""
    model = inspect(await quantised(folder))
    return {
        "diffusers": await measure("diffusers", model, side, steps),
        "sdcpp": await measure("sdcpp", model, side, sdcpp_steps),
    }


def main() -> None:
    """Print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the model is kept")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--sdcpp-steps", type=int, default=1, help="one may take 40 s")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = asyncio.run(run(given.folder, given.side, given.steps, given.sdcpp_steps))
    ratio = found["sdcpp"]["step"] / found["diffusers"]["step"]
    if given.json:
        print(json.dumps(found | {"ratio": ratio}))
        return
    for engine, facts in found.items():
        times = f"load {facts['load']:.1f} s, step {facts['step']:.2f} s ({facts['cores']:.1f} s of cores)"
        print(f"{engine:10} {times}, drawing {facts['drawing']:.1f} s")
    print(f"diffusers is {ratio:.1f} times faster per step at {given.side}x{given.side} (target {_TARGET:g})")


if __name__ == "__main__":
    main()
