"""Damaged model files of every format: only Safelight's own errors come out, soon, and in bounded memory.

The fast tier has a sample; `make test-chaos` runs more than 100,000 damaged files through the three header parsers and
through detection.
"""

from __future__ import annotations

import io
import json
import random
import resource
import struct
import time
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from safelight.catalog.detection import Detection, detect
from safelight.catalog.headers import pickles, read_open
from safelight.catalog.headers.torch_objects import TorchBuilder
from safelight.domain.errors import SafelightError
from tests.chaos.conftest import Counts

FEW, MANY = 300, 11_000
"""Damaged files of each kind in the fast tier, and under `--chaos`."""

CPU_SECONDS_EACH = 2.0
MEGABYTES = 300
"""How much the process may grow over all files of a kind."""

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


def megabytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def survives(
    rounds: int,
    seed: int,
    raw: bytes,
    read: Callable[[bytes], Detection],
    damage: Callable[[bytes, random.Random], bytes] = mutated,
) -> None:
    """Fails the test unless at least a third of the damaged files are refused, and all soon and properly."""
    random_ = random.Random(seed)  # noqa: S311 - repeatable on purpose
    before = megabytes()
    refused = 0
    for number in range(rounds):
        data = damage(raw, random_)
        start = time.process_time()
        try:
            found = read(data)
        except SafelightError as error:
            refused += 1
            assert error.message.isprintable(), (number, error.message)
        else:
            assert all(fact.isprintable() for fact in found.evidence), (number, found.evidence)
        assert time.process_time() - start < CPU_SECONDS_EACH, number
    assert megabytes() - before < MEGABYTES
    assert refused > rounds // 4


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


def safetensors(shapes: Mapping[str, tuple[int, ...]], metadata: Mapping[str, str]) -> bytes:
    """A whole safetensors file of zeros."""
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for key, shape in shapes.items():
        start, end = end, end + 2 * prod(shape)
        header[key] = {"dtype": "F16", "shape": list(shape), "data_offsets": [start, end]}
    raw = json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + bytes(end)


def test_safetensors(count: Counts) -> None:
    survives(count(FEW, MANY), 1, safetensors(SHAPES, {"modelspec.prediction_type": "v"}), read_bytes)


def test_safetensors_with_a_true_length(count: Counts) -> None:
    """The length field is mended after each mutation, so that the JSON is always reached."""
    raw = safetensors(SHAPES, {"modelspec.prediction_type": "v"})
    length = int.from_bytes(raw[:8], "little")
    assert json.loads(raw[8 : 8 + length])

    def read(header: bytes) -> Detection:
        return read_bytes(len(header).to_bytes(8, "little") + header + raw[8 + length :])

    survives(count(FEW, MANY), 2, raw[8 : 8 + length], read)


NUMBERS = ("-1", "0", "1", "2", "4", "18446744073709551616", "1e3", "9" * 5000, "[]", "null", '"F32"', "[[1]]")


def renumbered(raw: bytes, random_: random.Random) -> bytes:
    """A number of a safetensors header replaced by a worse one; offsets overlap, lengths lie, sides are huge."""
    text = raw.decode()
    places = [at for at, letter in enumerate(text) if letter.isdigit() and not text[at - 1].isalnum()]
    for at in sorted(random_.sample(places, k=random_.choice((1, 1, 2))), reverse=True):
        end = at
        while text[end].isdigit():
            end += 1
        text = (
            text[:at] + random_.choice((*NUMBERS, str(random_.randrange(1 << random_.randrange(1, 64))))) + text[end:]
        )
    return text.encode()


def test_numbers_of_safetensors(count: Counts) -> None:
    raw = safetensors(SHAPES, {"modelspec.prediction_type": "v"})
    length = int.from_bytes(raw[:8], "little")

    def read(header: bytes) -> Detection:
        return read_bytes(len(header).to_bytes(8, "little") + header + raw[8 + length :])

    survives(count(FEW, MANY), 7, raw[8 : 8 + length], read, renumbered)


def test_twice_the_same_name_and_deep_tables(count: Counts) -> None:
    """Whole entries are doubled, nested into each other, or made many."""
    entry = b'"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}'

    def damage(raw: bytes, random_: random.Random) -> bytes:
        match random_.randrange(4):
            case 0:
                return b"{" + b",".join([raw] * random_.randrange(2, 50)) + b"}"
            case 1:
                return b'{"a":' * random_.randrange(1, 100_000) + raw
            case 2:
                return b"[" * random_.randrange(1, 100_000)
            case _:
                entries = (raw.replace(b'"w"', b'"w%d"' % number) for number in range(random_.randrange(2, 2000)))
                return b"{" + b",".join(entries) + b"}"

    def read(header: bytes) -> Detection:
        return read_bytes(len(header).to_bytes(8, "little") + header + bytes(4))

    survives(count(FEW // 10, MANY // 10), 8, entry, read, damage)


def language_model(folder: Path) -> bytes:
    """A whole GGUF file as gguf's own writer makes it, with arrays and quantised tensors."""
    writer = gguf.GGUFWriter(folder / "m.gguf", "sd1")
    writer.add_name("Cats")
    writer.add_uint32("answer", 42)
    writer.add_array("words", ["a", "bc", "def"])
    writer.add_array("scores", [1, 2, 3])
    writer.add_array("comfy.gguf.orig_shape.conv", [2, 4, 4])
    for name, shape in SHAPES.items():
        writer.add_tensor(name, np.zeros(shape, np.float16))
    writer.add_tensor("conv", np.zeros((1, 32), np.float32))
    blocks = gguf.quantize(np.ones((2, 32), np.float32), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("blocks", blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return (folder / "m.gguf").read_bytes()


def test_gguf(tmp_path: Path, count: Counts) -> None:
    survives(count(FEW, MANY), 9, language_model(tmp_path), read_bytes)


def test_numbers_of_gguf(tmp_path: Path, count: Counts) -> None:
    """A whole number in the header replaced by a worse one: counts, lengths, types, sides and offsets lie."""
    whole = language_model(tmp_path)
    end = read_open(io.BytesIO(whole), len(whole), "m").tensors["model.diffusion_model.input_blocks.0.0.weight"].offset
    worse = (0, 1, 2, 8, 9, 31, 32, 33, 255, 1 << 16, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 62, (1 << 64) - 1)

    def damage(raw: bytes, random_: random.Random) -> bytes:
        data = bytearray(raw)
        for _ in range(random_.choice((1, 1, 1, 2, 3))):
            at = random_.randrange(4, end - 8)
            width = random_.choice((4, 8))
            data[at : at + width] = struct.pack("<Q", random_.choice(worse))[:width]
        return bytes(data)

    survives(count(FEW, MANY), 10, whole, read_bytes, damage)


def checkpoint(folder: Path, protocol: int) -> bytes:
    state = OrderedDict((name, torch.zeros(shape)) for name, shape in SHAPES.items())
    torch.save({"state_dict": state, "global_step": 3, "note": "x"}, folder / "m.ckpt", pickle_protocol=protocol)
    return (folder / "m.ckpt").read_bytes()


def test_torch_archives(tmp_path: Path, count: Counts) -> None:
    survives(count(FEW, MANY), 3, checkpoint(tmp_path, 2), read_bytes)


def test_directories_of_torch_archives(tmp_path: Path, count: Counts) -> None:
    """Only the zip directory at the end is damaged."""
    raw = checkpoint(tmp_path, 2)
    start = raw.index(b"PK\x01\x02")
    survives(count(FEW, MANY), 4, raw[start:], lambda data: read_bytes(raw[:start] + data))


@pytest.mark.parametrize("protocol", [2, 4])
def test_pickles_in_whole_archives(tmp_path: Path, count: Counts, protocol: int) -> None:
    """The archive is written anew around each damaged pickle, so that its checksum never hides it."""
    raw = checkpoint(tmp_path, protocol)
    end = raw.index(b"PK", 4)
    pickled = raw[raw.index(b"\x80", 30) : end]
    pickled = pickled[: pickled.rindex(b".") + 1]
    assert pickles.load(pickled, TorchBuilder())
    storages = {str(number): bytes(2000) for number in range(3)}
    survives(count(FEW, MANY), 5, pickled, lambda data: read_bytes(archive(data, storages)))


def test_random_opcodes(count: Counts) -> None:
    """Sequences of valid opcodes in random order reach deeper than damaged files do."""
    pieces = (
        *(b"(", b")", b"]", b"}", b"N", b"K\x05", b"\x85", b"\x86", b"\x87", b"t", b"l", b"d", b"u", b"s", b"e", b"a"),
        *(b"R", b"b", b"o", b"0", b"1", b"2", b"q\x00", b"h\x00", b"\x94", b"Q", b"\x81", b"\x92", b"\x93", b"\x8f"),
        *(b"X\x01\x00\x00\x00w", b"ccollections\nOrderedDict\n", b"ctorch\nFloatStorage\n", b"cx\ny\n", b"ia\nb\n"),
        *(b"ctorch._utils\n_rebuild_tensor_v2\n", b"ctorch._utils\n_rebuild_parameter\n", b"ctorch\nSize\n"),
        *(b"S'\\q'\n", b"V\\u0041\n", b"I01\n", b"F1.5\n", b"L5L\n", b"\x88", b"\x89", b"\x91", b"\x90", b"Pid\n"),
    )

    def damage(_: bytes, random_: random.Random) -> bytes:
        return b"".join(random_.choices(pieces, k=random_.randrange(1, 60))) + b"."

    survives(count(FEW, MANY), 6, b"", lambda data: read_bytes(archive(data, {})), damage)


def test_pickles_that_hold_themselves(count: Counts) -> None:
    """Lists and tables in circles, and tuples that double at each level, as a bomb does."""

    def damage(_: bytes, random_: random.Random) -> bytes:
        levels = random_.randrange(1, 5000)
        match random_.randrange(3):
            case 0:  # a table that holds itself
                return b"}q\x00" + b"X\x01\x00\x00\x00ah\x00s" * levels + b"."
            case 1:  # a list in a list, the innermost holds the outermost
                return b"}X\x01\x00\x00\x00a]q\x00" + b"]" * levels + b"h\x00" + b"a" * levels + b"as."
            case _:  # pairs of the same pair
                return b"}X\x01\x00\x00\x00aK\x01" + b"q\x01h\x01\x86" * levels + b"s."

    random_ = random.Random(11)  # noqa: S311 - repeatable on purpose
    before = megabytes()
    for number in range(count(FEW // 10, MANY // 10)):
        start = time.process_time()
        try:
            detect(read_open(io.BytesIO(data := archive(damage(b"", random_), {})), len(data), "fuzzed"))
        except SafelightError as error:
            assert error.message.isprintable(), (number, error.message)
        assert time.process_time() - start < CPU_SECONDS_EACH, number
    assert megabytes() - before < MEGABYTES


def test_names_that_keep_patterns_busy() -> None:
    """Names of a megabyte that look like layers of a LoRA."""
    names = (".alpha" * 170_000 + "!", "lora_unet_" + "_1" * 500_000, "a" * 10**6 + ".lora_down.weight", "\n" * 10**6)
    raw = safetensors({name: (1, 1) for name in (*names, "lora_unet_x.lora_up.weight")}, {})
    start = time.process_time()
    assert all(fact.isprintable() and len(fact) < 1000 for fact in read_bytes(raw).evidence)
    assert time.process_time() - start < CPU_SECONDS_EACH
