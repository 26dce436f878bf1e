"""Headers of GGUF files: those that gguf's own writer makes, and those that lie."""

from __future__ import annotations

import struct
import time
import tracemalloc
from pathlib import Path

import gguf
import numpy as np
import pytest

from safelight.catalog.headers.gguf import BLOCKS, read_header
from safelight.domain.errors import CorruptFile, SafelightError, UnsupportedModel
from safelight.domain.models import ModelFormat


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def header(tensors: list[bytes], pairs: list[bytes], *, version: int = 3) -> bytes:
    start = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs)) + b"".join(pairs) + b"".join(tensors)
    return start + bytes(-len(start) % 32)


def tensor(name: str, sides: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, offset)


def written(path: Path, raw: bytes, data: int = 0) -> Path:
    path.write_bytes(raw + bytes(data))
    return path


def test_block_types_are_those_of_the_gguf_package() -> None:
    theirs = {kind.value: (kind.name, *gguf.GGML_QUANT_SIZES[kind]) for kind in gguf.GGMLQuantizationType}
    assert theirs == BLOCKS


def test_what_the_gguf_package_writes(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "sd1")
    writer.add_name("Cats")
    writer.add_uint32("answer", 42)
    writer.add_bool("yes", val=True)
    writer.add_array("words", [f"word{number}" for number in range(5000)])
    writer.add_array("scores", [0.5] * 5000)
    writer.add_array("comfy.gguf.orig_shape.conv", [16, 8, 4, 4])
    writer.add_tensor("plain", np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    blocks = gguf.quantize(np.ones((8, 64), np.float32), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("blocks", blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("conv", np.zeros((8, 256), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = read_header(tmp_path / "m.gguf")
    assert found.format is ModelFormat.GGUF
    assert {name: (info.dtype, info.shape, info.nbytes) for name, info in found.tensors.items()} == {
        "plain": ("F32", (2, 3, 4), 96),
        "blocks": ("Q8_0", (8, 64), 8 * 2 * 34),
        "conv": ("F16", (16, 8, 4, 4), 4096),
    }
    assert {key: found.metadata[key] for key in ("general.architecture", "general.name", "answer", "yes", "words")} == {
        "general.architecture": "sd1",
        "general.name": "Cats",
        "answer": "42",
        "yes": "True",
        "words": "",
    }
    raw = (tmp_path / "m.gguf").read_bytes()
    plain = found.tensors["plain"]
    assert np.frombuffer(raw[plain.offset : plain.offset + plain.nbytes], np.float32).tolist() == list(range(24))
    theirs = {entry.name: entry.data_offset for entry in gguf.GGUFReader(tmp_path / "m.gguf").tensors}
    assert {name: info.offset for name, info in found.tensors.items()} == theirs


def test_only_the_header_is_read(tmp_path: Path) -> None:
    """A file of 1 TB, nearly all of it a hole, with a 2 GB array in its metadata."""
    hole = 2_000_000_000
    array = text("big") + struct.pack("<IIQ", 9, 0, hole)
    start = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + array
    with (tmp_path / "m.gguf").open("wb") as file:
        file.write(start)
        file.seek(hole, 1)
        file.write(tensor("w", (1_000_000, 250_000)))
        file.truncate(file.tell() + 31 + 10**12)
    began = time.process_time()
    found = read_header(tmp_path / "m.gguf")
    assert found.tensors["w"].shape == (250_000, 1_000_000)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("version", [1, 2, 3])
def test_versions(tmp_path: Path, version: int) -> None:
    narrow = b"GGUF" + struct.pack("<III", 1, 1, 1) + struct.pack("<I", 1) + b"k" + struct.pack("<II", 4, 7)
    narrow += struct.pack("<I", 1) + b"w" + struct.pack("<IIIIQ", 2, 4, 2, 0, 0)
    wide = header([tensor("w", (4, 2))], [text("k") + struct.pack("<II", 4, 7)], version=version)
    found = read_header(written(tmp_path / "m.gguf", wide if version > 1 else narrow + bytes(-len(narrow) % 32), 32))
    assert (found.tensors["w"].shape, found.metadata) == ((2, 4), {"k": "7"})


@pytest.mark.parametrize(
    ("raw", "data", "kind", "said"),
    [
        pytest.param(b"GGUF\3\0\0\0", 0, CorruptFile, "truncated", id="counts missing"),
        pytest.param(header([], [], version=9), 0, UnsupportedModel, "version 9", id="version"),
        pytest.param(header([], [], version=3 << 24), 0, UnsupportedModel, "big-endian", id="big-endian"),
        pytest.param(b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0), 64, CorruptFile, "tensors", id="too many tensors"),
        pytest.param(header([], [struct.pack("<Q", 2**62)]), 0, CorruptFile, "truncated", id="endless name"),
        pytest.param(header([], [text("a") + b"\x63\0\0\0"]), 0, CorruptFile, "type", id="unknown value type"),
        pytest.param(header([], [text("a") + struct.pack("<IIQ", 9, 8, 2**60)]), 0, CorruptFile, "strings", id="bomb"),
        pytest.param(
            header([], [text("a") + struct.pack("<IIQ", 9, 12, 2**61)]), 0, CorruptFile, "truncated", id="long array"
        ),
        pytest.param(
            header([], [text("a") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 9]),
            0,
            CorruptFile,
            "nested",
            id="nested arrays",
        ),
        pytest.param(
            header([], [text("general.alignment") + struct.pack("<II", 4, 3)]), 0, CorruptFile, "alignment", id="align"
        ),
        pytest.param(header([], [text("a") + struct.pack("<II", 4, 3)] * 2), 0, CorruptFile, "twice", id="same keys"),
        pytest.param(header([tensor("a", (4,))] * 2, []), 64, CorruptFile, "twice", id="same names"),
        pytest.param(header([tensor("a", (8,)), tensor("b", (8,))], []), 64, CorruptFile, "overlaps", id="overlap"),
        pytest.param(header([tensor("a", (8,), offset=2**63)], []), 64, CorruptFile, "truncated", id="offset"),
        pytest.param(header([tensor("a", (2**40, 2**40))], []), 64, CorruptFile, "blocks", id="huge sides"),
        pytest.param(header([tensor("a", (33,), kind=8)], []), 64, CorruptFile, "whole blocks", id="part of a block"),
        pytest.param(header([tensor("a", (8,), kind=4)], []), 64, UnsupportedModel, "type 4", id="removed type"),
        pytest.param(header([tensor("a", (1,) * 40)], []), 64, CorruptFile, "dimensions", id="dimensions"),
        pytest.param(
            header([tensor("a", (8,))], [text("comfy.gguf.orig_shape.a") + struct.pack("<IIQii", 9, 5, 2, 3, 3)]),
            64,
            CorruptFile,
            "another count",
            id="original shape",
        ),
    ],
)
def test_lies(tmp_path: Path, raw: bytes, data: int, kind: type[SafelightError], said: str) -> None:
    path = written(tmp_path / "m.gguf", raw, data)
    tracemalloc.start()
    with pytest.raises(kind, match=said):
        read_header(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_language_models_vocabulary_is_passed_over_soon(tmp_path: Path) -> None:
    words = b"".join(text(f"w{number}") for number in range(150_000))
    pairs = [text(key) + struct.pack("<IIQ", 9, 8, 150_000) + words for key in ("tokens", "merges")]
    path = written(tmp_path / "m.gguf", header([tensor("w", (4,))], pairs), 16)
    began = time.process_time()
    assert read_header(path).tensors["w"].shape == (4,)
    assert time.process_time() - began < 2
