"""Peak memory of loading a checkpoint, over its size in the type it is loaded as; each load in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

CHILD = """
import json, resource, sys
from pathlib import Path
import torch
from safelight.catalog.inspection import inspect
from safelight.domain.plans import DType, Plan
from safelight.engines.diffusers.engine import DiffusersEngine

class Silent:
    def progress(self, progress): pass
    def preview(self, picture, pixels): pass

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
engine, model = DiffusersEngine(), inspect(Path(sys.argv[1]))
before = peak()
pipeline = engine.load(model, Plan(engine="diffusers", device="cpu", dtype=DType(sys.argv[2])), Silent())
parts = [p for p in pipeline._pipe.components.values() if isinstance(p, torch.nn.Module)]
weights = sum(t.numel() * t.element_size() for p in parts for t in p.state_dict().values())
print(json.dumps({"weights": weights, "peak": peak() - before}))
"""


def main() -> None:
    """Load as bf16 and f32 and print the ratios."""
    from sd15 import checkpoint  # noqa: PLC0415 - building the file must not count

    file = checkpoint(Path(tempfile.gettempdir()))
    for dtype in ("bf16", "f32"):
        done = subprocess.run([sys.executable, "-c", CHILD, str(file), dtype], check=True, capture_output=True)  # noqa: S603
        facts = json.loads(done.stdout)
        ratio = facts["peak"] / facts["weights"]
        print(
            f"f16 file loaded as {dtype}: weights {facts['weights'] / 1e9:.2f} GB, "
            f"peak {facts['peak'] / 1e9:.2f} GB, ratio {ratio:.2f} (target 1.2)"
        )


if __name__ == "__main__":
    main()
