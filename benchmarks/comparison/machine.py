"""What the machine is, the most it multiplies, and what a step needs."""

from __future__ import annotations

import platform
import subprocess
import sys
from functools import cache
from typing import Any

import psutil

from benchmarks.comparison.case import Case


@cache
def operations_of_step(case: Case) -> float:
    """Operations of one denoising step with guidance: counted while the UNet runs on tensors without data."""
    import torch  # noqa: PLC0415
    from diffusers import UNet2DConditionModel  # noqa: PLC0415
    from tests.real_size import UNETS  # noqa: PLC0415
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415

    with torch.device("meta"):
        unet: Any = UNet2DConditionModel(**UNETS[case.architecture])
        latents = torch.randn(2, 4, case.side // 8, case.side // 8)
        words = torch.randn(2, 77, UNETS[case.architecture]["cross_attention_dim"])
        added = {"text_embeds": torch.randn(2, 1280), "time_ids": torch.randn(2, 6)}
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            unet(latents, torch.tensor(1.0), words, added_cond_kwargs=added if case.architecture == "sdxl" else None)
    return float(counter.get_total_flops())


def matmul(dtype: str) -> float:
    """Operations a second of a large square product in torch (`bfloat16` or `float32`), in a process of its own."""
    script = (
        "import time, torch; n = 4096; k = torch.%s; a, b = torch.randn(n, n).to(k), torch.randn(n, n).to(k); a @ b\n"
        "best = 9e9\n"
        "for _ in range(8):\n    t = time.perf_counter(); a @ b; best = min(best, time.perf_counter() - t)\n"
        "print(2 * n ** 3 / best)"
    )
    told = subprocess.run([sys.executable, "-c", script % dtype], check=True, capture_output=True, text=True)  # noqa: S603
    return float(told.stdout)


def described() -> str:
    """Processor, cores and memory."""
    from safelight.engines.diffusers.devices import find_devices  # noqa: PLC0415

    memory = psutil.virtual_memory().total / 2**30
    return f"{find_devices()[-1].name}, {psutil.cpu_count(logical=False)} cores, {memory:.0f} GiB, {platform.system()}"
