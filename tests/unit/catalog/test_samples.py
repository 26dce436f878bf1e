"""Looking at some numbers of a file: what can't be weights is told, wherever its header is in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from safelight.catalog.samples import Looked, look
from safelight.domain.errors import CorruptFile

RANDOM = np.random.default_rng(0)


def saved(path: Path, **tensors: np.ndarray) -> list[Path]:
    path.write_bytes(safetensors.numpy.save(tensors))
    return [path]


def weights(kind: str = "float32", count: int = 10_000) -> np.ndarray:
    return RANDOM.standard_normal(count).astype(kind)


def test_what_was_looked_at_is_said(tmp_path: Path) -> None:
    found = look(saved(tmp_path / "a.safetensors", a=weights(), b=weights("float16"), bias=np.zeros(100, "float32")))
    assert found == Looked(tensors=3, looked_at=2)
    assert found.sentence.startswith("Some numbers of 2 of 3 tensors were looked at, for zeros and NaN")


def test_zeros_instead_of_every_weight_are_damage_and_beside_weights_a_doubt(tmp_path: Path) -> None:
    zeros = np.zeros(10_000, "float32")
    with pytest.raises(CorruptFile, match=r"a\.safetensors holds zeros where its weights should be"):
        look(saved(tmp_path / "a.safetensors", a=zeros, b=zeros, bias=weights(count=4)))
    (doubt,) = look(saved(tmp_path / "b.safetensors", a=zeros, b=weights())).doubts
    assert doubt == '1 of 2 tensors of b.safetensors seem to hold zeros only: "a".'
    partly = zeros.copy()
    partly[-1] = 1
    assert look(saved(tmp_path / "c.safetensors", a=partly)).doubts == ()


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("place", [0, 5_000, -1])
def test_what_is_no_number_is_damage_and_infinity_is_not(tmp_path: Path, kind: str, place: int) -> None:
    numbers = weights(kind)
    numbers[place] = -np.inf
    assert look(saved(tmp_path / "inf.safetensors", w=numbers)).doubts == ()
    numbers[place] = np.nan
    with pytest.raises(CorruptFile, match=r'no number \(NaN\), in "w"'):
        look(saved(tmp_path / "nan.safetensors", w=numbers))


def test_bfloat16_is_told_from_float16(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    large = torch.full((10_000,), 3e38, dtype=torch.bfloat16)  # the bits of a NaN in float16
    save_file({"w": large}, tmp_path / "a.safetensors")
    assert look([tmp_path / "a.safetensors"]).looked_at == 1
    large[5] = float("nan")
    save_file({"w": large}, tmp_path / "a.safetensors")
    with pytest.raises(CorruptFile, match="NaN"):
        look([tmp_path / "a.safetensors"])


def test_torch_files_and_truncated_ones(tmp_path: Path) -> None:
    import torch

    torch.save({"state_dict": {"w": torch.full((10_000,), torch.nan)}}, tmp_path / "a.ckpt")
    with pytest.raises(CorruptFile, match="NaN"):
        look([tmp_path / "a.ckpt"])
    (path,) = saved(tmp_path / "a.safetensors", w=weights())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptFile, match="truncated"):
        look([path])


def test_of_very_many_tensors_some_are_looked_at_all_over_the_file(tmp_path: Path) -> None:
    many = {f"{number:04}": np.ones(1024, "float32") for number in range(1200)}
    found = look(saved(tmp_path / "a.safetensors", **many))
    assert (found.tensors, found.looked_at) == (1200, 400)
