"""Loads models for diffusers: folders in its own layout, and single-file checkpoints."""

from __future__ import annotations

import json
import re
import time
from typing import Any, cast

import diffusers
import torch

from safelight.catalog.diffusers_folder import backbone_weights
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelFormat, ModelInfo
from safelight.domain.plans import Device, MemoryMode, Plan
from safelight.domain.request import Mode
from safelight.engines.contract import Engine, Sink
from safelight.engines.diffusers.classes import pipeline_class
from safelight.engines.diffusers.devices import TORCH_DTYPES, find_devices
from safelight.engines.diffusers.errors import translated
from safelight.engines.diffusers.pipeline import DiffusersPipeline
from safelight.engines.diffusers.samplers import check_schedule
from safelight.engines.diffusers.single_file import load_single_file

diffusers.utils.logging.set_verbosity_error()

_VARIANT = re.compile(r"^[^.]+\.([A-Za-z0-9_]+)(?:-\d+-of-\d+)?\.(?:safetensors|bin)$")


class DiffusersEngine(Engine):
    """See the contract."""

    version = f"diffusers {diffusers.__version__}, torch {torch.__version__}"

    def devices(self) -> list[Device]:
        """See the contract."""
        return find_devices()

    def load(self, model: ModelInfo, plan: Plan, sink: Sink) -> DiffusersPipeline:
        """See the contract. Convolutions get channels-last weights, which CPUs and tensor cores read faster."""
        started = time.monotonic()
        sink.progress(Progress(phase=Phase.LOADING))
        dtype = TORCH_DTYPES[plan.dtype]
        with translated(f"loading {model.id}"):
            pipe = (
                _from_folder(model, dtype) if model.format is ModelFormat.DIFFUSERS else load_single_file(model, dtype)
            )
            _place(pipe, plan)
        sink.progress(Progress(phase=Phase.LOADING, step=1, steps=1, seconds=time.monotonic() - started))
        check_schedule(pipe.scheduler, model.id)
        return DiffusersPipeline(pipe, model, plan)


def _from_folder(model: ModelInfo, dtype: torch.dtype) -> Any:
    """Whatever AutoPipeline knows; never code from the folder, never the network, no safety checker.

    Components that the folder names but does not have are passed as None: which of them a pipeline needs, it says.
    """
    index = json.loads((model.path / "model_index.json").read_text())
    parts = {name for name, value in index.items() if isinstance(value, list)}
    absent = {name for name in parts if index[name][0] is None or not (model.path / name).is_dir()}
    options: dict[str, Any] = dict.fromkeys(absent | (parts & {"safety_checker"}))
    if "safety_checker" in parts:
        options["requires_safety_checker"] = False
    options["variant"] = _variant(model)
    kind = pipeline_class(model.pipeline, Mode.TEXT_TO_IMAGE)
    return kind.from_pretrained(model.path, dtype=dtype, local_files_only=True, **options)


def _variant(model: ModelInfo) -> str | None:
    """The `fp16` in `diffusion_pytorch_model.fp16.safetensors`, when the folder has only such weights."""
    names = [file.name for file in backbone_weights(model.path)]
    marks = {match[1] if (match := _VARIANT.search(name)) else None for name in names}
    return marks.pop() if len(marks) == 1 else None


def _place(pipe: Any, plan: Plan) -> None:
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            cast(Any, part).to(memory_format=torch.channels_last)
    if plan.memory_mode is not MemoryMode.FULL:
        # Attention is not sliced: torch's fused attention already needs no more memory than sliced attention does.
        for method in ("enable_slicing", "enable_tiling"):
            if hasattr(pipe, "vae") and hasattr(pipe.vae, method):
                getattr(pipe.vae, method)()
    if plan.memory_mode is MemoryMode.OFFLOADED and plan.device != "cpu":
        pipe.enable_model_cpu_offload(device=plan.device)
    else:
        pipe.to(plan.device)
