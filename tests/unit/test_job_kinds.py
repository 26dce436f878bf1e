"""Jobs that draw nothing: their states, what is stored of them, databases of before, lanes."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from pydantic import ValidationError
from sqlalchemy import create_engine

import safelight.jobs
from safelight.domain.errors import Conflict, DownloadFailed, InvalidInput, QueueFull
from safelight.domain.events import Phase
from safelight.domain.jobs import Change, EventType, Job, JobEvent, JobState, WorkRequest
from safelight.domain.work import (
    ConversionRequest,
    DownloadRequest,
    HashRequest,
    JobKind,
    WorkedFile,
    WorkProgress,
    fingerprint,
)
from safelight.jobs.attempt import Attempt, now
from safelight.jobs.database import MEMORY, open_database, sqlite_url
from safelight.jobs.dispatcher import Dispatcher
from safelight.jobs.events import EventHub, JobProgress
from safelight.jobs.lanes import JobLane
from safelight.jobs.pace import WorkPace
from safelight.jobs.store import JobStore
from tests.postgres import Postgres, running_postgres
from tests.unit.test_jobs import NOW, a_job

REQUESTS: dict[JobKind, WorkRequest] = {
    JobKind.DOWNLOAD: DownloadRequest(source="hf:org/repo"),
    JobKind.HASH: HashRequest(models=("a", "b")),
    JobKind.CONVERT: ConversionRequest(model="a", type="q8_0"),
}
FILE = WorkedFile(name="lora/a.safetensors", bytes=3, sha256="ab" * 32, notes=("Well.",))


def work_job(name: str = "w", kind: JobKind = JobKind.DOWNLOAD, **fields: object) -> Job:
    return a_job(JobState.QUEUED, **({"id": name, "sequence": 0, "request": REQUESTS[kind]} | fields))


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
async def store(request: pytest.FixtureRequest) -> AsyncIterator[JobStore]:
    """In memory, unless a test asks for `postgresql`."""
    url = MEMORY
    if getattr(request, "param", None) == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.database()
    opened = JobStore(await open_database(url), "me")
    yield opened
    await opened.close()


both = pytest.mark.parametrize("store", ["memory", "postgresql"], indirect=True)


async def admit(store: JobStore, job: Job) -> Job:
    change = job.admitted()
    await store.admit(change)
    return change[0]


@pytest.mark.parametrize("kind", REQUESTS)
def test_work_begins_at_once_and_tells_its_kind(kind: JobKind) -> None:
    job = work_job(kind=kind)
    assert job.kind is kind
    begun, event = job.begun(NOW)
    assert (begun.state, begun.attempt, event.type, event.kind) == (JobState.RUNNING, 1, EventType.RUNNING, kind)
    filed, told = begun.finished_file(NOW, FILE)
    assert filed.files == (FILE,) and told.file == FILE and told.type is EventType.FILE
    assert filed.finished_file(NOW, FILE)[0].files == (FILE,)  # a repeated attempt overwrites
    done, _ = filed.completed(NOW, 1.5)
    assert done.files == (FILE,)
    with pytest.raises(Conflict):
        done.begun(NOW)
    with pytest.raises(Conflict, match="draws nothing"):
        _ = job.drawing
    assert filed.requeued(NOW, "why")[0].files == ()
    assert a_job().kind is JobKind.GENERATE and a_job().drawing == a_job().request


def test_a_request_is_of_exactly_one_kind() -> None:
    for wrong in (
        {"kind": "poem"},
        {"kind": "download"},
        {"kind": "hash", "source": "x"},
        {"kind": "hash", "models": []},
    ):
        with pytest.raises(ValidationError):
            a_job(request=wrong)


def test_a_job_hashes_neither_nothing_nor_everything() -> None:
    assert HashRequest.of(("a", "b")).models == ("a", "b")
    for names in ((), tuple(str(number) for number in range(1001))):
        with pytest.raises(InvalidInput, match=f"1 to 1000 models, and {len(names)} were"):
            HashRequest.of(names)


@both
async def test_every_kind_comes_back_as_it_was(store: JobStore) -> None:
    for kind in REQUESTS:
        job = await admit(store, work_job(kind.value, kind))
        begun = job.begun(NOW)
        await store.change(begun)
        filed = begun[0].finished_file(NOW, FILE)
        await store.change(filed)
        assert await store.get(kind.value) == filed[0]
        events = await store.events_after(0, job=kind.value)
        assert [event.type for event in events] == [EventType.QUEUED, EventType.RUNNING, EventType.FILE]
        assert {event.kind for event in events} == {kind}


@both
async def test_every_kind_has_a_queue_of_its_own(store: JobStore) -> None:
    await admit(store, a_job(id="picture", sequence=0, position=5.0))
    for place, name in enumerate(("d1", "d2")):
        await admit(store, work_job(name, position=float(place)))
    assert [job.id for job in await store.candidates(4)] == ["picture"]
    assert [job.id for job in await store.candidates(4, JobKind.DOWNLOAD)] == ["d1", "d2"]
    assert [job.id for job in await store.queued(kind=JobKind.DOWNLOAD)] == ["d1", "d2"]
    assert await store.ahead_of(await store.get("picture")) == 0
    assert await store.places(["picture", "d1", "d2"]) == {"picture": 0, "d1": 0, "d2": 1}
    assert (await store.counts())[JobState.QUEUED] == 1
    assert (await store.counts(kind=JobKind.DOWNLOAD))[JobState.QUEUED] == 2
    assert {job.id for job in (await store.page(kinds=[JobKind.DOWNLOAD]))[0]} == {"d1", "d2"}
    with pytest.raises(QueueFull):
        await store.admit(work_job("d3").admitted(), limit=2)
    assert await store.admit(a_job(id="second", sequence=0).admitted(), limit=2)  # a queue of downloads is none of it


@both
async def test_the_same_work_is_known_however_much_else_waits(store: JobStore) -> None:
    for number in range(150):
        request = DownloadRequest(source=f"hf:org/repo{number}")
        await store.admit(work_job(f"d{number}", request=request).admitted(), fingerprint=fingerprint(request))
    wanted = fingerprint(DownloadRequest(source="hf:org/repo0"))
    (found,) = await store.open_like(wanted)
    assert found.id == "d0"
    assert await store.open_like(fingerprint(DownloadRequest(source="hf:org/repo0", name="other"))) == []
    await store.change(found.cancelled(NOW, "why"))
    assert await store.open_like(wanted) == []


async def test_a_database_of_before_is_opened_and_its_jobs_draw(tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite3"
    drawn = a_job(JobState.COMPLETED, id="old", finished=NOW)
    config = Config()
    config.set_main_option("script_location", str(Path(safelight.jobs.__file__).parent / "migrations"))
    engine = create_engine(sqlite_url(file))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    body = drawn.model_dump(mode="json", exclude={"files"})  # as it was written then
    event = {"type": "completed", "job": "old", "owner": "", "sequence": 3, "at": NOW.isoformat(), "attempt": 1}
    with sqlite3.connect(file) as old:
        assert "kind" not in {row[1] for row in old.execute("PRAGMA table_info(jobs)")}
        row = ("old", "", 0, 1.0, "completed", 3, NOW.timestamp(), NOW.timestamp(), json.dumps(body))
        old.execute(
            "INSERT INTO jobs (id, owner, priority, position, state, sequence, created, finished, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        told = json.dumps(event | {"state": "completed"})
        old.execute("INSERT INTO events (job, owner, body) VALUES (?, ?, ?)", ("old", "", told))
    old.close()
    store = JobStore(await open_database(sqlite_url(file)), "me")
    try:
        found = await store.get("old")
        assert found == drawn and found.kind is JobKind.GENERATE
        assert [job.id for job in (await store.page(kinds=[JobKind.GENERATE]))[0]] == ["old"]
        assert [one.kind for one in await store.events_after(0)] == [JobKind.GENERATE]
        await admit(store, work_job("new"))
        assert (await store.get("new")).kind is JobKind.DOWNLOAD
    finally:
        await store.close()


class Scripted(Attempt):
    """An attempt that ends when the test says so."""

    def __init__(self, job: Job, store: JobStore, tell: Callable[[JobEvent], None]) -> None:
        super().__init__(job, store, tell)
        self.go_on = asyncio.Event()
        self.error: DownloadFailed | None = None

    def _begun(self, job: Job) -> Change:
        return job.begun(now())

    async def _do(self) -> float:
        await self.go_on.wait()
        if self.error:
            raise self.error
        return 1.0


class Lane:
    """A lane under test with its attempts, in the order in which they were begun."""

    def __init__(self, store: JobStore, width: int) -> None:
        self.attempts: list[Scripted] = []
        self.told: asyncio.Queue[JobEvent] = asyncio.Queue()
        self.store = store
        self.lane = JobLane(JobKind.DOWNLOAD, width, store, self._start)

    def _start(self, job: Job) -> Attempt:
        self.attempts.append(Scripted(job, self.store, self.told.put_nowait))
        return self.attempts[-1]

    async def until(self, type_: EventType) -> str:
        """The job of the next event of a type."""
        while (event := await asyncio.wait_for(self.told.get(), 10)).type is not type_:
            pass
        return event.job


@pytest.fixture
async def lane(store: JobStore) -> AsyncIterator[Lane]:
    lane = Lane(store, 2)
    running = asyncio.create_task(lane.lane.run())
    yield lane
    await asyncio.wait_for(lane.lane.stop(), 10)
    await asyncio.wait_for(running, 10)


async def test_a_lane_runs_so_many_side_by_side(store: JobStore, lane: Lane) -> None:
    for place, name in enumerate("abc"):
        await admit(store, work_job(name, position=float(place)))
    lane.lane.wake()
    assert {await lane.until(EventType.RUNNING), await lane.until(EventType.RUNNING)} == {"a", "b"}
    assert set(lane.lane.running) == {"a", "b"}
    lane.attempts[0].go_on.set()
    assert await lane.until(EventType.COMPLETED) == "a"
    assert await lane.until(EventType.RUNNING) == "c"


async def test_owners_take_turns_in_a_lane(store: JobStore, lane: Lane) -> None:
    for place in range(4):
        await admit(store, work_job(f"much{place}", position=float(place), owner="much"))
    await admit(store, work_job("little", position=9.0, owner="little"))
    lane.lane.wake()
    first = {await lane.until(EventType.RUNNING), await lane.until(EventType.RUNNING)}
    lane.attempts[0].go_on.set()
    await lane.until(EventType.COMPLETED)
    assert first | {await lane.until(EventType.RUNNING)} >= {"much0", "little"}


async def test_a_failure_ends_its_job_and_not_the_lane(store: JobStore, lane: Lane) -> None:
    await admit(store, work_job("a"))
    lane.lane.wake()
    await lane.until(EventType.RUNNING)
    lane.attempts[0].error = DownloadFailed("It broke off.")
    lane.attempts[0].go_on.set()
    assert await lane.until(EventType.FAILED) == "a"
    await admit(store, work_job("b"))
    lane.lane.wake()
    assert await lane.until(EventType.RUNNING) == "b"


async def test_a_cancelled_attempt_makes_room(store: JobStore, lane: Lane) -> None:
    for place, name in enumerate("abc"):
        await admit(store, work_job(name, position=float(place)))
    lane.lane.wake()
    await lane.until(EventType.RUNNING)
    await lane.until(EventType.RUNNING)
    await lane.lane.running["a"].cancel("why")
    assert await lane.until(EventType.CANCELLED) == "a"
    assert await lane.until(EventType.RUNNING) == "c"


async def test_a_stopped_lane_lets_its_jobs_wait_uncounted(store: JobStore) -> None:
    lane = Lane(store, 1)
    running = asyncio.create_task(lane.lane.run())
    await admit(store, work_job("a"))
    lane.lane.wake()
    await lane.until(EventType.RUNNING)
    await lane.lane.stop()
    await running
    job = await store.get("a")
    assert (job.state, job.attempt) == (JobState.QUEUED, 0)


async def test_a_download_is_taken_up_however_often_the_server_died_and_a_conversion_is_not(store: JobStore) -> None:
    for name, kind in (("d", JobKind.DOWNLOAD), ("c", JobKind.CONVERT), ("h", JobKind.HASH)):
        job = await admit(store, work_job(name, kind, attempt=6))
        await store.change(job.begun(NOW))
    hub = EventHub(store)
    dispatcher = Dispatcher(
        store, lambda job: pytest.fail(), is_loaded=bool, tell=hub.tell, running_here=list, max_attempts=3
    )
    await dispatcher.recover()
    states = {name: (await store.get(name)).state for name in "dch"}
    assert states == {"d": JobState.QUEUED, "c": JobState.FAILED, "h": JobState.QUEUED}


def test_bytes_become_percent_pace_and_time_to_go() -> None:
    pace = WorkPace()

    def at(seconds: float, done: int, phase: Phase = Phase.DOWNLOADING, total: int | None = 1000) -> JobProgress:
        told = WorkProgress(phase=phase, done=done, total=total, item="a")
        return pace.of("j", "", JobKind.DOWNLOAD, NOW + timedelta(seconds=seconds), told)

    first, second = at(0, 100), at(1, 300)
    assert (first.percent, first.bytes_per_second, first.eta_seconds) == (10.0, None, None)
    assert (second.percent, second.bytes_per_second, second.eta_seconds) == (30.0, 200.0, 3.5)
    other = at(2, 10, Phase.HASHING, None)
    assert (other.percent, other.bytes_per_second, other.total) == (0.0, None, None)
