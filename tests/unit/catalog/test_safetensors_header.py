"""Headers of safetensors files: what is read, and what is refused with which sentence."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from safelight.catalog.headers import safetensors
from safelight.catalog.headers.safetensors import parse, read_header
from safelight.domain.errors import CorruptFile, InvalidInput, NotFound, SafelightError, UnsupportedModel

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteSafetensors


def raw_file(folder: Path, header: object, data: bytes = b"", name: str = "apple.safetensors") -> Path:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path = folder / name
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + data)
    return path


def entry(dtype: object = "F32", shape: object = (1,), offsets: object = (0, 4)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_offsets_lead_to_the_numbers_that_the_library_wrote(tmp_path: Path) -> None:
    path = tmp_path / "apple.safetensors"
    save_file(
        {"a": torch.arange(6, dtype=torch.float32).reshape(2, 3), "b": torch.tensor(5, dtype=torch.int64)},
        path,
        {"modelspec.title": "Apple"},
    )
    header = read_header(path)
    a = header.tensors["a"]
    numbers = np.frombuffer(path.read_bytes(), np.float32, count=6, offset=a.offset)
    assert (a.dtype, a.shape, a.nbytes, a.strides) == ("F32", (2, 3), 24, None)
    assert numbers.tolist() == [0, 1, 2, 3, 4, 5]
    assert header.tensors["b"].shape == ()
    assert header.metadata == {"modelspec.title": "Apple"}
    assert header.size == path.stat().st_size
    assert header.main_dtype() == "F32"


@pytest.mark.parametrize(
    "dtype",
    [
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
        *(torch.uint16, torch.uint32, torch.uint64),
    ],
    ids=str,
)
def test_every_number_type_is_known(tmp_path: Path, dtype: torch.dtype) -> None:
    path = tmp_path / "types.safetensors"
    save_file({"x": torch.zeros(3, dtype=dtype)}, path)
    assert read_header(path).tensors["x"].nbytes == 3 * dtype.itemsize


def test_types_narrower_than_a_byte(tmp_path: Path) -> None:
    path = raw_file(tmp_path, {"x": entry("F4", [4], [0, 2]), "y": entry("F6_E2M3", [4], [2, 5])}, bytes(5))
    assert [tensor.nbytes for tensor in read_header(path).tensors.values()] == [2, 3]


def test_truncated_data_says_what_was_promised(tmp_path: Path, write_safetensors: WriteSafetensors) -> None:
    path = write_safetensors("apple.safetensors", {"x": (1000, 10)})
    whole = path.stat().st_size
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(CorruptFile) as caught:
        read_header(path)
    assert caught.value.message == (
        f"apple.safetensors is truncated: its header promises {whole:,} bytes, the file has 9,000."
    )
    assert caught.value.hint


@pytest.mark.parametrize(
    ("header", "data", "said"),
    [
        pytest.param({"x": entry(), "y": entry()}, bytes(4), "overlaps", id="overlap"),
        pytest.param({"x": entry(), "y": entry(offsets=(8, 12))}, bytes(12), "gap", id="gap"),
        pytest.param({"x": entry()}, bytes(9), "5 bytes more", id="trailing"),
        pytest.param({"x": entry(shape=(2,))}, bytes(4), "2 numbers of F32", id="size"),
        pytest.param({"x": entry(offsets=(4, 0))}, bytes(4), "data_offsets", id="backwards"),
        pytest.param({"x": entry(offsets=(0, 2**62))}, bytes(4), "numbers of F32", id="huge offset"),
        pytest.param({"x": entry(shape=(2**62, 2**62))}, bytes(4), "numbers of F32", id="huge shape"),
        pytest.param({"x": entry(shape=[1] * 100)}, bytes(4), "shape", id="many dimensions"),
        pytest.param({"x": entry(shape=(-1,))}, bytes(4), "shape", id="negative"),
        pytest.param({"x": entry(shape=(True,))}, bytes(4), "shape", id="boolean"),
        pytest.param({"x": entry(shape=(1.0,))}, bytes(4), "shape", id="float"),
        pytest.param({"x": entry(dtype=3)}, bytes(4), "number type", id="type not text"),
        pytest.param({"x": {"dtype": "F32"}}, b"", "exactly", id="fields"),
        pytest.param({"x": 5}, b"", "exactly", id="no table"),
        pytest.param([], b"", "not a table", id="list"),
        pytest.param({"__metadata__": {"a": 1}}, b"", "not text", id="metadata value"),
        pytest.param({"__metadata__": []}, b"", "metadata", id="metadata"),
        pytest.param(b'{"x": ', b"", "not valid JSON", id="json"),
        pytest.param(b'{"\xff": 1}', b"", "not valid JSON", id="utf-8"),
        pytest.param(b'{"a":' * 100_000, b"", "nested too deeply", id="depth"),
        pytest.param(b'{"x": ' + b"9" * 10_000 + b"}", b"", "not valid JSON", id="long number"),
        pytest.param(b'{"x":{"dtype":1,"dtype":2}}', b"", '"dtype" twice', id="duplicate field"),
        pytest.param(b'{"x":{},"x":{}}', b"", '"x" twice', id="duplicate name"),
    ],
)
def test_malformed_headers_are_refused_with_what_was_seen(
    tmp_path: Path, header: object, data: bytes, said: str
) -> None:
    with pytest.raises(CorruptFile, match=said):
        read_header(raw_file(tmp_path, header, data))


@pytest.mark.parametrize(
    ("start", "said"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\x02\x00", "only 2 bytes", id="two bytes"),
        pytest.param((50).to_bytes(8, "little") + b"{}", "header alone takes 58 bytes, the file has 10", id="short"),
        pytest.param((2**63).to_bytes(8, "little") + b"{}", "9,223,372,036,854,775,808", id="absurd length"),
    ],
)
def test_broken_lengths(tmp_path: Path, start: bytes, said: str) -> None:
    path = tmp_path / "apple.safetensors"
    path.write_bytes(start)
    with pytest.raises(CorruptFile, match=said):
        read_header(path)


def test_unknown_number_type_is_unsupported_and_made_printable(tmp_path: Path) -> None:
    path = raw_file(tmp_path, {"x\x1b[2J": entry("Q9\ud800")}, bytes(4))
    with pytest.raises(UnsupportedModel) as caught:
        read_header(path)
    assert caught.value.message.isprintable()


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_header(tmp_path / "absent.safetensors")
    with pytest.raises(InvalidInput, match="folder"):
        read_header(tmp_path)
    with pytest.raises(InvalidInput, match="device"):
        read_header(Path("/dev/null"))


SOUND = (
    b'{"__metadata__":{"format":"pt","ss":"{\\"a\\": 1}"},"b":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},'
    b'"a":{"dtype":"F32","shape":[],"data_offsets":[12,16]},"c":{"dtype":"I8","shape":[0],"data_offsets":[16,16]}}'
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"a":', b'"b":', '"b" twice'),
        (b'"dtype":"F32"', b'"dtype":"F32","dtype":"F32"', '"dtype" twice'),
        (b'"dtype":"F32"', b'"dtype":"F32","d\\u0074ype":"F32"', '"dtype" twice'),
        (b'"format":"pt"', b'"format":"pt","format":"pt"', '"format" twice'),
        (b'"c":{', b'"__metadata__":{"d":"e"},"c":{', '"__metadata__" twice'),
    ],
)
def test_what_is_there_twice_is_found_in_headers_that_are_else_sound(old: bytes, new: bytes, said: str) -> None:
    assert list(parse(SOUND, len(SOUND) + 24, "x").tensors) == ["b", "a", "c"]
    raw = SOUND.replace(old, new)
    with pytest.raises(CorruptFile, match=said):
        parse(raw, len(raw) + 24, "x")


def test_headers_are_read_at_once_just_as_they_are_read_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each header changed a little in a hundred ways, sound and unsound."""
    pretty = json.dumps(json.loads(SOUND), indent=1).encode()
    bare = b"{" + SOUND[SOUND.index(b'"b"') :]
    random, seen = Random(5), Counter[str]()  # noqa: S311 - the same changes each time
    pieces = [b'"', b"\\", b",", b"{", b"}", b"1", b"-", b".5", b"e9", b"true", b'"a"', b"[", b"]", b"\xff", b" ", b""]
    for raw in (SOUND, pretty, bare):
        for _ in range(4000):
            at, length = random.randrange(len(raw)), random.choice((0, 1, 1, 2, 5))
            changed = raw[:at] + random.choice(pieces) + raw[at + length :]
            size = 8 + len(changed) + 16
            quick = outcome(changed, size)
            with monkeypatch.context() as closely:
                closely.setattr(safetensors, "_at_once", lambda *_: None)
                assert quick == outcome(changed, size), changed
            seen[type(quick).__name__] += 1
    assert min(seen["Header"], seen["tuple"]) > 200


def outcome(raw: bytes, size: int) -> object:
    """The header, or what is said against it."""
    try:
        return parse(raw, size, "x")
    except SafelightError as error:
        return type(error), error.message
