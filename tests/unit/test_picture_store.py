"""Pictures over all jobs: found, listed in pages, kept as favourites; with every database, and from one of before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

import safelight.jobs.migrations
from safelight.domain.errors import Conflict, InvalidInput
from safelight.domain.jobs import Job, JobState
from safelight.domain.request import ImageRef, InitImage, Mode
from safelight.jobs.database import MEMORY, open_database, sqlite_url
from safelight.jobs.pictures import PictureRef, Wanted
from safelight.jobs.store import JobStore
from tests.postgres import running_postgres
from tests.unit.test_job_store import admit, begin
from tests.unit.test_jobs import NOW, REQUEST, a_job, a_picture


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[JobStore]:
    with running_postgres() if request.param == "postgresql" else nullcontext() as server:
        opened = JobStore(await open_database(server.database() if server else MEMORY), "me")
        yield opened
        await opened.close()


async def drawn(store: JobStore, name: str, prompt: str = "an apple", count: int = 1, **fields: object) -> Job:
    """A completed job with pictures."""
    request = REQUEST.model_copy(update={"prompts": REQUEST.prompts.model_copy(update={"positive": prompt})})
    if "init" in fields:
        request = request.model_copy(update={"init": fields.pop("init")})
    job = await begin(store, await admit(store, name, **{"request": request} | fields))
    for index in range(count):
        change = job.drew(NOW, a_picture(index))
        await store.change(change)
        job = change[0]
    assert await keys(store, job=name) == [], "pictures are listed when their job has ended"
    change = job.completed(NOW, 1.0)
    await store.change(change)
    return change[0]


async def keys(store: JobStore, **wanted: object) -> list[str]:
    found, total, _ = await store.pictures.page(Wanted.model_validate(wanted), limit=100)
    assert total == len(found)
    return [f"{one.job_id}/{one.index}" for one in found]


async def test_words_model_mode_date_and_owner_find_pictures(store: JobStore) -> None:
    start = InitImage(image=ImageRef(sha256="0" * 64))
    await drawn(store, "a", "Ein ÄPFELCHEN, 100% rot", owner="ann")
    await drawn(store, "b", "a car", init=start, created=NOW + timedelta(days=1))
    await drawn(store, "c", "a red car", count=2, created=NOW + timedelta(days=2))
    assert await keys(store) == ["c/0", "c/1", "b/0", "a/0"]
    assert await keys(store, search="CAR red") == ["c/0", "c/1"]
    assert await keys(store, search="äpfelchen 100%") == ["a/0"]
    assert await keys(store, search="1_0") == []
    assert await keys(store, search="scripted", mode=Mode.IMAGE_TO_IMAGE) == ["b/0"]
    assert await keys(store, model="scripted", since=NOW + timedelta(days=1), until=NOW + timedelta(days=2)) == ["b/0"]
    assert await keys(store, owner="ann") == ["a/0"]
    assert await store.pictures.models(None) == ["scripted"] and await store.pictures.models("nobody") == []


async def test_pages_continue_each_other_while_pictures_come_and_go(store: JobStore) -> None:
    for number in range(5):
        await drawn(store, f"j{number}", count=2, created=NOW + timedelta(seconds=number // 2))
    whole, after, seen = await keys(store), None, list[str]()
    while True:
        page, total, after = await store.pictures.page(Wanted(), limit=3, after=after)
        seen += [f"{one.job_id}/{one.index}" for one in page]
        if len(seen) == 3:
            await drawn(store, "newer", created=NOW + timedelta(days=1))
        if after is None:
            break
    assert (seen, total) == (whole, 11)
    with pytest.raises(InvalidInput):
        await store.pictures.page(Wanted(), limit=3, after="nonsense")


async def test_favourites_are_kept_until_their_job_is_gone(store: JobStore) -> None:
    await drawn(store, "a", count=2, owner="ann")
    await drawn(store, "b")
    refs = [PictureRef(job_id="a", index=1), PictureRef(job_id="b", index=0), PictureRef(job_id="none", index=0)]
    assert await store.pictures.mark(refs, True, "ann") == 1
    assert await store.pictures.mark(refs, True, None) == 2
    assert await keys(store, favourite=True) == ["a/1", "b/0"]
    await store.pictures.mark(refs[1:2], False, None)
    assert await keys(store, favourite=True) == ["a/1"]
    await store.delete(["a"])
    assert await keys(store) == ["b/0"]


async def test_a_job_that_is_tried_again_keeps_its_pictures_and_adds_new_ones_at_its_end(store: JobStore) -> None:
    job = await begin(store, await admit(store, "a"))
    drew = job.drew(NOW, a_picture(0))
    cancelled = drew[0].cancelled(NOW, "why")
    for change in (drew, cancelled):
        await store.change(change)
    assert await keys(store) == ["a/0"]
    await store.pictures.mark([PictureRef(job_id="a", index=0)], True, None)
    again = cancelled[0].retried(NOW, 2.0)
    await store.change(again)
    assert await keys(store) == ["a/0"]
    with pytest.raises(Conflict):
        await store.pictures.remove("a", 0)
    more = (await begin(store, again[0])).drew(NOW, a_picture(1))
    for change in (more, more[0].completed(NOW, 1.0)):
        await store.change(change)
    assert (await keys(store), await keys(store, favourite=True)) == (["a/0", "a/1"], ["a/0"])


async def test_one_picture_of_a_job_goes_and_the_others_stay(store: JobStore) -> None:
    await drawn(store, "a", count=3)
    await store.pictures.remove("a", 1)
    assert await keys(store) == ["a/0", "a/2"]
    assert [one.index for one in (await store.get("a")).artifacts] == [0, 2]


async def test_pictures_of_a_database_of_before_are_listed(tmp_path: Path) -> None:
    path = sqlite_url(tmp_path / "jobs.sqlite3")
    config = Config()
    config.set_main_option("script_location", next(iter(safelight.jobs.migrations.__path__)))
    with create_engine(path).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for state in (JobState.COMPLETED, JobState.QUEUED):
            job = a_job(state, id=state.value, artifacts=(a_picture(0), a_picture(1)))
            row = {
                "id": job.id,
                "state": state.value,
                "created": job.created.timestamp(),
                "body": job.model_dump_json(),
            }
            connection.execute(
                text(
                    "INSERT INTO jobs (id, owner, kind, priority, position, state, sequence, created, body)"
                    " VALUES (:id, '', 'generate', 0, 1, :state, 1, :created, :body)"
                ),
                row,
            )
    store = JobStore(await open_database(path), "me")
    assert await keys(store, search="APPLE") == ["completed/0", "completed/1"]
    [one, _], _, _ = await store.pictures.page(Wanted(), limit=2)
    assert (one.prompt, one.mode, one.created) == ("an apple", Mode.TEXT_TO_IMAGE, NOW)
    await store.close()
