"""Loads models for diffusers: folders in its own layout, and single-file checkpoints."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import diffusers
import torch

from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelFormat, ModelInfo
from safelight.domain.plans import Device, DType, MemoryMode, Plan, Toolkit
from safelight.engines.contract import Engine, Sink
from safelight.engines.diffusers.acceleration.accelerator import Accelerator
from safelight.engines.diffusers.acceleration.cache import Cache
from safelight.engines.diffusers.acceleration.choosing import accelerates
from safelight.engines.diffusers.acceleration.telling import openvino_here
from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.checkpoint import KERNEL_DIMENSIONS
from safelight.engines.diffusers.devices import TORCH_DTYPES, find_devices
from safelight.engines.diffusers.errors import translated
from safelight.engines.diffusers.filling import is_hollow
from safelight.engines.diffusers.folder import load_folder
from safelight.engines.diffusers.options import LoadOptions
from safelight.engines.diffusers.pipeline import DiffusersPipeline
from safelight.engines.diffusers.roofline import matrix_products
from safelight.engines.diffusers.samplers import check_schedule
from safelight.engines.diffusers.single_file import load_single_file
from safelight.engines.diffusers.tiny_decoder import TinyDecoders

diffusers.utils.logging.set_verbosity_error()

log = logging.getLogger(__name__)

_TILE = 512


class DiffusersEngine(Engine):
    """See the contract."""

    version = ", ".join(
        f"{name} {number}"
        for name, number in (
            ("diffusers", diffusers.__version__),
            ("torch", torch.__version__),
            ("openvino", installed_version()),
        )
        if number
    )

    def __init__(self) -> None:
        self._options = LoadOptions()

    def devices(self) -> list[Device]:
        """See the contract."""
        return find_devices()

    def toolkits(self) -> list[Toolkit]:
        """See the contract."""
        return [openvino_here(self._options)]

    def matrix_products(self, device: Device) -> dict[DType, float]:
        """See the contract."""
        return matrix_products(device)

    def configure(self, options: Mapping[str, Any]) -> None:
        """See the contract."""
        self._options = LoadOptions.model_validate(options)

    def load(self, model: ModelInfo, plan: Plan, sink: Sink) -> DiffusersPipeline:
        """See the contract. Convolutions get channels-last weights, which CPUs and tensor cores read faster."""
        started = time.monotonic()
        sink.progress(Progress(phase=Phase.LOADING))
        accelerator = self._accelerator(model, plan)
        read = partial(_read, model, TORCH_DTYPES[plan.dtype])
        with translated(f"loading {model.id}"):
            pipe = read(accelerator.ready if accelerator else frozenset())
            _place(pipe, plan)
        sink.progress(Progress(phase=Phase.LOADING, step=1, steps=1, seconds=time.monotonic() - started))
        check_schedule(pipe.scheduler, model.id)
        tiny = TinyDecoders(plan, accelerator.beside if accelerator else None)
        pipeline = DiffusersPipeline(pipe, model, plan, tiny, accelerator)
        if accelerator:
            accelerator.attach(pipe, read)
        return pipeline

    def _accelerator(self, model: ModelInfo, plan: Plan) -> Accelerator | None:
        options = self._options
        if not accelerates(model, plan, options):
            if options.weight_type:
                log.warning("%s keeps its weights as they are: OpenVINO does not compute it.", model.id)
            return None
        cache = Cache(options.cache_dir, options.cache_bytes)
        dtype = TORCH_DTYPES[plan.dtype]
        return Accelerator(model, dtype, cache, options.openvino_device, options.weight_type)


def _read(model: ModelInfo, dtype: torch.dtype, hollow: frozenset[str]) -> Any:
    load = load_folder if model.format is ModelFormat.DIFFUSERS else load_single_file
    return load(model, dtype, hollow)


def _place(pipe: Any, plan: Plan) -> None:
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            for weight in part.parameters():
                # Kernels of three dimensions have no such order.
                if weight.dim() == KERNEL_DIMENSIONS and not is_hollow(weight):
                    weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    if plan.memory_mode is not MemoryMode.FULL:
        # Attention is not sliced: torch's fused attention already needs no more memory than sliced attention does.
        for method in ("enable_slicing", "enable_tiling"):
            if hasattr(pipe, "vae") and hasattr(pipe.vae, method):
                getattr(pipe.vae, method)()
        _shrink_tiles(pipe)
    if plan.memory_mode is MemoryMode.OFFLOADED and plan.device != "cpu":
        pipe.enable_model_cpu_offload(device=plan.device)
    else:
        pipe.to(plan.device)


def _shrink_tiles(pipe: Any) -> None:
    """Tiles of 512 pixels: diffusers makes them as large as the pictures an autoencoder was trained on, 1024 for XL."""
    vae: Any = getattr(pipe, "vae", None)
    if hasattr(vae, "tile_latent_min_size") and vae.tile_sample_min_size > _TILE:
        vae.tile_latent_min_size = vae.tile_latent_min_size * _TILE // vae.tile_sample_min_size
        vae.tile_sample_min_size = _TILE
