"""Disks that are full, folders that can't be written, databases that are damaged."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import Server, start_server, wait_until


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607


def test_a_full_disk_fails_jobs_with_a_reason_and_nothing_else(start: Callable[..., Server], small_disk: Path) -> None:
    server = start(data_dir=small_disk / "data")
    first = server.draw(seed=1)
    ballast = small_disk / "ballast"
    _fill(ballast)
    answer = server.client.post(
        "/api/v1/generate", json={"prompt": "x", "model": "scripted", "width": 64, "height": 64}, timeout=20
    )
    assert answer.status_code == 507, answer.text
    assert server.client.get(first["images"][0]["url"]).status_code == 200
    ballast.unlink()
    assert server.draw(seed=1)["status"] == "completed"
    assert not list((small_disk / "data").rglob("*.part"))


def test_a_disk_that_fills_while_a_job_runs_fails_that_job(start: Callable[..., Server], small_disk: Path) -> None:
    server = start(data_dir=small_disk / "data")
    server.draw()
    go = small_disk.parent / "go"
    job = server.queue({"wait": str(go), "at": 4})
    server.wait_for(job, "running")
    ballast = small_disk / "ballast"
    _fill(ballast)
    go.touch()
    ballast_gone = _free_when(server, ballast)
    shown = server.wait_for(job, "failed", "completed")
    assert ballast_gone
    assert shown["status"] == "failed"
    assert shown["error"]["code"] == "storage_failed"
    assert server.draw()["status"] == "completed"


def test_a_disk_that_is_full_does_not_keep_the_server_from_stopping(
    start: Callable[..., Server], small_disk: Path
) -> None:
    server = start(data_dir=small_disk / "data", stop_seconds=0)
    job = server.queue({"wait": str(small_disk.parent / "never")})
    server.wait_for(job, "running")
    _fill(small_disk / "ballast")
    assert server.stop() == 0
    (small_disk / "ballast").unlink()
    again = start(data_dir=small_disk / "data")
    assert again.wait_for(job, "running")["attempt"] == 2


def test_a_database_that_is_damaged_under_the_server_is_said(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    server.draw()
    database = tmp_path / "server" / "data" / "jobs.sqlite3"
    for file in (database, database.with_name(database.name + "-wal")):
        file.write_bytes(b"\xa5" * max(file.stat().st_size, 4096))
    with ThreadPoolExecutor(8) as together:  # a connection that has read all of it goes on; a new one does not
        wait_until(lambda: 507 in set(together.map(lambda _: server.client.get("/api/v1/jobs").status_code, range(8))))
    for path in ("/api/v1/jobs", "/api/v1/queue/status"):
        answer = server.client.get(path)
        assert (answer.status_code, answer.json().get("code")) == (507, "storage_failed")
    assert server.client.get("/readyz").status_code == 503
    assert server.client.get("/livez").status_code == 200


def test_a_damaged_database_is_left_as_it_is(tmp_path: Path) -> None:
    data = tmp_path / "server" / "data"
    data.mkdir(parents=True)
    database = data / "jobs.sqlite3"
    database.write_bytes(b"SQLite format 3\0" + b"\xa5" * 8192)
    before = database.read_bytes()
    with pytest.raises(RuntimeError, match=r"exit code 2.*database can't be opened.*Nothing was changed"):
        start_server(tmp_path / "server")
    assert database.read_bytes() == before


def test_a_data_folder_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "data").write_text("a file where the folder should be")
    with pytest.raises(RuntimeError, match=r"exit code 2.*data folder .* can't be used"):
        start_server(tmp_path / "server")


def test_a_second_server_is_kept_off_the_folder(start: Callable[..., Server]) -> None:
    server = start()
    with pytest.raises(RuntimeError, match=r"exit code [12].*Another Safelight server uses"):
        start()
    assert server.draw()["status"] == "completed"


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


def _free_when(server: Server, ballast: Path) -> bool:
    """Make room again once the server has met the full disk."""
    wait_until(lambda: any("not stored yet" in line for line in list(server.log)), seconds=20)
    ballast.unlink()
    return True
