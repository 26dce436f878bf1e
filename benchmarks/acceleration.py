"""OpenVINO against plain torch behind the same pipelines: seconds a step and of decoding, starts, memory.

`python -m benchmarks.acceleration` draws with Stable Diffusion 1.5 of full size and random weights by both in turns, in
one process for each number type; then it loads and draws in processes of their own, cold and warm, for their memory.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.memory import peak_bytes

CACHE = Path(tempfile.gettempdir()) / "safelight-benchmark-openvino"


def held_bytes(kind: str) -> int:
    """What this process holds now: `VmRSS` all of it, `RssAnon` without mapped files (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{kind}:"))


def loaded(file: Path, acceleration: str, dtype: str) -> Any:
    """A function that draws with a model of its own: (side, steps) → seconds of loading, encoding, a step, decoding.

    `acceleration` is torch, openvino or openvino-int8.
    """
    from tests.sinks import Silent  # noqa: PLC0415 - the parent needs none of it

    from safelight.catalog.inspection import inspect  # noqa: PLC0415
    from safelight.domain.draft import GenerationDraft, resolve  # noqa: PLC0415
    from safelight.domain.events import Phase, Progress  # noqa: PLC0415
    from safelight.domain.plans import DType, Plan  # noqa: PLC0415
    from safelight.engines.diffusers.engine import DiffusersEngine  # noqa: PLC0415
    from safelight.engines.diffusers.spec import SPEC  # noqa: PLC0415

    class Clock(Silent):
        """Adds up the seconds spent in each phase."""

        def __init__(self) -> None:
            self.seconds: dict[str, float] = {}
            self._phase, self._since = "loading", time.monotonic()

        def progress(self, progress: Progress | None) -> None:
            now = time.monotonic()
            self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._since
            self._phase, self._since = progress.phase.value if progress else "", now

    engine, model, started = DiffusersEngine(), inspect(file), time.monotonic()
    computed, _, weight_type = acceleration.partition("-")
    engine.configure({"acceleration": computed, "weight_type": weight_type or None, "cache_dir": str(CACHE)})
    pipeline = engine.load(model, Plan(engine="diffusers", device="cpu", dtype=DType(dtype)), Silent())
    loading = time.monotonic() - started

    def draw(side: int, steps: int, options: dict[str, Any] | None = None) -> dict[str, float]:
        draft = GenerationDraft(prompt="a cat", width=side, height=side, steps=steps, sampler="euler", seed=1)
        clock = Clock()
        request = resolve(draft, model, SPEC.samplers_for(model))
        request = request.model_copy(update={"engine_options": {"diffusers": options or {}}})
        list(pipeline.run(request, {}, clock, lambda: False))
        clock.progress(None)
        found = {name: clock.seconds.get(name, 0.0) for name in ("encoding", "decoding")}
        found |= {
            "a step": clock.seconds[Phase.DENOISING.value] / steps,
            "preparing": clock.seconds.get("loading", 0.0),
        }
        return found | {"loading": loading}

    return draw


def speed(
    file: Path, dtype: str, side: int, steps: int, rounds: int, ways: Sequence[str]
) -> dict[str, dict[str, float]]:
    """All ways in turns, in this process; medians."""
    drawers = {name: loaded(file, name, dtype) for name in ways}
    first = {name: draw(side, 1) for name, draw in drawers.items()}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in drawers}
    for _ in range(rounds):
        for name, draw in drawers.items():
            runs[name].append(draw(side, steps))
            print(name, dtype, runs[name][-1], file=sys.stderr, flush=True)
    medians = {name: {key: statistics.median(run[key] for run in runs[name]) for key in runs[name][0]} for name in runs}
    return {name: medians[name] | {"preparing": first[name]["preparing"]} for name in medians}


def decoding(file: Path, dtype: str, side: int, rounds: int, ways: Sequence[str]) -> dict[str, dict[str, float]]:
    """Seconds of decoding by the model's VAE and by a tiny one, whose weights are random; medians."""
    from diffusers import AutoencoderTiny  # noqa: PLC0415 - the parent needs none of it
    from safetensors.torch import save_file  # noqa: PLC0415

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        tiny = Path(folder) / "taesd.safetensors"
        vae: Any = AutoencoderTiny()
        save_file(vae.half().state_dict(), tiny)
        for way in ways:
            draw = loaded(file, way, dtype)
            options: dict[str, dict[str, Any]] = {"VAE": {}, "TAESD": {"taesd": str(tiny)}}
            runs = {name: [draw(side, 1, given) for _ in range(rounds + 1)][1:] for name, given in options.items()}
            found[way] = {name: statistics.median(run["decoding"] for run in each) for name, each in runs.items()}
    return found


def memory(file: Path, acceleration: str, dtype: str, side: int) -> dict[str, float]:
    """One step in this process: peaks, what is held afterwards, seconds until the step is ready."""
    started, most, ended = time.monotonic(), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.02):
            most = max(most, held_bytes("RssAnon"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        draw = loaded(file, acceleration, dtype)  # kept: what it holds afterwards counts
        told = draw(side, 1)
    finally:
        ended.set()
        watcher.join()
    held = {"peak": peak_bytes(), "anonymous peak": most}
    held |= {"resident": held_bytes("VmRSS"), "anonymous": held_bytes("RssAnon")}
    return {**held, "total": time.monotonic() - started, **told}


def main() -> None:
    """Measure everything, or one case in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help="speed DTYPE, memory WAY DTYPE, or decoding DTYPE")
    parser.add_argument("--model", type=Path, help="default: Stable Diffusion 1.5, made on the spot")
    parser.add_argument("--sd3", action="store_true", help="Stable Diffusion 3 medium, 6 of 24 blocks, without T5")
    parser.add_argument("--ways", nargs="+", default=["torch", "openvino"], help="torch, openvino, openvino-int8")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    from tests.real_size import checkpoint, folder  # noqa: PLC0415 - making the file must not count

    made = Path(tempfile.gettempdir())
    file = given.model or (folder(made, "sd3") if given.sd3 else checkpoint(made, "sd1"))
    if given.case[:1] == ["speed"]:
        print(json.dumps(speed(file, given.case[1], given.side, given.steps, given.rounds, given.ways)))
        return
    if given.case[:1] == ["decoding"]:
        print(json.dumps(decoding(file, given.case[1], given.side, given.rounds, given.ways)))
        return
    if given.case[:1] == ["memory"]:
        print(json.dumps(memory(file, given.case[1], given.case[2], given.side)))
        return
    shutil.rmtree(CACHE, ignore_errors=True)
    options = [f"--{name}={getattr(given, name)}" for name in ("side", "steps", "rounds")] + [f"--model={file}"]
    for dtype in ("bf16", "f32"):
        for case in (["memory", "torch"], ["memory", "openvino"], ["memory", "openvino"], ["speed"]):
            command = [sys.executable, "-m", "benchmarks.acceleration", *case, dtype, *options]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603
            print(*case, dtype, json.loads(done.stdout), flush=True)
    shutil.rmtree(CACHE, ignore_errors=True)


if __name__ == "__main__":
    main()
