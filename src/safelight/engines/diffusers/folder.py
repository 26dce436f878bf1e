"""Loads a model folder in diffusers' own layout.

diffusers maps a component's file into memory and copies it into the wanted number type, so that both count at once.
Components that are nothing but a class and its tensors are read by `CheckpointFile` instead; all others by diffusers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from safelight.catalog.diffusers_folder import backbone_weights, component_weights
from safelight.domain.errors import UnsupportedModel
from safelight.domain.models import ModelInfo
from safelight.domain.request import Mode
from safelight.engines.diffusers.checkpoint import Section, Shards
from safelight.engines.diffusers.classes import pipeline_class
from safelight.engines.diffusers.filling import Tensors, filled
from safelight.engines.diffusers.text_encoders import flat_or_nested

_VARIANT = re.compile(r"^[^.]+\.([A-Za-z0-9_]+)(?:-\d+-of-\d+)?\.(?:safetensors|bin)$")
_ENCODERS = {"CLIPTextModel", "CLIPTextModelWithProjection", "T5EncoderModel"}


def load_folder(model: ModelInfo, dtype: torch.dtype, hollow: Container[str] = ()) -> Any:
    """The pipeline that AutoPipeline knows; never code from the folder, never the network, no safety checker.

    Components that the folder names but does not have are passed as None: which of them a pipeline needs, it says.
    Of those in `hollow` no weights are read, if it is done here.
    """
    index = json.loads((model.path / "model_index.json").read_text())
    parts = {name for name, value in index.items() if isinstance(value, list)}
    absent = {name for name in parts if index[name][0] is None or not (model.path / name).is_dir()}
    options: dict[str, Any] = dict.fromkeys(absent | (parts & {"safety_checker"}))
    if "safety_checker" in parts:
        options["requires_safety_checker"] = False
    for name in sorted(parts - options.keys()):
        if module := _component(model.path, name, index[name], dtype, name in hollow):
            options[name] = module
    options["variant"] = _variant(model)
    kind = pipeline_class(model.pipeline, Mode.TEXT_TO_IMAGE)
    return kind.from_pretrained(model.path, dtype=dtype, local_files_only=True, **options)


def _component(folder: Path, name: str, described: list[str], dtype: torch.dtype, hollow: bool) -> Any:
    """A component with its tensors read one by one, or None where that would not give what diffusers gives."""
    library, class_name = described
    if library == "diffusers":
        kind = getattr(diffusers, class_name, None)
        if not (isinstance(kind, type) and issubclass(kind, diffusers.ModelMixin)):
            return None
        config = kind.load_config(folder / name, local_files_only=True)
        if getattr(kind, "_keep_in_fp32_modules", None) or "quantization_config" in config:
            return None
    elif library == "transformers" and class_name in _ENCODERS:
        kind = getattr(transformers, class_name)
        if dtype is torch.float16 and kind._keep_in_fp32_modules:
            return None
        config = kind.config_class.from_pretrained(folder / name, local_files_only=True)
        config.dtype = dtype
    else:
        return None

    def build() -> Any:
        with _default_dtype(dtype):
            return kind.from_config(config) if library == "diffusers" else kind(config)

    try:
        module = filled(Section(Shards(component_weights(folder, name))), dtype, build, _named, hollow=hollow)
    except UnsupportedModel:  # other names or shapes than the class has now: diffusers knows the old ones
        return None
    if library == "transformers":
        module.tie_weights()
    return module


def _named(tensors: Tensors, empty: Any) -> Tensors:
    """In the names of the class, tied tensors under each of theirs: files have them once."""
    for one, other in (getattr(empty, "_tied_weights_keys", None) or {}).items():
        for name, twin in ((one, other), (other, one)):
            if twin in tensors:
                tensors.setdefault(name, tensors[twin])
    return flat_or_nested(tensors, empty)


@contextmanager
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """Buffers that are computed and not stored get the type that `from_pretrained` gives them."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _variant(model: ModelInfo) -> str | None:
    """The `fp16` in `diffusion_pytorch_model.fp16.safetensors`, when the folder has only such weights."""
    names = [file.name for file in backbone_weights(model.path)]
    marks = {match[1] if (match := _VARIANT.search(name)) else None for name in names}
    return marks.pop() if len(marks) == 1 else None
