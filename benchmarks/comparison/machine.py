"""What the machine is, the most it multiplies, and what a step needs."""

from __future__ import annotations

import platform
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


def measured() -> tuple[str, float]:
    """The machine in words, with its matrix products, and operations a second of the fastest of these."""
    from safelight.engines.diffusers.devices import find_devices  # noqa: PLC0415
    from safelight.engines.diffusers.roofline import matrix_products  # noqa: PLC0415

    cpu, memory = find_devices()[-1], psutil.virtual_memory().total / 2**30
    products = matrix_products(cpu)
    told = ", ".join(f"{dtype.value} {rate / 1e12:.2f} TFLOP/s" for dtype, rate in products.items())
    words = f"{cpu.name}, {psutil.cpu_count(logical=False)} cores, {memory:.0f} GiB, {platform.system()}"
    return f"{words}; matrix products: {told}", max(products.values())
