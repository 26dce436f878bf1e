"""Both image stores by one set of examples, then what only a disk can do: crash, fill up, and lead astray."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from safelight.domain.errors import InvalidInput, NotFound, StorageFailed
from safelight.domain.events import Artifact
from safelight.domain.request import Output, OutputFormat
from safelight.images.encode import encode
from safelight.images.store import DiskImageStore, ImageStore, MemoryImageStore

WHEN = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
JOB = "01jq5z7k3m"
DAY = Path("images", "2026", "03", "09")

BAD_NAMES = ["", ".", "..", "../0000.png", "/etc/passwd", "a/0000.png", "a\\0000.png", "0000.png\0", "0000.png\n"]
BAD_NAMES += [
    ".thumbs",
    "0000.gif",
    "0000.PNG",
    "\u0660000.png",
    "0000.png/",
    "x" * 5000,
    "\udcff.png",
    "C:0000.png",
]


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ImageStore:
    return DiskImageStore(tmp_path / "data") if request.param == "disk" else MemoryImageStore()


@pytest.fixture
def disk(tmp_path: Path) -> DiskImageStore:
    return DiskImageStore(tmp_path / "data")


def artifact(index: int = 0, kind: OutputFormat = OutputFormat.PNG) -> Artifact:
    return Artifact(index=index, seed=7, width=64, height=32, format=kind, infotext="")


def picture(shade: int = 0) -> bytes:
    return encode(np.full((320, 640, 3), shade, dtype=np.uint8), Output(), "")


def shade_of(data: bytes) -> int:
    return int(np.asarray(Image.open(io.BytesIO(data)).convert("L")).mean())


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


async def test_what_is_saved_is_read(store: ImageStore) -> None:
    assert await store.save(JOB, WHEN, artifact(0), b"first") == "0000.png"
    assert await store.save(JOB, WHEN, artifact(12, OutputFormat.JPEG), b"second") == "0012.jpg"
    assert await store.save(JOB, WHEN, artifact(13, OutputFormat.WEBP), b"third") == "0013.webp"
    assert await store.read(JOB, WHEN, "0000.png") == b"first"
    assert await store.read(JOB, WHEN, "0012.jpg") == b"second"
    assert await store.read(JOB, WHEN, "0013.webp") == b"third"


async def test_a_repeated_attempt_replaces(store: ImageStore) -> None:
    await store.save(JOB, WHEN, artifact(), picture(0))
    assert shade_of(await store.thumbnail(JOB, WHEN, "0000.png", 64)) < 10
    await store.save(JOB, WHEN, artifact(), picture(255))
    assert shade_of(await store.read(JOB, WHEN, "0000.png")) > 245
    assert shade_of(await store.thumbnail(JOB, WHEN, "0000.png", 64)) > 245


async def test_thumbnails_fit(store: ImageStore) -> None:
    await store.save(JOB, WHEN, artifact(), picture())
    for size in (16, 200, 200, 1024):
        small = Image.open(io.BytesIO(await store.thumbnail(JOB, WHEN, "0000.png", size)))
        assert (small.format, max(small.size)) == ("WEBP", min(size, 640))
    with pytest.raises(InvalidInput, match="16 to 1024"):
        await store.thumbnail(JOB, WHEN, "0000.png", 2000)


async def test_deleting_takes_all_of_one_job_and_twice_is_no_error(store: ImageStore) -> None:
    for job in (JOB, "another"):
        await store.save(job, WHEN, artifact(0), picture())
        await store.save(job, WHEN, artifact(1), picture())
        await store.thumbnail(job, WHEN, "0000.png", 64)

    await store.delete(JOB, WHEN)
    await store.delete(JOB, WHEN)
    await store.delete("never", WHEN)

    for name in ("0000.png", "0001.png"):
        with pytest.raises(NotFound):
            await store.read(JOB, WHEN, name)
        with pytest.raises(NotFound):
            await store.thumbnail(JOB, WHEN, name, 64)
    assert await store.read("another", WHEN, "0001.png") == picture()


@pytest.mark.parametrize("name", [*BAD_NAMES, "0001.png"])
async def test_names_of_nothing_are_not_found(store: ImageStore, name: str) -> None:
    await store.save(JOB, WHEN, artifact(), picture())
    with pytest.raises(NotFound, match="There is no picture"):
        await store.read(JOB, WHEN, name)
    with pytest.raises(NotFound):
        await store.path(JOB, WHEN, name)
    with pytest.raises(NotFound):
        await store.thumbnail(JOB, WHEN, name, 64)


@pytest.mark.parametrize("job", [*BAD_NAMES[:7], "UPPER", "x" * 65, "../2026/03/09/01jq5z7k3m"])
async def test_jobs_of_no_such_name_are_not_found(store: ImageStore, tmp_path: Path, job: str) -> None:
    await store.save(JOB, WHEN, artifact(), picture())
    with pytest.raises(NotFound):
        await store.read(job, WHEN, "0000.png")
    with pytest.raises(NotFound):
        await store.save(job, WHEN, artifact(), picture())
    with pytest.raises(NotFound):
        await store.delete(job, WHEN)
    assert await store.read(JOB, WHEN, "0000.png")


async def test_inputs_are_kept_until_dropped(store: ImageStore) -> None:
    kept, dropped = b"a picture", b"a mask"
    for data in (kept, dropped, kept):
        await store.keep_input(sha256(data), data)
    assert await store.read_input(sha256(dropped)) == dropped

    assert await store.drop_inputs({sha256(kept)}) == 1
    assert await store.drop_inputs({sha256(kept)}) == 0

    assert await store.read_input(sha256(kept)) == kept
    with pytest.raises(NotFound):
        await store.read_input(sha256(dropped))
    assert await store.drop_inputs([]) == 1


@pytest.mark.parametrize("name", ["", "..", "../../x", "A" * 64, "0" * 63, "0" * 64 + "\n", "0" * 64])
async def test_inputs_of_no_such_name_are_not_found(store: ImageStore, name: str) -> None:
    with pytest.raises(NotFound):
        await store.read_input(name)
    if name != "0" * 64:
        with pytest.raises(NotFound):
            await store.keep_input(name, b"data")


async def test_the_disk_has_a_folder_a_day_in_utc(disk: DiskImageStore, tmp_path: Path) -> None:
    await disk.save(JOB, WHEN, artifact(), picture())
    assert files_below(tmp_path / "data") == [(DAY / JOB / "0000.png").as_posix()]

    east = WHEN.astimezone(timezone(timedelta(hours=9)))
    assert east.day == 10
    assert await disk.path(JOB, east, "0000.png") == tmp_path / "data" / DAY / JOB / "0000.png"
    assert await disk.read(JOB, WHEN.replace(tzinfo=None), "0000.png")  # as SQLite gives it back


async def test_memory_has_no_path_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = files_below(tmp_path)
    store = MemoryImageStore()
    await store.save(JOB, WHEN, artifact(), picture())
    await store.keep_input(sha256(b"data"), b"data")
    await store.thumbnail(JOB, WHEN, "0000.png", 64)
    assert await store.path(JOB, WHEN, "0000.png") is None
    assert await store.tidy() == 0
    assert files_below(tmp_path) == before


async def test_thumbnails_are_cached_out_of_sight(disk: DiskImageStore, tmp_path: Path) -> None:
    await disk.save(JOB, WHEN, artifact(), picture())
    first = await disk.thumbnail(JOB, WHEN, "0000.png", 64)
    [cached] = (tmp_path / "data" / DAY / JOB / ".thumbs").iterdir()
    assert cached.read_bytes() == first
    cached.write_bytes(b"what is cached")
    assert await disk.thumbnail(JOB, WHEN, "0000.png", 64) == b"what is cached"


async def test_a_picture_replaced_within_the_clocks_tick_has_a_new_thumbnail(
    disk: DiskImageStore, tmp_path: Path
) -> None:
    for shade in (0, 255):
        await disk.save(JOB, WHEN, artifact(), picture(shade))
        os.utime(tmp_path / "data" / DAY / JOB / "0000.png", (1e9, 1e9))
        assert abs(shade_of(await disk.thumbnail(JOB, WHEN, "0000.png", 64)) - shade) < 5


async def test_a_thumbnail_that_can_not_be_cached_is_shown(disk: DiskImageStore, tmp_path: Path) -> None:
    await disk.save(JOB, WHEN, artifact(), picture(200))
    (tmp_path / "data" / DAY / JOB / ".thumbs").write_bytes(b"not a folder")
    assert shade_of(await disk.thumbnail(JOB, WHEN, "0000.png", 64)) in range(195, 206)


async def test_a_deleted_job_does_not_come_back_as_a_thumbnail(disk: DiskImageStore, tmp_path: Path) -> None:
    for _ in range(20):
        await disk.save(JOB, WHEN, artifact(), picture())
        small = asyncio.create_task(disk.thumbnail(JOB, WHEN, "0000.png", 64))
        await asyncio.sleep(0)
        await disk.delete(JOB, WHEN)
        await asyncio.gather(small, return_exceptions=True)
        assert files_below(tmp_path / "data") == []


async def test_empty_date_folders_go_with_their_last_job(disk: DiskImageStore, tmp_path: Path) -> None:
    await disk.save(JOB, WHEN, artifact(), picture())
    await disk.save("another", WHEN, artifact(), picture())
    await disk.delete(JOB, WHEN)
    assert os.listdir(tmp_path / "data" / DAY) == ["another"]
    await disk.delete("another", WHEN)
    assert os.listdir(tmp_path / "data" / "images") == [".parts"]


async def test_saving_while_the_days_last_job_is_deleted(disk: DiskImageStore) -> None:
    """The folder of a day is never taken from under a picture that is being written."""

    async def come_and_go(job: str) -> None:
        for _ in range(40):
            await disk.save(job, WHEN, artifact(), b"data")
            assert await disk.read(job, WHEN, "0000.png") == b"data"
            await disk.delete(job, WHEN)

    await asyncio.gather(*(come_and_go(f"job{number}") for number in range(4)))


async def test_links_that_lead_out_are_refused(disk: DiskImageStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret" / JOB
    secret.mkdir(parents=True)
    (secret / "0000.png").write_bytes(picture())
    folder = tmp_path / "data" / DAY / JOB
    folder.mkdir(parents=True)
    (folder / "0000.png").symlink_to(secret / "0000.png")
    (folder.parent / "linked").symlink_to(secret)
    inputs = tmp_path / "data" / "inputs"
    inputs.mkdir()
    (inputs / ("0" * 64)).symlink_to(secret / "0000.png")

    for job in (JOB, "linked"):
        for read in (disk.read(job, WHEN, "0000.png"), disk.thumbnail(job, WHEN, "0000.png", 64)):
            with pytest.raises(NotFound):
                await read
        with pytest.raises(StorageFailed, match="passes through a link"):
            await disk.save(job, WHEN, artifact(), b"overwritten")
    with pytest.raises(StorageFailed, match="passes through a link"):
        await disk.delete("linked", WHEN)
    with pytest.raises(NotFound):
        await disk.read_input("0" * 64)
    await disk.delete(JOB, WHEN)
    await disk.drop_inputs([])

    assert (secret / "0000.png").read_bytes() == picture()
    assert os.listdir(inputs) == []


async def test_a_user_may_keep_pictures_on_another_disk(disk: DiskImageStore, tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "images").symlink_to(tmp_path / "big")
    await disk.save(JOB, WHEN, artifact(), picture())
    assert await disk.read(JOB, WHEN, "0000.png") == picture()
    await disk.thumbnail(JOB, WHEN, "0000.png", 64)
    await disk.delete(JOB, WHEN)
    assert files_below(tmp_path / "big") == []


@contextmanager
def room_for(file_bytes: int) -> Iterator[None]:
    """Writes beyond it fail, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_keeps_the_old_and_leaves_nothing_partial(disk: DiskImageStore, tmp_path: Path) -> None:
    await disk.save(JOB, WHEN, artifact(0), b"old")
    with room_for(1000):
        with pytest.raises(StorageFailed, match="could not be written"):
            await disk.save(JOB, WHEN, artifact(0), b"n" * 5000)
        with pytest.raises(StorageFailed, match="could not be written"):
            await disk.keep_input("0" * 64, b"n" * 5000)
    assert files_below(tmp_path / "data") == [(DAY / JOB / "0000.png").as_posix()]
    assert await disk.read(JOB, WHEN, "0000.png") == b"old"
    await disk.save(JOB, WHEN, artifact(0), b"n" * 5000)


async def test_a_folder_that_takes_nothing_is_said(disk: DiskImageStore, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file where a folder should be")
    with pytest.raises(StorageFailed, match="could not be written"):
        await disk.save(JOB, WHEN, artifact(), b"data")
    with pytest.raises(StorageFailed, match="could not be written"):
        await disk.keep_input("0" * 64, b"data")
    with pytest.raises(NotFound):
        await disk.read(JOB, WHEN, "0000.png")


KILLED = """
import asyncio, pathlib, sys
from datetime import UTC, datetime
from safelight.domain.events import Artifact
from safelight.images.store import DiskImageStore

async def main():
    store = DiskImageStore(pathlib.Path(sys.argv[1]))
    for index in range(10_000):
        picture = Artifact(index=index, seed=1, width=64, height=64, format="png", infotext="")
        name = await store.save("job", datetime(2026, 3, 9, tzinfo=UTC), picture, bytes([index % 256]) * 4_000_000)
        print(name, flush=True)

asyncio.run(main())
"""


async def test_a_kill_leaves_whole_pictures_and_tidying_the_rest(disk: DiskImageStore, tmp_path: Path) -> None:
    for count in range(1, 9):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "data")], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            named = [process.stdout.readline().strip() for _ in range(count)]
            process.send_signal(signal.SIGKILL)
        for index, name in enumerate(named):
            assert await disk.read("job", WHEN, name) == bytes([index]) * 4_000_000
        (tmp_path / "data" / "images" / ".parts" / ".0123.part").write_bytes(b"left by a crash")
        assert await disk.tidy() >= 1
        for name in files_below(tmp_path / "data"):
            data = (tmp_path / "data" / name).read_bytes()
            assert data == data[:1] * 4_000_000


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to see what is synced")
async def test_data_names_and_new_folders_are_synced_in_order(
    disk: DiskImageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    fsync = os.fsync

    def noted(handle: int) -> None:
        place = Path(os.readlink(f"/proc/self/fd/{handle}")).relative_to(tmp_path)
        synced.append("a .part" if place.suffix == ".part" else place.as_posix())
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)

    await disk.save(JOB, WHEN, artifact(0), b"data")
    folder = (Path("data") / DAY / JOB).as_posix()
    above = [place.as_posix() for place in Path(folder).parents]
    assert synced[-2:] == ["a .part", folder]
    assert set(synced[:-2]) == set(above)

    synced.clear()
    await disk.save(JOB, WHEN, artifact(1), b"data")
    assert synced == ["a .part", folder]

    synced.clear()
    await disk.delete(JOB, WHEN)
    assert synced == [above[0]]


async def test_tidying_an_empty_store(disk: DiskImageStore) -> None:
    assert await disk.tidy() == 0
    assert await disk.drop_inputs([]) == 0
