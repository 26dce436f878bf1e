"""Finds the devices torch can use and the number types each computes well."""

from __future__ import annotations

from pathlib import Path

import psutil
import torch

from safelight.domain.plans import Device, DType

TORCH_DTYPES = {DType.FLOAT32: torch.float32, DType.FLOAT16: torch.float16, DType.BFLOAT16: torch.bfloat16}


def find_devices() -> list[Device]:
    """Return the devices, fastest first; the CPU is always the last."""
    devices = [_cuda(index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        memory = int(torch.mps.recommended_max_memory())
        devices.append(Device(id="mps", name="Apple GPU", memory=memory, dtypes=(DType.FLOAT16, DType.FLOAT32)))
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        devices += [_xpu(index) for index in range(torch.xpu.device_count())]
    return [*devices, _cpu()]


def _cuda(index: int) -> Device:
    facts = torch.cuda.get_device_properties(index)
    half = (DType.FLOAT16, DType.BFLOAT16) if facts.major >= 8 else (DType.FLOAT16,)  # noqa: PLR2004
    return Device(
        id=f"cuda:{index}",
        name=facts.name,
        memory=facts.total_memory,
        dtypes=(*half, DType.FLOAT32),
        driver=_driver("amdgpu" if torch.version.hip else "nvidia"),
    )


def _driver(module: str) -> str:
    """The version that a Linux kernel module states."""
    stated = Path(f"/sys/module/{module}/version")
    return stated.read_text().strip() if stated.exists() else ""


def _xpu(index: int) -> Device:
    facts = torch.xpu.get_device_properties(index)
    dtypes = (DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32)
    return Device(id=f"xpu:{index}", name=facts.name, memory=facts.total_memory, dtypes=dtypes)


def _cpu() -> Device:
    """bf16 first where the CPU multiplies it natively (AMX or AVX512-BF16): elsewhere it is slower than f32."""
    native = torch.backends.mkldnn.is_available() and (
        torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    )
    dtypes = (DType.BFLOAT16, DType.FLOAT32) if native else (DType.FLOAT32,)
    return Device(id="cpu", name=_cpu_name(), memory=psutil.virtual_memory().total, dtypes=dtypes)


def _cpu_name() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "CPU")
