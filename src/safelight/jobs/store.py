"""The job store. A change is durable when it returns.

A job's next state is stored by compare-and-set on its `sequence`, together with its event, in one transaction:
whoever comes second is refused, and no state is ever seen without its event.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from safelight.domain.errors import Conflict, NotFound, QueueFull, StorageFailed
from safelight.domain.jobs import Change, Job, JobEvent, JobState
from safelight.domain.work import JobKind
from safelight.jobs.database import Database
from safelight.jobs.pictures import PictureStore, follow, forget
from safelight.jobs.rows import events_of, jobs_of, logged, row_of
from safelight.jobs.tables import events, jobs, pictures

LEASE_SECONDS = 60.0
"""How long a server may be silent before another one on the same database takes over what it ran."""

_BEGUN = (JobState.LOADING.value, JobState.RUNNING.value)
_TERMINAL = tuple(state.value for state in JobState if state.is_terminal)
_SLICE = 500  # ids in one statement: SQLite allows 32,766 parameters, PostgreSQL's driver 32,767
_CHANGE = update(jobs).where(jobs.c.id == bindparam("ours"), jobs.c.sequence == bindparam("before"))
_SHA256 = re.compile(r'"sha256":"([0-9a-f]{64})"')  # as `Job.model_dump_json` writes it
_T = TypeVar("_T")


class Waiting(NamedTuple):
    """A queued job's place in its line."""

    id: str
    owner: str
    position: float


class JobStore:
    """Jobs and their events in a database.

    Args:
        database: From `database.open_database`.
        server: Names this process in leases.
        shared: Whether other servers use the same database.
    """

    def __init__(self, database: Database, server: str, *, shared: bool = False) -> None:
        self._database, self._server, self.shared = database, server, shared
        self.pictures = PictureStore(self._read, self._write)
        self._writing = asyncio.Lock()  # SQLite has one writer: waiting here beats waiting in its busy handler

    async def close(self) -> None:
        """Give up all connections."""
        await self._database.close()

    async def admit(
        self, change: Change, *, key: str | None = None, fingerprint: str | None = None, limit: int | None = None
    ) -> JobEvent | None:
        """Store a new job.

        Args:
            change: From `Job.admitted`.
            key: The client's idempotency key.
            fingerprint: SHA-256 of the request, for those that are to be known again.
            limit: How many jobs of its kind may wait.

        Returns:
            Its event with its number, or None when the owner has admitted a job under this key before.

        Raises:
            QueueFull: `limit` jobs of its kind wait already.
        """
        job, event = change
        row = {**row_of(job), "idempotency_key": key, "fingerprint": fingerprint}

        def work(connection: Connection) -> JobEvent:
            if limit is not None:
                _refuse_when_full(connection, job.kind, limit)
            connection.execute(insert(jobs).values(row))
            return logged(connection, event)

        try:
            return await self._write(work)
        except IntegrityError:
            if key is not None and await self.by_key(job.owner, key):
                return None
            raise

    async def refuse_when_full(self, kind: JobKind, limit: int) -> None:
        """Raise QueueFull when `limit` jobs of a kind wait."""
        await self._read(lambda connection: _refuse_when_full(connection, kind, limit))

    async def change(self, change: Change) -> JobEvent:
        """Store a job's next state with its event; return the event with its number.

        Raises:
            Conflict: Somebody else changed it meanwhile.
        """
        (event,) = await self.change_all([change])
        if event is None:
            raise Conflict(f"Job {change[0].id} was changed by somebody else meanwhile.")
        return event

    async def change_all(self, changes: Sequence[Change]) -> list[JobEvent | None]:
        """The same for many at once, in one transaction; None stands for one that somebody else changed meanwhile."""

        def work(connection: Connection) -> list[JobEvent | None]:
            stored: list[JobEvent | None] = []
            for job, event in changes:
                row = row_of(job) | self._lease(job) | {"ours": job.id, "before": job.sequence - 1}
                if connection.execute(_CHANGE, row).rowcount != 1:
                    stored.append(None)
                    continue
                follow(connection, job, event)
                stored.append(logged(connection, event))
            return stored

        return await self._write(work)

    async def reorder(self, job: Job, *, priority: int, position: float) -> Job:
        """Give a queued job another priority or place.

        Raises:
            Conflict: It is not queued any more.
        """
        moved = job.model_copy(update={"priority": priority, "position": position})
        ours = and_(jobs.c.id == job.id, jobs.c.sequence == job.sequence, jobs.c.state == JobState.QUEUED.value)
        done = await self._write(lambda connection: connection.execute(update(jobs).where(ours).values(row_of(moved))))
        if done.rowcount != 1:
            raise Conflict(f"Job {job.id} is not queued any more.")
        return moved

    async def line(self, kind: JobKind, priority: int) -> list[Waiting]:
        """The queued jobs of a kind and priority in the order in which they are due, without what they are about."""
        wanted = (*_queued(kind), jobs.c.priority == priority)
        query = select(jobs.c.id, jobs.c.owner, jobs.c.position).where(*wanted).order_by(jobs.c.position)
        return await self._read(lambda connection: [Waiting(*row) for row in connection.execute(query)])

    async def respace(self, line: Sequence[Waiting]) -> None:
        """Put queued jobs a second apart, in the order given, the last one staying where it is."""
        last = line[-1].position
        places = {one.id: last - seconds for seconds, one in enumerate(reversed(line))}

        def work(connection: Connection) -> None:
            for start in range(0, len(line), _SLICE):
                part = [one.id for one in line[start : start + _SLICE]]
                waiting = (jobs.c.id.in_(part), jobs.c.state == JobState.QUEUED.value)
                for job in jobs_of(connection, select(jobs.c.body).where(*waiting)):
                    moved = job.model_copy(update={"position": places[job.id]})
                    ours = and_(jobs.c.id == job.id, jobs.c.sequence == job.sequence)
                    connection.execute(update(jobs).where(ours).values(row_of(moved)))

        await self._write(work)

    async def get(self, job: str) -> Job:
        """Return a job. Raises NotFound."""
        found = await self._jobs(select(jobs.c.body).where(jobs.c.id == job))
        if not found:
            raise NotFound(f"There is no job {job[:80]!r}.")
        return found[0]

    async def by_key(self, owner: str, key: str) -> Job | None:
        """The job that `owner` admitted under an idempotency key."""
        found = await self._jobs(select(jobs.c.body).where(jobs.c.owner == owner, jobs.c.idempotency_key == key))
        return found[0] if found else None

    async def by_fingerprint(self, owner: str, fingerprint: str) -> Job | None:
        """The newest job that `owner` asked for with exactly this request."""
        known = select(jobs.c.body).where(jobs.c.fingerprint == fingerprint, jobs.c.owner == owner)
        found = await self._jobs(known.order_by(jobs.c.created.desc()).limit(1))
        return found[0] if found else None

    async def open_like(self, fingerprint: str) -> list[Job]:
        """The jobs of this fingerprint that have not ended, everyone's, those due first at the front."""
        same = (jobs.c.fingerprint == fingerprint, jobs.c.state.not_in(_TERMINAL))
        return await self._jobs(select(jobs.c.body).where(*same).order_by(jobs.c.position))

    async def page(
        self,
        *,
        states: Collection[JobState] = (),
        kinds: Collection[JobKind] = (),
        owner: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[list[Job], int]:
        """Return jobs, newest first, and how many there are in all. `owner` None means everyone's."""
        wanted = [jobs.c.owner == owner] if owner is not None else []
        if kinds:
            wanted.append(jobs.c.kind.in_([kind.value for kind in kinds]))
        if states:
            wanted.append(jobs.c.state.in_([state.value for state in states]))
        newest = select(jobs.c.body).where(*wanted).order_by(jobs.c.created.desc(), jobs.c.id)
        count = select(func.count()).select_from(jobs).where(*wanted)

        def work(connection: Connection) -> tuple[list[Job], int]:
            return jobs_of(connection, newest.limit(limit).offset(offset)), connection.execute(count).scalar_one()

        return await self._read(work)

    async def candidates(self, each: int, kind: JobKind = JobKind.GENERATE) -> list[Job]:
        """The next `each` queued jobs of a kind of every owner, those due first at the front: by priority, place."""
        place = func.row_number().over(partition_by=jobs.c.owner, order_by=(jobs.c.priority.desc(), jobs.c.position))
        queued = select(jobs.c.body, jobs.c.priority, jobs.c.position, place.label("place"))
        queued_first = queued.where(*_queued(kind)).subquery()
        due = select(queued_first.c.body).where(queued_first.c.place <= each)
        return await self._jobs(due.order_by(queued_first.c.priority.desc(), queued_first.c.position))

    async def queued(
        self, owner: str | None = None, *, kind: JobKind = JobKind.GENERATE, limit: int | None = None
    ) -> list[Job]:
        """Queued jobs of a kind, in the order in which they are due: all, or the first `limit`."""
        wanted = [*_queued(kind)] + ([jobs.c.owner == owner] if owner is not None else [])
        due = select(jobs.c.body).where(*wanted).order_by(jobs.c.priority.desc(), jobs.c.position)
        return await self._jobs(due.limit(limit))

    async def completed(self, model: str, limit: int) -> list[Job]:
        """The newest `limit` completed jobs of a model, newest first."""
        named = jobs.c.body.contains(f'"model":{to_json(model).decode()}', autoescape=True)
        drawn = (jobs.c.state == JobState.COMPLETED.value, jobs.c.kind == JobKind.GENERATE.value)
        query = select(jobs.c.body).where(*drawn, named)
        found = await self._jobs(query.order_by(jobs.c.created.desc()).limit(limit))
        return [job for job in found if job.drawing.model == model]  # a prompt may say the same words

    async def counts(self, owner: str | None = None, *, kind: JobKind = JobKind.GENERATE) -> Counter[JobState]:
        """How many jobs of a kind are in each state."""
        wanted = [jobs.c.kind == kind.value] + ([jobs.c.owner == owner] if owner is not None else [])
        query = select(jobs.c.state, func.count()).where(*wanted).group_by(jobs.c.state)
        rows = await self._read(lambda connection: connection.execute(query).all())
        return Counter({JobState(state): count for state, count in rows})

    async def ahead_of(self, job: Job) -> int:
        """How many queued jobs of its kind, of the same or a higher priority, are before a queued one.

        Fairness is not counted.
        """
        before = or_(
            jobs.c.priority > job.priority, and_(jobs.c.priority == job.priority, jobs.c.position < job.position)
        )
        counted = select(func.count()).select_from(jobs).where(*_queued(job.kind), before)
        return int(await self._read(lambda connection: connection.execute(counted).scalar_one()))

    async def places(self, ids: Collection[str]) -> dict[str, int]:
        """For those of many jobs that are queued, the same at once: job → how many are before it."""
        order = (jobs.c.priority.desc(), jobs.c.position)
        place = func.row_number().over(partition_by=jobs.c.kind, order_by=order).label("place")
        queued = select(jobs.c.id, place).where(jobs.c.state == JobState.QUEUED.value).subquery()
        query = select(queued.c.id, queued.c.place - 1).where(queued.c.id.in_(ids))
        return {job: int(place) for job, place in await self._read(lambda connection: connection.execute(query).all())}

    async def last_position(self) -> float:
        """The greatest position so far; 0 in an empty store."""
        greatest = select(func.max(jobs.c.position))
        return float(await self._read(lambda connection: connection.execute(greatest).scalar_one()) or 0)

    async def abandoned(self) -> list[Job]:
        """Begun jobs that no living server runs; when this server is the only one and has run none yet, all of them."""
        left: ColumnElement[bool] = jobs.c.state.in_(_BEGUN)
        if self.shared:
            left = and_(left, jobs.c.lease_until < time.time())
        return await self._jobs(select(jobs.c.body).where(left).order_by(jobs.c.position))

    async def renew_leases(self, running: Collection[str]) -> None:
        """Say that this server still runs these jobs; one that it does not name is taken up when its lease ends."""
        mine = and_(jobs.c.lease_owner == self._server, jobs.c.id.in_(running))
        renewed = update(jobs).where(mine).values(lease_until=time.time() + LEASE_SECONDS)
        await self._write(lambda connection: connection.execute(renewed))

    async def events_after(
        self, number: int, *, job: str | None = None, owner: str | None = None, limit: int = 1000
    ) -> list[JobEvent]:
        """Durable events with a greater number, in order."""
        wanted = [events.c.number > number]
        wanted += [events.c.job == job] if job is not None else []
        wanted += [events.c.owner == owner] if owner is not None else []
        query = select(events.c.number, events.c.body).where(*wanted).order_by(events.c.number).limit(limit)
        return await self._read(lambda connection: events_of(connection, query))

    async def last_event(self) -> int:
        """The greatest event number so far."""
        greatest = select(func.max(events.c.number))
        return int(await self._read(lambda connection: connection.execute(greatest).scalar_one()) or 0)

    async def ended(
        self, *, before: datetime | None = None, beyond: int | None = None, favourites: bool = True
    ) -> list[Job]:
        """Ended jobs: those that ended `before` a time, or all but the newest `beyond`.

        Without `favourites`, only of jobs that have no picture among them.
        """
        query = select(jobs.c.body).where(jobs.c.state.in_(_TERMINAL)).order_by(jobs.c.finished.desc(), jobs.c.id)
        if before is not None:
            query = query.where(jobs.c.finished < before.timestamp())
        if not favourites:
            query = query.where(jobs.c.id.not_in(select(pictures.c.job).where(pictures.c.favourite)))
        return await self._jobs(query.offset(beyond) if beyond else query)

    async def inputs_in_use(self) -> set[str]:
        """SHA-256 of every input picture that a stored job names."""
        drawing = jobs.c.kind == JobKind.GENERATE.value
        with_input = select(jobs.c.body).where(drawing, jobs.c.body.contains('"sha256":"'))

        def work(connection: Connection) -> set[str]:
            return {sha256 for body in connection.execute(with_input).scalars() for sha256 in _SHA256.findall(body)}

        return await self._read(work)

    async def delete(self, ids: Collection[str]) -> None:
        """Forget jobs and their events."""
        wanted = list(ids)

        def work(connection: Connection) -> None:
            for start in range(0, len(wanted), _SLICE):
                part = wanted[start : start + _SLICE]
                connection.execute(delete(events).where(events.c.job.in_(part)))
                connection.execute(delete(jobs).where(jobs.c.id.in_(part)))
                forget(connection, part)

        await self._write(work)

    async def check(self) -> None:
        """Read, and write nothing durably: raises StorageFailed when the database would not take a job now."""
        await self.page(limit=1)
        await self._write(lambda connection: connection.execute(delete(jobs).where(jobs.c.id == "")))

    async def _write(self, work: Callable[[Connection], _T]) -> _T:
        try:
            async with self._writing:
                return await self._database.run(work)
        except IntegrityError:
            raise
        except (DBAPIError, OSError) as error:
            raise StorageFailed(
                f"The job database did not take a change: {_said(error)}.",
                hint="Check that its disk has room and can be written to.",
            ) from error

    async def _read(self, work: Callable[[Connection], _T]) -> _T:
        try:
            return await self._database.run(work)
        except (DBAPIError, OSError) as error:
            raise StorageFailed(
                f"The job database can't be read: {_said(error)}.",
                hint="Check its disk; when the file is damaged, restore it from a backup.",
            ) from error

    async def _jobs(self, query: Select[Any]) -> list[Job]:
        return await self._read(lambda connection: jobs_of(connection, query))

    def _lease(self, job: Job) -> dict[str, Any]:
        begun = job.state.value in _BEGUN
        return {
            "lease_owner": self._server if begun else None,
            "lease_until": time.time() + LEASE_SECONDS if begun else None,
        }


def _said(error: DBAPIError | OSError) -> str:
    """What the driver said; a connection that was refused or lost is an OSError."""
    return str(error.orig if isinstance(error, DBAPIError) else error).rstrip(".")


def _queued(kind: JobKind) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.state == JobState.QUEUED.value, jobs.c.kind == kind.value


def _refuse_when_full(connection: Connection, kind: JobKind, limit: int) -> None:
    queued = select(func.count()).select_from(jobs).where(*_queued(kind))
    waiting = connection.execute(queued).scalar_one()
    if waiting >= limit:
        raise QueueFull(f"{waiting} jobs wait, and no more are admitted.", hint="Try again when some of them are done.")
