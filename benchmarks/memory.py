"""Peak memory of loading a checkpoint, over the bytes of its weights in the type they are loaded as.

Without a file, a Stable Diffusion 1.5 of full size with random weights is made. Each load has a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.sinks import Silent

from safelight.catalog.inspection import inspect
from safelight.domain.plans import DType, Plan


def peak_bytes(pid: int | str = "self") -> int:
    """The most a process has held resident so far. Not `ru_maxrss`, which starts at the parent's peak (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def measure(file: Path, dtype: DType) -> dict[str, int]:
    """Load in this process; return bytes of weights and of the growth of the peak."""
    import torch  # noqa: PLC0415 - the parent needs none of it

    from safelight.engines.diffusers.engine import DiffusersEngine  # noqa: PLC0415

    engine, model = DiffusersEngine(), inspect(file)
    before = peak_bytes()
    pipeline = engine.load(model, Plan(engine="diffusers", device="cpu", dtype=dtype), Silent())
    peak = peak_bytes() - before
    parts = [part for part in pipeline._pipe.components.values() if isinstance(part, torch.nn.Module)]
    weights = sum(tensor.numel() * tensor.element_size() for part in parts for tensor in part.state_dict().values())
    return {"weights": weights, "peak": peak}


def main() -> None:
    """Measure one load (`--file`, `--dtype`), or print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--dtype", type=DType)
    given = parser.parse_args()
    if given.file and given.dtype:
        print(json.dumps(measure(given.file, given.dtype)))
        return
    from tests.real_size import checkpoint  # noqa: PLC0415 - making the file must not count

    file = given.file or checkpoint(Path(tempfile.gettempdir()), "sd1")
    for dtype in ("bf16", "f32"):
        command = [sys.executable, "-m", "benchmarks.memory", "--file", str(file), "--dtype", dtype]
        facts = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
        print(
            f"loaded as {dtype}: weights {facts['weights'] / 1e9:.2f} GB, peak {facts['peak'] / 1e9:.2f} GB, "
            f"ratio {facts['peak'] / facts['weights']:.2f} (target 1.2)"
        )


if __name__ == "__main__":
    main()
