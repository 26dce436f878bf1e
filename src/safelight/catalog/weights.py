"""What the parts of a model weigh, from its header: the ground on which its memory is estimated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import prod
from pathlib import Path

from safelight.catalog.headers import Header, TensorInfo, read_header
from safelight.catalog.headers.header import is_block_type
from safelight.domain.models import ModelKind, ModelPart, PartWeight

_PREFIXES: Mapping[ModelPart, tuple[str, ...]] = {
    ModelPart.DIFFUSION_MODEL: ("model.diffusion_model.",),
    ModelPart.VAE: ("first_stage_model.", "vae."),
    ModelPart.TEXT_ENCODER: ("cond_stage_model.", "conditioner.", "text_encoders.", "text_encoder."),
}
"""What the names of a part begin with inside a checkpoint; other tensors (EMA twins, training state) are not loaded."""

_WHOLE = {
    ModelKind.DIFFUSION_MODEL: ModelPart.DIFFUSION_MODEL,
    ModelKind.VAE: ModelPart.VAE,
    ModelKind.TEXT_ENCODER: ModelPart.TEXT_ENCODER,
}

_WIDTHS: tuple[tuple[str, int], ...] = (
    ("input_blocks.0.0.weight", 0),
    ("pos_embed.proj.weight", 0),
    ("x_embedder.proj.weight", 0),
    ("x_embedder.weight", 0),
    ("img_in.weight", 0),
    ("patch_embedding.weight", 0),
    ("decoder.conv_out.weight", 1),
    ("conv_in.weight", 0),
)
"""The tensor whose given side is the width of a part: channels at full resolution, or of a transformer's tokens."""

_WIDE = tuple(ending for ending, _ in _WIDTHS)


def weigh(header: Header, kind: ModelKind) -> tuple[PartWeight, ...]:
    """The parts in a file that holds a model of `kind`."""
    if kind in _WHOLE:
        return _weights({_WHOLE[kind]: header.tensors.items()})
    if kind is not ModelKind.CHECKPOINT:
        return ()
    return _weights(
        {
            part: [(name, tensor) for name, tensor in header.tensors.items() if name.startswith(prefixes)]
            for part, prefixes in _PREFIXES.items()
        }
    )


def weigh_component(name: str, headers: Iterable[Header]) -> tuple[PartWeight, ...]:
    """A component of a folder in diffusers layout, by the name of its folder."""
    if name.startswith("text_encoder"):
        part = ModelPart.TEXT_ENCODER
    elif name.startswith("safety_checker"):  # never loaded
        return ()
    else:
        part = ModelPart.VAE if name in {"vae", "vqvae", "movq"} else ModelPart.DIFFUSION_MODEL
    return _weights({part: [entry for header in headers for entry in header.tensors.items()]})


def weigh_companion(path: Path, part: ModelPart) -> tuple[PartWeight, ...]:
    """A companion file; remembered until the file changes.

    Raises:
        SafelightError: As `read_header`.
    """
    return _weigh_companion(path, part, path.stat().st_mtime_ns)


def holds_blocks(path: Path) -> bool:
    """Whether a companion file holds quantised weights (`is_block_type`); remembered until the file changes.

    Raises:
        SafelightError: As `read_header`.
    """
    return _holds_blocks(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _holds_blocks(path: Path, changed: int) -> bool:
    return any(is_block_type(tensor.dtype) for tensor in read_header(path).tensors.values())


@lru_cache(maxsize=256)
def _weigh_companion(path: Path, part: ModelPart, changed: int) -> tuple[PartWeight, ...]:
    return _weights({part: read_header(path).tensors.items()})


def _weights(parts: Mapping[ModelPart, Iterable[tuple[str, TensorInfo]]]) -> tuple[PartWeight, ...]:
    weights = []
    for part, entries in parts.items():
        tensors = dict(entries)
        if tensors:
            counts = [prod(tensor.shape) for tensor in tensors.values()]
            weights.append(
                PartWeight(
                    part=part,
                    parameters=sum(counts),
                    bytes=sum(tensor.nbytes for tensor in tensors.values()),
                    largest=max(counts),
                    width=_width(tensors),
                )
            )
    return tuple(weights)


def _width(tensors: Mapping[str, TensorInfo]) -> int:
    named = [name for name in tensors if name.endswith(_WIDE)]
    for ending, side in _WIDTHS:
        for name in named:
            if name.endswith(ending) and len(tensors[name].shape) > side:
                return tensors[name].shape[side]
    return 0
