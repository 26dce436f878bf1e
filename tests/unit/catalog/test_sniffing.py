"""What a file is, told from its content whatever its name says."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from safelight.catalog.headers import read_header
from safelight.domain.errors import CorruptFile, UnsupportedModel
from safelight.domain.models import ModelFormat

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteSafetensors


def test_names_do_not_matter(tmp_path: Path, write_safetensors: WriteSafetensors) -> None:
    path = write_safetensors("a.safetensors", {"x": (2,)})
    assert read_header(path).format is ModelFormat.SAFETENSORS
    assert read_header(Path(shutil.copy(path, tmp_path / "a.ckpt"))).format is ModelFormat.SAFETENSORS
    torch.save({"x": torch.zeros(2)}, tmp_path / "b.safetensors")
    assert read_header(tmp_path / "b.safetensors").format is ModelFormat.CKPT


def test_old_torch_files_are_told_how_to_be_saved_again(tmp_path: Path) -> None:
    path = tmp_path / "old.pt"
    torch.save({"x": torch.zeros(2)}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(UnsupportedModel, match=r"layout before torch 1\.6") as caught:
        read_header(path)
    assert caught.value.hint is not None
    assert "torch.save" in caught.value.hint


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 4265146304\n" % (b"a" * 64)


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        pytest.param(b"", CorruptFile, r"empty \(0 bytes\)", id="empty"),
        pytest.param(b"abc", CorruptFile, "only 3 bytes", id="three bytes"),
        pytest.param(b"\n<!DOCTYPE html><html>", CorruptFile, "web page", id="html"),
        pytest.param(b"<html lang=en>", CorruptFile, "web page", id="html without doctype"),
        pytest.param(LFS, CorruptFile, "Git LFS pointer, not the file of 4,265,146,304 bytes", id="lfs"),
        pytest.param(b"GGUF\x03\0\0\0{", CorruptFile, "truncated", id="gguf"),
        pytest.param(b"PK\x05\x06" + bytes(18), CorruptFile, "empty zip", id="empty zip"),
        pytest.param(b"PK\x03\x04" + bytes(18), CorruptFile, "truncated", id="zip"),
        pytest.param(bytes(1000), CorruptFile, "zeros", id="zeros"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), UnsupportedModel, "PNG picture", id="png"),
        pytest.param(b"\x80\x04\x95\x05\0\0\0\0\0\0\0", UnsupportedModel, "bare Python pickle", id="pickle"),
        pytest.param(b"Hello, this is text.", UnsupportedModel, r'48 65 .* \("Hello, this', id="text"),
        pytest.param(b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", UnsupportedModel, "begins with 01 02", id="other"),
    ],
)
def test_what_is_no_model_is_named(
    tmp_path: Path, content: bytes, error: type[CorruptFile | UnsupportedModel], said: str
) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(error, match=said) as caught:
        read_header(path)
    assert caught.value.message.startswith("model.safetensors ")
    assert caught.value.message.isprintable()
