"""Damaged files of every format: only Safelight's own errors come out, and soon."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from safelight.catalog.detection import Detection, detect
from safelight.catalog.headers import pickles, read_open
from safelight.catalog.headers.torch_objects import TorchBuilder
from safelight.domain.errors import SafelightError

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteSafetensors

ROUNDS = 2_000
SECONDS_EACH = 2.0
TOKENS = (b"{", b"}", b"[", b"]", b'"', b",", b"-1", b"1e9", b"null", b"\xff" * 8, b"\0" * 8, b"9" * 30, b"\\ud800")


def mutated(raw: bytes, random_: random.Random) -> bytes:
    """`raw` with a few bytes changed, cut out, doubled, or replaced by what parsers stumble over."""
    data = bytearray(raw)
    for _ in range(random_.choice((1, 1, 2, 4, 16))):
        place = random_.randrange(len(data) + 1)
        length = random_.choice((1, 1, 2, 8, 64))
        match random_.randrange(6):
            case 0:
                data[place : place + length] = random_.randbytes(length)
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = data[place : place + length] * random_.choice((1, 2, 50))
            case 3:
                token = random_.choice(TOKENS)
                data[place : place + len(token)] = token
            case 4 if place < len(data):
                data[place] ^= 1 << random_.randrange(8)
            case _:
                del data[max(1, place) :]
        data = data or bytearray(b"\0")
    return bytes(data)


def survives(seed: int, raw: bytes, read: Callable[[bytes], Detection]) -> int:
    """Number of mutations that were refused; anything but a `SafelightError` is a failure of the caller's test."""
    random_ = random.Random(seed)  # noqa: S311 - repeatable on purpose
    refused = 0
    for number in range(ROUNDS):
        data = mutated(raw, random_)
        start = time.monotonic()
        try:
            read(data)
        except SafelightError as error:
            refused += 1
            assert error.message.isprintable(), (number, error.message)
        assert time.monotonic() - start < SECONDS_EACH, number
    return refused


def read_bytes(data: bytes) -> Detection:
    return detect(read_open(io.BytesIO(data), len(data), "fuzzed"))


def archive(pickled: bytes, storages: Mapping[str, bytes]) -> bytes:
    """A whole torch archive around any pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("archive/data.pkl", pickled)
        for key, data in storages.items():
            file.writestr(f"archive/data/{key}", data)
    return buffer.getvalue()


SHAPES = {
    "model.diffusion_model.input_blocks.0.0.weight": (4, 4, 3, 3),
    "first_stage_model.quant_conv.weight": (8, 8, 1, 1),
    "cond_stage_model.transformer.text_model.final_layer_norm.weight": (8,),
}


def test_safetensors(write_safetensors: WriteSafetensors) -> None:
    whole = write_safetensors("m.safetensors", SHAPES, {"modelspec.prediction_type": "v"}).read_bytes()
    assert survives(1, whole, read_bytes) > ROUNDS // 3


def test_safetensors_with_a_true_length(
    write_safetensors: WriteSafetensors,
) -> None:
    """The length field is mended after each mutation, so that the JSON is always reached."""
    raw = write_safetensors("m.safetensors", SHAPES, {"modelspec.prediction_type": "v"}).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    assert json.loads(raw[8 : 8 + length])

    def read(header: bytes) -> Detection:
        return read_bytes(len(header).to_bytes(8, "little") + header + raw[8 + length :])

    assert survives(2, raw[8 : 8 + length], read) > ROUNDS // 3


def checkpoint(folder: Path, protocol: int) -> bytes:
    state = OrderedDict((name, torch.zeros(shape)) for name, shape in SHAPES.items())
    torch.save({"state_dict": state, "global_step": 3, "note": "x"}, folder / "m.ckpt", pickle_protocol=protocol)
    return (folder / "m.ckpt").read_bytes()


def test_torch_archives(tmp_path: Path) -> None:
    assert survives(3, checkpoint(tmp_path, 2), read_bytes) > ROUNDS // 3


def test_directories_of_torch_archives(tmp_path: Path) -> None:
    """Only the zip directory at the end is damaged."""
    raw = checkpoint(tmp_path, 2)
    start = raw.index(b"PK\x01\x02")
    assert survives(4, raw[start:], lambda data: read_bytes(raw[:start] + data)) > ROUNDS // 3


@pytest.mark.parametrize("protocol", [2, 4])
def test_pickles_in_whole_archives(tmp_path: Path, protocol: int) -> None:
    """The archive is written anew around each damaged pickle, so that its checksum never hides it."""
    raw = checkpoint(tmp_path, protocol)
    end = raw.index(b"PK", 4)
    pickled = raw[raw.index(b"\x80", 30) : end]
    pickled = pickled[: pickled.rindex(b".") + 1]
    assert pickles.load(pickled, TorchBuilder())
    storages = {str(number): bytes(2000) for number in range(3)}
    refused = survives(5, pickled, lambda data: read_bytes(archive(data, storages)))
    assert refused > ROUNDS // 3


def test_random_opcodes() -> None:
    """Sequences of valid opcodes in random order reach deeper than damaged files do."""
    pieces = (
        *(b"(", b")", b"]", b"}", b"N", b"K\x05", b"\x85", b"\x86", b"\x87", b"t", b"l", b"d", b"u", b"s", b"e", b"a"),
        *(b"R", b"b", b"o", b"0", b"1", b"2", b"q\x00", b"h\x00", b"\x94", b"Q", b"\x81", b"\x92", b"\x93", b"\x8f"),
        *(b"X\x01\x00\x00\x00w", b"ccollections\nOrderedDict\n", b"ctorch\nFloatStorage\n", b"cx\ny\n", b"ia\nb\n"),
        *(b"ctorch._utils\n_rebuild_tensor_v2\n", b"ctorch._utils\n_rebuild_parameter\n", b"ctorch\nSize\n"),
        *(b"S'\\q'\n", b"V\\u0041\n", b"I01\n", b"F1.5\n", b"L5L\n", b"\x88", b"\x89", b"\x91", b"\x90", b"Pid\n"),
    )
    random_ = random.Random(6)  # noqa: S311
    for _ in range(ROUNDS):
        data = b"".join(random_.choices(pieces, k=random_.randrange(1, 60))) + b"."
        try:
            read_bytes(archive(data, {}))
        except SafelightError as error:
            assert error.message.isprintable()
