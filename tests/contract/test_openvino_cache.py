"""The folder of converted networks: whole or not at all, within its size, whoever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from safelight.domain.errors import StorageFailed
from safelight.engines.diffusers.acceleration.cache import Cache, Entry

UNLIMITED = 10**12


def save(graph: Path, size: int = 1000) -> None:
    graph.write_text("<net/>")
    graph.with_suffix(".bin").write_bytes(bytes(size))


def written(cache: Cache, name: str, used: int = 0) -> Entry:
    entry = cache.entry({"network": name})
    entry.write(save)
    if used:
        os.utime(entry.folder / "facts.json", (used, used))
    return entry


def test_an_entry_is_found_by_all_that_it_depends_on(tmp_path: Path) -> None:
    entry = written(Cache(tmp_path, UNLIMITED), "unet")
    assert Cache(tmp_path, UNLIMITED).entry({"network": "unet"}).ready
    assert not Cache(tmp_path, UNLIMITED).entry({"network": "unet", "openvino": "another"}).ready
    assert entry.graph.read_text() == "<net/>"


def test_what_was_compiled_is_given_back_whole_or_not(tmp_path: Path) -> None:
    entry = written(Cache(tmp_path, UNLIMITED), "unet")
    assert entry.blob("64x64") is None
    entry.keep_blob("64x64", b"compiled")
    assert (entry.blob("64x64"), entry.blob("32x32")) == (b"compiled", None)
    [file] = entry.folder.glob("*.blob")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert entry.blob("64x64") is None


@pytest.mark.parametrize("name", ["network.xml", "network.bin", "facts.json"])
def test_a_damaged_or_foreign_entry_is_not_ready_and_is_written_anew(tmp_path: Path, name: str) -> None:
    entry = written(Cache(tmp_path, UNLIMITED), "unet")
    (entry.folder / name).write_bytes(b"{}")
    assert not entry.ready
    entry.write(save)
    assert entry.ready


def test_damage_in_the_middle_of_the_weights_is_seen(tmp_path: Path) -> None:
    def large(graph: Path) -> None:
        save(graph)
        graph.with_suffix(".bin").write_bytes(os.urandom(2**20) * 40)

    entry = Cache(tmp_path, UNLIMITED).entry({"network": "unet"})
    entry.write(large)
    assert entry.ready
    with entry.weights.open("r+b") as file:
        file.seek(15 * 2**20)
        file.write(bytes(5 * 2**20))
    assert not entry.ready


def test_the_least_recently_used_go_first_and_what_is_in_use_stays(tmp_path: Path) -> None:
    before = Cache(tmp_path, UNLIMITED)
    entries = {name: written(before, name, used) for used, name in enumerate(("oldest", "older", "newer"), start=1)}
    entries["older"].keep_blob("64x64", bytes(5000))
    size = sum(file.stat().st_size for file in entries["newer"].folder.iterdir())
    cache = Cache(tmp_path, 2 * size + 100)
    cache.entry({"network": "oldest"}).used()
    written(cache, "new")
    assert [name for name in entries if entries[name].ready] == ["oldest"]
    assert cache.entry({"network": "new"}).ready


@pytest.mark.parametrize(
    ("error", "raised"), [(OSError(28, "No space left on device"), StorageFailed), (RuntimeError("no"), RuntimeError)]
)
def test_a_failed_write_leaves_nothing(tmp_path: Path, error: Exception, raised: type[Exception]) -> None:
    def full(graph: Path) -> None:
        save(graph)
        raise error

    with pytest.raises(raised):
        Cache(tmp_path, UNLIMITED).entry({"network": "unet"}).write(full)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_nothing_is_written_onto_a_disk_without_room(tmp_path: Path) -> None:
    entry = Cache(tmp_path, UNLIMITED).entry({"network": "unet"})
    with pytest.raises(StorageFailed, match="No space left"):
        entry.write(save, room=10**18)
    assert not entry.ready


def test_a_killed_writer_is_cleared_away_but_not_a_living_one(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom safelight.engines.diffusers.acceleration.cache import Cache\n"
        "def save(graph):\n    graph.write_text('half')\n    print('writing', flush=True)\n    sys.stdin.read()\n"
        f"Cache(Path({str(tmp_path)!r}), 10**12).entry({{'network': 'unet'}}).write(save)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout and writer.stdout.readline() == "writing\n"
    [part] = tmp_path.glob("*.part")
    assert Cache(tmp_path, UNLIMITED) and part.exists()
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    cache = Cache(tmp_path, UNLIMITED)
    assert not part.exists()
    assert written(cache, "unet").ready


def test_without_a_folder_it_goes_with_the_cache() -> None:
    cache = Cache(None, UNLIMITED)
    folder = cache.folder
    assert written(cache, "unet").ready
    del cache
    assert not folder.exists()
