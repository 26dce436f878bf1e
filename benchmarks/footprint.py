"""Memory that drawing takes by each plan, at real size: the measured cases that `workers/fit.py` is held against.

Each model and number type has a process of its own, in which every size is drawn with one step and classifier-free
guidance, then decoded in tiles and whole; the table has the process's peak in each phase.
`python -m benchmarks.footprint sd1 bf16` prints the cases as JSON; `--write` without these puts all of them into
`benchmarks/footprints.json`. Models are made with random weights in the temporary folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.memory import peak_bytes

TABLE = Path(__file__).with_name("footprints.json")
SIDES = (512, 768, 1024)


def forget_peak() -> None:
    """Start the peak of this process anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def measure(architecture: str, dtype: str, sides: tuple[int, ...]) -> list[dict[str, Any]]:
    """Load and draw in this process; one case for each size, with the peaks of every phase."""
    import psutil  # noqa: PLC0415 - the parent needs none of it
    import torch  # noqa: PLC0415
    from tests.sinks import Silent  # noqa: PLC0415

    from safelight.catalog.inspection import inspect  # noqa: PLC0415
    from safelight.domain.draft import GenerationDraft, resolve  # noqa: PLC0415
    from safelight.domain.events import Phase, Progress  # noqa: PLC0415
    from safelight.domain.plans import DType, MemoryMode, Plan  # noqa: PLC0415
    from safelight.engines.diffusers.engine import DiffusersEngine  # noqa: PLC0415
    from safelight.engines.diffusers.spec import SPEC  # noqa: PLC0415
    from safelight.workers.fit import footprint  # noqa: PLC0415

    class Watch(Silent):
        """Notes the peak at the end of denoising."""

        denoising = 0

        def progress(self, progress: Progress) -> None:
            if progress.phase is Phase.DECODING:
                self.denoising = peak_bytes()
                forget_peak()

    model = inspect(Path(tempfile.gettempdir()) / f"{architecture}-random.safetensors")
    engine, cases = DiffusersEngine(), []
    before = peak_bytes()
    plan = Plan(engine="diffusers", device="cpu", dtype=DType(dtype), memory_mode=MemoryMode.TILED)
    least, free = footprint(model, plan), psutil.virtual_memory().available
    if least is None or least.main > free:  # the kernel would end this process, or another one
        sys.exit(f"{architecture} as {dtype} needs {least}, and {free:,} bytes are free.")
    pipeline = engine.load(model, plan, Silent())
    loaded = peak_bytes()
    vae = pipeline._pipe.vae
    for side in sides:
        draft = GenerationDraft(prompt="a cat", width=side, height=side, steps=1, sampler="euler", scheduler="discrete")
        request, watch = resolve(draft, model, SPEC.samplers_for(model)), Watch()
        forget_peak()
        started = time.monotonic()
        list(pipeline.run(request, {}, watch, lambda: False))
        tiled, seconds = peak_bytes(), time.monotonic() - started
        vae.disable_tiling()
        forget_peak()
        with torch.inference_mode():
            vae.decode(torch.randn(1, vae.config.latent_channels, side // 8, side // 8, dtype=vae.dtype))
        case = {"architecture": architecture, "dtype": dtype, "side": side, "process": before, "loaded": loaded}
        case |= {"denoising": watch.denoising, "tiled": tiled, "whole": peak_bytes(), "seconds": round(seconds, 1)}
        vae.enable_tiling()
        print(case, file=sys.stderr, flush=True)
        cases.append(case)
    return cases


def main() -> None:
    """Measure one model in a number type, or all of them, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture", nargs="?")
    parser.add_argument("dtype", nargs="?", choices=("bf16", "f32"))
    parser.add_argument("--sides", type=int, nargs="+", default=SIDES)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.dtype:
        print(json.dumps(measure(given.architecture, given.dtype, tuple(given.sides))))
        return
    from tests.real_size import checkpoint  # noqa: PLC0415 - making the files must not count

    names = [given.architecture] if given.architecture else ["sd1", "sd2", "sdxl"]
    kept = json.loads(TABLE.read_text()) if TABLE.exists() else []
    for name in names:
        checkpoint(Path(tempfile.gettempdir()), name)
        for dtype in ("bf16", "f32"):
            command = [sys.executable, "-m", "benchmarks.footprint", name, dtype, "--sides", *map(str, given.sides)]
            cases = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603
            taken = {(case["architecture"], case["dtype"], case["side"]) for case in cases}
            kept = [case for case in kept if (case["architecture"], case["dtype"], case["side"]) not in taken] + cases
            if given.write:
                TABLE.write_text("[\n" + ",\n".join(json.dumps(case) for case in kept) + "\n]\n")


if __name__ == "__main__":
    main()
