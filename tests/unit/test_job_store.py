"""The job store: what it keeps, in which order, and whom it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from safelight.domain.errors import Conflict, InvalidInput, NotFound, StorageFailed
from safelight.domain.jobs import EventType, Job, JobState
from safelight.domain.work import JobKind
from safelight.jobs import store as store_module
from safelight.jobs.database import MEMORY, open_database, sqlite_url
from safelight.jobs.store import JobStore
from tests.postgres import Postgres, running_postgres
from tests.unit.test_jobs import NOW, PLAN, a_job


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["file", "memory", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.database()
    return MEMORY if request.param == "memory" else sqlite_url(tmp_path / "jobs.sqlite3")


@pytest.fixture
async def store(url: str) -> AsyncIterator[JobStore]:
    opened = JobStore(await open_database(url), "me")
    yield opened
    await opened.close()


async def admit(store: JobStore, name: str, **fields: object) -> Job:
    given = {"id": name, "sequence": 0, "position": float(len(name))} | fields
    change = a_job(JobState.QUEUED, **given).admitted()
    await store.admit(change)
    return change[0]


async def begin(store: JobStore, job: Job) -> Job:
    loading = job.loading(NOW)
    await store.change(loading)
    running = loading[0].running(NOW, PLAN)
    await store.change(running)
    return running[0]


async def test_a_job_comes_back_as_it_was(store: JobStore) -> None:
    job = await begin(store, await admit(store, "a"))
    assert await store.get("a") == job
    with pytest.raises(NotFound):
        await store.get("b")


async def test_whoever_comes_second_is_refused_and_tells_nothing(store: JobStore) -> None:
    job = await admit(store, "a")
    await store.change(job.loading(NOW))
    with pytest.raises(Conflict):
        await store.change(job.cancelled(NOW, "why"))
    assert [event.type for event in await store.events_after(0)] == [EventType.QUEUED, EventType.LOADING]


async def test_parallel_changes_of_one_job_let_exactly_one_through(store: JobStore) -> None:
    job = await admit(store, "a")
    tries = await asyncio.gather(*(store.change(job.cancelled(NOW, str(n))) for n in range(20)), return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in tries) == 19


async def test_an_idempotency_key_admits_one_job_for_each_owner(store: JobStore) -> None:
    for name, owner, admitted in (("a", "x", True), ("b", "x", False), ("c", "y", True)):
        event = await store.admit(a_job(id=name, owner=owner, sequence=0).admitted(), key="k")
        assert bool(event) is admitted
    known = await store.by_key("x", "k")
    assert known and known.id == "a"


async def test_a_request_is_known_by_its_fingerprint(store: JobStore) -> None:
    for name in ("a", "b"):
        later = NOW + timedelta(seconds=ord(name))
        await store.admit(a_job(id=name, sequence=0, created=later).admitted(), fingerprint="f")
    found = await store.by_fingerprint("", "f")
    assert found and found.id == "b"
    assert await store.by_fingerprint("somebody", "f") is None


async def test_candidates_are_the_first_of_every_owner_by_priority_and_place(store: JobStore) -> None:
    for name, owner, priority in (("a", "x", 0), ("bb", "x", 0), ("ccc", "x", 5), ("dddd", "y", 0)):
        await admit(store, name, owner=owner, priority=priority)
    assert [job.id for job in await store.candidates(2)] == ["ccc", "a", "dddd"]


async def test_reordering_changes_the_order_and_only_of_what_waits(store: JobStore) -> None:
    for name in ("a", "bb", "ccc"):
        await admit(store, name)
    await store.reorder(await store.get("ccc"), priority=0, position=0.5)
    assert [job.id for job in await store.queued()] == ["ccc", "a", "bb"]
    begun = await begin(store, await store.get("a"))
    with pytest.raises(Conflict):
        await store.reorder(begun, priority=0, position=9)


async def test_a_line_is_put_apart_in_its_order(store: JobStore) -> None:
    for name, priority in (("a", 0), ("bb", 0), ("ccc", 0), ("dddd", 5)):
        await admit(store, name, owner=name, priority=priority)
    line = await store.line(JobKind.GENERATE, 0)
    assert [(one.id, one.owner) for one in line] == [("a", "a"), ("bb", "bb"), ("ccc", "ccc")]
    assert [one.position for one in await store.line(JobKind.GENERATE, 5)] == [(await store.get("dddd")).position]
    await begin(store, await store.get("bb"))
    await store.respace([line[1], line[2], line[0]])
    apart = [(one.id, line[0].position - one.position) for one in await store.line(JobKind.GENERATE, 0)]
    assert apart == [("ccc", 1), ("a", 0)]
    assert (await store.get("bb")).position == line[1].position  # it began meanwhile


async def test_pages_are_newest_first_and_filtered(store: JobStore) -> None:
    for number, owner in enumerate("xyx"):
        await admit(store, "j" * (number + 1), owner=owner, created=NOW + timedelta(seconds=number))
    jobs, total = await store.page(owner="x", limit=1)
    assert ([job.id for job in jobs], total) == (["jjj"], 2)
    jobs, total = await store.page(states=[JobState.COMPLETED])
    assert (jobs, total) == ([], 0)
    assert (await store.counts("y"))[JobState.QUEUED] == 1


async def test_events_have_one_order_over_all_jobs(store: JobStore) -> None:
    first = await admit(store, "a", owner="x")
    await admit(store, "bb", owner="y")
    await begin(store, first)
    told = await store.events_after(0)
    assert [event.number for event in told] == [1, 2, 3, 4]
    assert [event.number for event in await store.events_after(1, job="a")] == [3, 4]
    assert [event.number for event in await store.events_after(0, owner="y")] == [2]
    assert await store.last_event() == 4


async def test_what_a_dead_server_ran_is_found(store: JobStore) -> None:
    await admit(store, "a")
    await begin(store, await admit(store, "bb"))
    assert [job.id for job in await store.abandoned()] == ["bb"]


async def test_servers_that_share_a_database_leave_each_other_alone_until_a_lease_ends(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    mine = JobStore(await open_database(url), "me", shared=True)
    other = JobStore(await open_database(url), "other", shared=True)
    await begin(mine, await admit(mine, "a"))
    assert await other.abandoned() == []
    monkeypatch.setattr(store_module, "LEASE_SECONDS", -1.0)
    await mine.renew_leases(["a"])
    assert [job.id for job in await other.abandoned()] == ["a"]
    await mine.close()
    await other.close()


async def test_a_lease_of_what_is_not_run_any_more_ends(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = JobStore(await open_database(postgres.database()), "me", shared=True)
    monkeypatch.setattr(store_module, "LEASE_SECONDS", -1.0)
    await begin(mine, await admit(mine, "a"))
    monkeypatch.undo()
    await mine.renew_leases([])
    assert [job.id for job in await mine.abandoned()] == ["a"]
    await mine.renew_leases(["a"])
    assert await mine.abandoned() == []
    await mine.close()


async def test_a_database_that_is_away_for_a_while_is_said() -> None:
    with running_postgres() as postgres:
        store = JobStore(await open_database(postgres.database()), "me", shared=True)
        job = await admit(store, "a")
        await asyncio.to_thread(postgres.control, "stop")
        with pytest.raises(StorageFailed, match="can't be read"):
            await store.get("a")
        with pytest.raises(StorageFailed, match="did not take a change"):
            await store.change(job.loading(NOW))
        await asyncio.to_thread(postgres.control, "start")
        assert await store.get("a") == job
        await store.close()


async def test_ended_jobs_beyond_a_number_or_before_a_time(store: JobStore) -> None:
    for number in range(3):
        job = await begin(store, await admit(store, "j" * (number + 1)))
        await store.change(job.completed(NOW + timedelta(days=number), 1.0))
    await admit(store, "waits")
    assert [job.id for job in await store.ended(beyond=1)] == ["jj", "j"]
    assert [job.id for job in await store.ended(before=NOW + timedelta(hours=1))] == ["j"]


async def test_deleting_forgets_the_events_too(store: JobStore) -> None:
    await admit(store, "a")
    await admit(store, "bb")
    await store.delete(["a"])
    assert [event.job for event in await store.events_after(0)] == ["bb"]


async def test_many_jobs_are_changed_in_one_go_but_not_those_that_changed_meanwhile(store: JobStore) -> None:
    for number in range(50):
        await admit(store, f"{number}", position=float(number))
    queued = await store.queued()
    await begin(store, queued[7])
    stored = await store.change_all([job.cancelled(NOW, "cleared") for job in queued])
    assert [number for number, event in enumerate(stored) if event is None] == [7]
    assert (await store.counts()) == {JobState.CANCELLED: 49, JobState.RUNNING: 1}


async def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite3"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(StorageFailed, match="can't be opened"):
        await open_database(sqlite_url(file))
    assert file.read_bytes() == b"no database" * 1000


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "jobs.sqlite3")
    database = await open_database(url)
    await database.run(lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(StorageFailed, match="another version"):
        await open_database(url)


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://x/y"])
async def test_a_url_of_no_database_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="database URL"):
        await open_database(url)
