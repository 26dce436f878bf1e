"""Builders of small model files, byte by byte, so that they can also be wrong."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path

import pytest

Shapes = Mapping[str, tuple[int, ...]]
WriteSafetensors = Callable[..., Path]
WriteCkpt = Callable[..., Path]


@pytest.fixture
def write_safetensors(tmp_path: Path) -> WriteSafetensors:
    """A function that writes F16 tensors of zeros with these names and shapes, and metadata."""

    def write(name: str, shapes: Shapes, metadata: Mapping[str, str] | None = None) -> Path:
        header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
        end = 0
        for key, shape in shapes.items():
            start, end = end, end + 2 * prod(shape)
            header[key] = {"dtype": "F16", "shape": list(shape), "data_offsets": [start, end]}
        raw = json.dumps(header).encode()
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(len(raw).to_bytes(8, "little") + raw + bytes(end))
        return path

    return write


@pytest.fixture
def write_ckpt(tmp_path: Path) -> WriteCkpt:
    """A function that writes a torch-like zip archive around any pickle and storages."""

    def write(name: str, pickled: bytes, storages: Mapping[str, bytes] | None = None, **members: bytes) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickled)
            for key, data in (storages or {}).items():
                archive.writestr(f"archive/data/{key}", data)
            for member, data in members.items():
                archive.writestr(f"archive/{member}", data)
        return path

    return write
