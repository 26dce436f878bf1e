"""SHA-256 of models, and when it is computed again."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from safelight.catalog.hashing import HashCache, hashed_files, sha256_of
from safelight.catalog.inspection import inspect
from safelight.domain.errors import CorruptFile, NotFound

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteSafetensors


class Seen(list[tuple[int, int]]):
    """Progress that was told."""

    def __call__(self, done: int, total: int) -> None:
        self.append((done, total))


def test_hash_and_progress(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(bytes(9_000_000))
    seen = Seen()
    value = sha256_of(path, progress=seen)
    assert value == hashlib.sha256(bytes(9_000_000)).hexdigest()
    assert seen == [(4_194_304, 9_000_000), (8_388_608, 9_000_000), (9_000_000, 9_000_000)]


def test_known_hashes_are_not_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"abc")
    cache = HashCache(tmp_path / "cache")
    assert cache.known(path) is None
    value = cache.sha256(path)
    seen = Seen()
    again = HashCache(tmp_path / "cache")
    assert (again.known(path), again.sha256(path, progress=seen), seen) == (value, value, [])


def test_a_changed_file_is_hashed_again(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"abc")
    cache = HashCache(tmp_path / "cache")
    before = cache.sha256(path)
    path.write_bytes(b"xyz")
    os.utime(path, ns=(1, 1))
    assert cache.known(path) is None
    assert cache.sha256(path) == hashlib.sha256(b"xyz").hexdigest() != before


def test_another_file_of_the_same_size_and_time_has_its_own_checksum(tmp_path: Path) -> None:
    cache, path, other = HashCache(tmp_path / "cache"), tmp_path / "model", tmp_path / "other"
    path.write_bytes(b"abc")
    other.write_bytes(b"xyz")
    for file in (path, other):
        os.utime(file, ns=(1, 1))
    cache.sha256(path)
    other.replace(path)
    assert cache.known(path) is None
    assert cache.sha256(path) == hashlib.sha256(b"xyz").hexdigest()


def test_only_files_that_are_there_as_they_were_are_remembered(tmp_path: Path) -> None:
    cache, files = HashCache(tmp_path / "cache"), [tmp_path / name for name in ("a|b", "lost", "other")]
    for file in files:
        file.write_text(file.name)
        cache.sha256(file)
    cache.sha256(*files)
    cache.sha256(files[0], files[0])
    files[1].unlink()
    files[2].write_text("longer than before")
    (tmp_path / "new").write_text("new")
    cache.sha256(tmp_path / "new")
    kept = json.loads((tmp_path / "cache" / "hashes.json").read_text())
    names = [[Path(line.rsplit("|", 3)[0]).name for line in key.split("\n")] for key in kept]
    assert sorted(names) == [["a|b"], ["a|b", "a|b"], ["new"]]


@pytest.mark.parametrize("damaged", [b"", b"[]", b"{", b"\xff", b'{"x": 3}', b"[" * 100_000])
def test_a_damaged_cache_is_begun_anew(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"abc")
    (tmp_path / "hashes.json").write_bytes(damaged)
    cache = HashCache(tmp_path)
    assert cache.sha256(path) == cache.known(path)


def test_a_cache_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"abc")
    assert HashCache(path / "no-folder").sha256(path) == hashlib.sha256(b"abc").hexdigest()


def test_many_may_remember_at_once(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}" for number in range(40)]
    for file in files:
        file.write_text(file.name)

    def remember(file: Path) -> str:
        return HashCache(tmp_path / "cache").sha256(file)

    with ThreadPoolExecutor(8) as threads:
        values = list(threads.map(remember, files))
    assert [HashCache(tmp_path / "cache").known(file) for file in files] == values


def test_missing_and_empty_files(tmp_path: Path) -> None:
    cache = HashCache(tmp_path / "cache")
    with pytest.raises(NotFound):
        cache.sha256(tmp_path / "absent")
    (tmp_path / "empty").touch()
    with pytest.raises(CorruptFile):
        cache.sha256(tmp_path / "empty")


def test_a_folder_is_known_by_its_backbone(tmp_path: Path, write_safetensors: WriteSafetensors) -> None:
    weights = write_safetensors("sd/unet/diffusion_pytorch_model.safetensors", {"w": (4,)})
    (tmp_path / "sd" / "model_index.json").write_text(
        '{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}'
    )
    (weights.parent / "config.json").write_text("{}")
    assert hashed_files(inspect(tmp_path / "sd")) == (weights,)
    assert hashed_files(inspect(weights)) == (weights,)
