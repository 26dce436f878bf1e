"""Model files with the tensors that a fingerprint wants, and holes instead of numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path

from safelight.catalog.architectures import architecture, companions
from safelight.catalog.architectures.signature import Layout

Shapes = Mapping[str, Sequence[int]]


def write_sparse(path: Path, shapes: Shapes, metadata: Mapping[str, str] | None = None) -> Path:
    """A safetensors file with these F16 tensors, whose data takes no room on the disk."""
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, shape in shapes.items():
        begin, end = end, end + 2 * prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    raw = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        file.truncate(8 + len(raw) + end)
    return path


def shapes_of(layout: Layout) -> dict[str, list[int]]:
    """Tensors that have this fingerprint, under its first root."""
    return {layout.roots[0] + name: [_side(side) for side in shape or (2,)] for name, shape in layout.tensors.items()}


def companion_file(path: Path, name: str) -> Path:
    """A file that holds the companion called `name` alone."""
    (one,) = [companion for companion in companions() if companion.name == name]
    return write_sparse(path, shapes_of(one.layouts[0]))


def diffusion_file(path: Path, name: str) -> Path:
    """A file that holds the diffusion model of the family called `name` alone."""
    family = architecture(name)
    assert family is not None
    return write_sparse(path, shapes_of(family.signature.layouts[0]))


def _side(wanted: int | tuple[int, ...] | None) -> int:
    if wanted is None:
        return 2
    return wanted[0] if isinstance(wanted, tuple) else wanted
