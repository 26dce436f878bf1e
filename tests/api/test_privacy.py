"""Prompts and pictures are their owner's business: who may read the files, and what a private server lets go of."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from safelight.domain.jobs import JobState
from safelight.jobs.service import open_jobs
from safelight.settings import load_settings
from tests.servers import running_server
from tests.unit.test_jobs import NOW, a_job

_KEPT = 200


@pytest.fixture
def lenient() -> Iterator[None]:
    """As most systems have it: what is created can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_no_other_user_can_read_what_the_server_keeps(folder: Path, lenient: None) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(picture, "PNG")
    with running_server(folder) as server:
        drawn = server.draw(init_image=base64.b64encode(picture.getvalue()).decode())
        name = server.job(drawn["job_id"])["images"][0]["name"]
        server.client.get(f"/api/v1/jobs/{drawn['job_id']}/output/{name}?thumb=1").raise_for_status()
        kept = [folder / "data", *(folder / "data").rglob("*"), *(folder / "cache").rglob("*")]
        assert {path.suffix for path in kept} >= {".png", ".sqlite3", ".webp"}
        assert not [path for path in kept if path.stat().st_mode & 0o077]


def test_nothing_of_a_private_server_is_cached(folder: Path) -> None:
    with running_server(folder, "--private") as server:
        drawn = server.draw()
        job = f"/api/v1/jobs/{drawn['job_id']}"
        picture = f"{job}/output/{server.job(drawn['job_id'])['images'][0]['name']}"
        for path, code in (
            (picture, 200),
            (f"{picture}?thumb=1", 200),
            (job, 200),
            ("/api/v1/jobs/none", 404),
            ("/nowhere", 404),
            ("/socket.io/?EIO=4&transport=polling", 200),
        ):
            answer = server.client.get(path)
            assert (answer.status_code, answer.headers.get_list("cache-control")) == (code, ["no-store"]), path


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"private": True}, _KEPT),
        ({"private": True, "keep_jobs": 0}, _KEPT + 3),
        ({"private": True, "keep_jobs": 7}, 7),
        ({"private": True, "keep_days": 10_000}, _KEPT + 3),
        ({}, _KEPT + 3),
    ],
)
async def test_a_private_server_keeps_so_many_ended_jobs(tmp_path: Path, given: dict[str, Any], kept: int) -> None:
    async with open_jobs(load_settings(data_dir=tmp_path, **given)) as jobs:
        jobs.dispatcher.pause()
        changes = []
        for number in range(_KEPT + 3):
            admitted = a_job(JobState.QUEUED, id=f"{number:032x}", sequence=0).admitted()
            await jobs.store.admit(admitted)
            changes.append(admitted[0].cancelled(NOW + timedelta(seconds=number), "why"))
        await jobs.store.change_all(changes)
        assert await jobs.retention.retain() == _KEPT + 3 - kept
        assert (await jobs.store.page())[1] == kept
