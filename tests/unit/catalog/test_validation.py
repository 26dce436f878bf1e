"""Reading whole models: what is missing or damaged is found wherever it is."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from safelight.catalog.validation import Whole, read_whole
from safelight.domain.errors import CorruptFile, NotFound

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteSafetensors


def filled(path: Path) -> Path:
    """The same file with numbers that are not zero."""
    raw = path.read_bytes()
    path.write_bytes(raw.rstrip(b"\0") + b"\x3c" * (len(raw) - len(raw.rstrip(b"\0"))))
    return path


def test_a_whole_file_and_its_progress(write_safetensors: WriteSafetensors) -> None:
    path = filled(write_safetensors("a.safetensors", {"w": (3_000_000,)}))
    seen: list[tuple[int, int]] = []
    whole = read_whole(path, lambda done, total: seen.append((done, total)))
    assert whole == Whole(files=1, bytes=path.stat().st_size, checked=whole.checked)
    assert whole.checked.startswith("Some numbers of 1 of 1 tensors were looked at")
    assert seen[0] == (4_194_304, path.stat().st_size) and seen[-1] == (path.stat().st_size,) * 2


def test_an_exception_from_progress_ends_it(write_safetensors: WriteSafetensors) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_whole(write_safetensors("a.safetensors", {"w": (10,)}), stop)


@pytest.mark.parametrize("zeros", [500_000, 2_000_000])
def test_zeros_at_the_end_are_doubted_when_they_are_many(write_safetensors: WriteSafetensors, zeros: int) -> None:
    path = filled(write_safetensors("a.safetensors", {"w": (4_000_000,)}))
    with path.open("r+b") as file:
        file.seek(-zeros, io.SEEK_END)
        file.write(bytes(zeros))
    doubts = read_whole(path).doubts
    assert bool(doubts) is (zeros > 2**20)
    assert not doubts or f"{zeros:,} bytes of a.safetensors are zeros" in doubts[0]


def test_a_truncated_file_is_corrupt(write_safetensors: WriteSafetensors) -> None:
    path = write_safetensors("a.safetensors", {"w": (100,)})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptFile, match="truncated"):
        read_whole(path)


def torch_file(path: Path) -> Path:
    """A checkpoint with one tensor of a megabyte."""
    import torch

    torch.save({"state_dict": {"w": torch.arange(250_000, dtype=torch.float32)}}, path)
    return path


def test_a_flipped_bit_in_a_torch_checkpoint_is_found(tmp_path: Path) -> None:
    path = torch_file(tmp_path / "a.ckpt")
    assert read_whole(path).bytes > 1_000_000
    with zipfile.ZipFile(path) as archive:
        place = max(archive.infolist(), key=lambda member: member.file_size).header_offset
    with path.open("r+b") as file:
        file.seek(place + 500_000)
        byte = file.read(1)[0]
        file.seek(place + 500_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(CorruptFile, match="is damaged"):
        read_whole(path)


def test_every_part_of_a_folder_is_read(tmp_path: Path, write_safetensors: WriteSafetensors) -> None:
    unet = filled(write_safetensors("sd/unet/diffusion_pytorch_model.safetensors", {"w": (4,)}))
    vae = filled(write_safetensors("sd/vae/diffusion_pytorch_model.safetensors", {"w": (4,)}))
    for part in (unet, vae):
        (part.parent / "config.json").write_text("{}")
    index = {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (tmp_path / "sd" / "model_index.json").write_text(json.dumps(index))
    whole = read_whole(tmp_path / "sd")
    assert (whole.files, whole.bytes) == (2, unet.stat().st_size + vae.stat().st_size)
    vae.write_bytes(vae.read_bytes()[:-1])
    with pytest.raises(CorruptFile, match="vae"):
        read_whole(tmp_path / "sd")


def test_every_shard_is_read(tmp_path: Path, write_safetensors: WriteSafetensors) -> None:
    first = filled(write_safetensors("m-00001-of-00002.safetensors", {"a": (4,)}))
    second = filled(write_safetensors("m-00002-of-00002.safetensors", {"b": (4,)}))
    index = tmp_path / "m.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": first.name, "b": second.name}}))
    assert read_whole(index).files == 2
    index.write_text(json.dumps({"weight_map": {"a": second.name, "b": second.name}}))
    with pytest.raises(CorruptFile, match='promises a tensor "a"'):
        read_whole(index)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_whole(tmp_path / "absent.safetensors")
