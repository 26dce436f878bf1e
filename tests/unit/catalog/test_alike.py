"""Files with the same tensors are told once, and never told wrongly for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.catalog.sparse import write_sparse

from safelight.catalog import alike
from safelight.catalog.alike import inspect_file
from safelight.catalog.headers import Header, read_header
from safelight.catalog.headers.safetensors import parse
from safelight.catalog.inspection import Inspection, inspect_header
from safelight.domain.errors import CorruptFile, SafelightError

SHAPES = {
    "model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3),
    "model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.weight": (8, 1024),
    "first_stage_model.decoder.conv_in.weight": (8, 4, 3, 3),
    "cond_stage_model.model.ln_final.weight": (1024,),
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files whose headers were read tensor by tensor, from a clean start."""
    seen: list[str] = []

    def counted(raw: bytes, size: int, name: str) -> Header:
        seen.append(name)
        return parse(raw, size, name)

    monkeypatch.setattr(alike, "_TOLD", {})
    monkeypatch.setattr(alike, "parse", counted)
    return seen


def directly(path: Path) -> Inspection:
    return inspect_header(path, read_header(path))


def test_the_second_file_with_the_same_tensors_is_told_by_the_first(tmp_path: Path, read: list[str]) -> None:
    first = write_sparse(tmp_path / "a.safetensors", SHAPES, {"author": "Zoë"})
    second = write_sparse(tmp_path / "b.safetensors", SHAPES, {"author": "somebody else, with a longer name"})
    bare = write_sparse(tmp_path / "c.safetensors", SHAPES)
    for path in (first, second, bare, bare):
        assert inspect_file(path) == directly(path)
    assert read == [first.name, bare.name]  # a table at the file's start has no comma before it


@pytest.mark.parametrize("said", ["v", "epsilon", None])
def test_metadata_that_matters_is_compared(tmp_path: Path, read: list[str], said: str | None) -> None:
    """Stable Diffusion 2 predicts this or that, which only the metadata says."""
    plain = write_sparse(tmp_path / "plain.safetensors", SHAPES, {"other": "x"})
    other = write_sparse(
        tmp_path / "other.safetensors",
        SHAPES,
        {"modelspec.prediction_type": said, "other": "y"} if said else {"z": "y"},
    )
    assert inspect_file(plain).model.prediction is None
    assert inspect_file(other) == directly(other)
    assert inspect_file(other).model.prediction == {"v": "v_prediction", "epsilon": "epsilon", None: None}[said]
    assert inspect_file(plain).model.prediction is None
    assert read == ([plain.name] if said is None else [plain.name, other.name])


def change(path: Path, how: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(how(path.read_bytes()))
    return path


@pytest.mark.parametrize(
    "how",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"\0",
        lambda raw: raw.replace(b'{"author": "x"}', b'{"author": {} }'),
        lambda raw: raw.replace(b'{"author": "x"}', b'{"author": 1  }'),
        lambda raw: raw.replace(b'"author": "x"', b'"a": 1,"a": 2'),
        lambda raw: raw.replace(b'{"author": "x"}', b'{"author": "\xff"}'),
        lambda raw: raw.replace(b"__metadata__", b"__metadata_!"),
    ],
    ids=["cut", "longer", "nested", "number", "twice", "no text", "another name"],
)
def test_what_is_wrong_with_a_file_is_told_although_another_has_its_tensors(
    tmp_path: Path, read: list[str], how: Callable[[bytes], bytes]
) -> None:
    whole = write_sparse(tmp_path / "whole.safetensors", SHAPES, {"author": "x"})
    inspect_file(whole)
    wrong = change(write_sparse(tmp_path / "wrong.safetensors", SHAPES, {"author": "x"}), how)
    with pytest.raises(CorruptFile) as caught:
        inspect_file(wrong)
    with pytest.raises(CorruptFile) as wanted:
        directly(wrong)
    assert str(caught.value) == str(wanted.value)


def test_metadata_that_comes_twice_is_refused(tmp_path: Path, read: list[str]) -> None:
    whole = write_sparse(tmp_path / "whole.safetensors", SHAPES, {"author": "x"})
    inspect_file(whole)
    raw = whole.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = raw[8 : 8 + length].replace(b'{"author": "x"}', b'{"author": "x", "author": "x"}')
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(len(header).to_bytes(8, "little") + header + raw[8 + length :])
    with pytest.raises(CorruptFile, match="twice"):
        inspect_file(wrong)


def test_other_places_of_the_same_tensors_are_another_table(tmp_path: Path, read: list[str]) -> None:
    first = write_sparse(tmp_path / "a.safetensors", SHAPES, {"author": "x"})
    second = write_sparse(tmp_path / "b.safetensors", dict(reversed(SHAPES.items())), {"author": "x"})
    assert inspect_file(first).model.parts == inspect_file(second).model.parts
    assert read == [first.name, second.name]


def test_files_of_other_formats_are_told_as_ever(tmp_path: Path, read: list[str]) -> None:
    for name, raw in (("a", b""), ("b", b"GGUF"), ("c", b"\x02\0\0\0\0\0\0\0{}"), ("d", json.dumps({}).encode())):
        path = tmp_path / name
        path.write_bytes(raw)
        try:
            wanted: object = directly(path)
        except SafelightError as error:
            with pytest.raises(type(error)):
                inspect_file(path)
        else:
            assert inspect_file(path) == wanted
