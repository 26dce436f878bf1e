"""Servers that are killed while they download: nothing is lost, nothing wrong is listed, little is fetched twice."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.conftest import Counts
from tests.hosts import Faults, Host, cut, refused, running, settings_for
from tests.servers import Server
from tests.unit.downloads.conftest import lora

_MEGABYTES, _PACE = 6, 0.02


@pytest.mark.timeout(3600)
def test_downloads_survive_kills_at_any_moment(start: Callable[..., Server], tmp_path: Path, count: Counts) -> None:
    chance = random.Random(5)  # noqa: S311
    kills, files = count(2, 40), count(2, 4)
    host = Host()
    with running(host):
        web = settings_for(host)
        web |= {"download_hosts": host.address, "downloads_at_once": 2, "max_attempts": 1, "download_tries": 100}
        contents = [lora(_MEGABYTES * 1024, seed=number) for number in range(files)]
        for number, data in enumerate(contents):
            faults = Faults(*[chance.choice((cut(chance.randrange(10**6)), refused(503))) for _ in range(3)])
            host.serve(f"/{number}.safetensors", data, slow=_PACE, faults=faults)
        server = start(**web)
        jobs = [
            server.client.post(
                "/api/v1/models/pull",
                json={
                    "source": f"{host.url}/{number}.safetensors",
                    # half of them without a hash that would find a wrong byte
                    **({"sha256": hashlib.sha256(data).hexdigest()} if number % 2 else {}),
                },
            ).json()["job_id"]
            for number, data in enumerate(contents)
        ]
        for _ in range(kills):
            threading.Event().wait(chance.uniform(0.0, 1.0))
            server.kill()
            assert not [path for path in models(tmp_path) if path.parent.name == "lora" and is_wrong(path, contents)]
            server = start(**web)
        for number, job in enumerate(jobs):
            ended = server.wait_for(job, "completed", "failed")
            assert ended["status"] == "completed", ended["error"]
            assert ended["files"][0]["sha256"] == hashlib.sha256(contents[number]).hexdigest()
        assert sorted(path.name for path in models(tmp_path)) == sorted(
            ["scripted.safetensors", *(f"{number}.safetensors" for number in range(files))]
        )
        assert not [path for path in models(tmp_path) if path.parent.name == "lora" and is_wrong(path, contents)]
        resumed = sum(asked.range is not None for asked in host.asked)
        print(f"{kills} kills, {files} files, {len(host.asked)} requests, {resumed} of them resumed")
        assert resumed >= 1


def models(folder: Path) -> list[Path]:
    """Every file that is in the models folder, unfinished ones included."""
    return [path for path in (folder / "server" / "models").rglob("*") if path.is_file()]


def is_wrong(path: Path, contents: list[bytes]) -> bool:
    return path.read_bytes() != contents[int(path.stem)]
