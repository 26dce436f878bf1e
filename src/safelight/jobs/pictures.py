"""Finished pictures of ended jobs, a row each: to be found by words, model, mode and date, and kept as favourites.

Rows come with their job's end and go when it is deleted, in the transaction that does so. A job that is tried again
keeps the pictures it has: their rows stay, and its next end adds those that it drew since.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, tuple_, update

from safelight.domain.errors import InvalidInput, NotFound
from safelight.domain.jobs import Job, JobEvent
from safelight.domain.request import Mode
from safelight.domain.values import Value
from safelight.domain.work import JobKind
from safelight.jobs.tables import jobs, pictures

LONGEST_PROMPT = 300

_SLICE = 300
_T = TypeVar("_T")


class Run(Protocol):
    """Runs a piece of work in a transaction of its own."""

    def __call__(self, work: Callable[[Connection], _T]) -> Awaitable[_T]:
        """Return what `work` returns."""
        ...


class PictureRef(Value):
    """A picture: its job, and its place in that."""

    job_id: str = Field(max_length=64)
    index: int = Field(ge=0, le=2**31)


class ListedPicture(Value):
    """A picture as lists show it; `prompt` is its first 300 characters, `created` when its job was asked for."""

    job_id: str
    index: int
    name: str
    prompt: str
    model: str
    mode: Mode
    seed: int
    width: int
    height: int
    bytes: int
    favourite: bool
    created: datetime


class Wanted(Value):
    """Which pictures are wanted.

    Attributes:
        owner: Whose; None for everybody's.
        search: Words, each in the prompt, the model's name or the seed, in whatever case.
        since: Asked for at this time or later.
        until: Asked for before this time.
    """

    owner: str | None = None
    search: str = ""
    model: str | None = None
    mode: Mode | None = None
    since: datetime | None = None
    until: datetime | None = None
    favourite: bool | None = None
    job: str | None = None


class PictureStore:
    """Lists pictures and marks them.

    Args:
        read: Runs what only reads.
        write: Runs what changes something; it is durable when it returns.
    """

    def __init__(self, read: Run, write: Run) -> None:
        self._read, self._write = read, write

    async def page(
        self, wanted: Wanted, *, limit: int, after: str | None = None
    ) -> tuple[list[ListedPicture], int, str | None]:
        """Return pictures, those of the newest jobs first, how many there are in all, and what continues the list.

        Args:
            wanted: Which ones.
            limit: How many.
            after: What an answer said continues it. Raises InvalidInput for anything else.
        """
        conditions = _conditions(wanted)
        order = (pictures.c.created.desc(), pictures.c.job, pictures.c.index)
        query = select(pictures).where(*conditions, *_after(after)).order_by(*order).limit(limit + 1)
        count = select(func.count()).select_from(pictures).where(*conditions)

        def work(connection: Connection) -> tuple[list[Any], int]:
            return list(connection.execute(query).mappings()), connection.execute(count).scalar_one()

        rows, total = await self._read(work)
        more = _cursor(rows[limit - 1]) if len(rows) > limit else None
        return [_listed(row) for row in rows[:limit]], total, more

    async def models(self, owner: str | None) -> list[str]:
        """Names of the models that drew them."""
        query = select(pictures.c.model).distinct().where(*_conditions(Wanted(owner=owner))).order_by(pictures.c.model)
        return list(await self._read(lambda connection: connection.execute(query).scalars().all()))

    async def mark(self, refs: Sequence[PictureRef], favourite: bool, owner: str | None) -> int:
        """Make pictures favourites, or not; return how many there are of those named."""
        whose = [pictures.c.owner == owner] if owner is not None else []

        def work(connection: Connection) -> int:
            done = 0
            for start in range(0, len(refs), _SLICE):
                named = tuple_(pictures.c.job, pictures.c.index).in_(
                    [(ref.job_id, ref.index) for ref in refs[start : start + _SLICE]]
                )
                done += connection.execute(update(pictures).where(named, *whose).values(favourite=favourite)).rowcount
            return done

        return await self._write(work)

    async def remove(self, job: str, index: int) -> None:
        """Take a picture out of its job. Raises Conflict when that has not ended, or is let wait again."""
        same = jobs.c.id == job

        def work(connection: Connection) -> None:
            body = connection.execute(select(jobs.c.body).where(same).with_for_update()).scalar_one_or_none()
            if body is not None:
                left = Job.model_validate_json(body).without(index)
                connection.execute(update(jobs).where(same).values(body=left.model_dump_json()))
                connection.execute(delete(pictures).where(pictures.c.job == job, pictures.c.index == index))

        await self._write(work)


def follow(connection: Connection, job: Job, event: JobEvent) -> None:
    """Do what a job's change means for the rows of its pictures."""
    if event.state.is_terminal and job.artifacts and job.kind is JobKind.GENERATE:
        known = set(connection.execute(select(pictures.c.index).where(pictures.c.job == job.id)).scalars())
        if new := [row for row in _rows(job) if row["index"] not in known]:
            connection.execute(insert(pictures), new)


def forget(connection: Connection, ids: Sequence[str]) -> None:
    """Remove the rows of jobs' pictures."""
    connection.execute(delete(pictures).where(pictures.c.job.in_(ids)))


def _rows(job: Job) -> list[dict[str, Any]]:
    request = job.drawing
    prompt = request.prompts.positive
    return [
        {
            "job": job.id,
            "index": one.index,
            "owner": job.owner,
            "created": job.created.timestamp(),
            "name": one.name,
            "prompt": prompt[:LONGEST_PROMPT],
            "text": f"{prompt} {request.model} {one.seed}".casefold(),
            "model": request.model,
            "mode": request.mode.value,
            "seed": one.seed,
            "width": one.width,
            "height": one.height,
            "bytes": one.bytes,
            "favourite": False,
        }
        for one in job.artifacts
    ]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        pictures.c.text.contains(word, autoescape=True) for word in wanted.search.casefold().split()
    ]
    equal = {"owner": wanted.owner, "model": wanted.model, "job": wanted.job, "favourite": wanted.favourite}
    equal["mode"] = wanted.mode.value if wanted.mode else None
    found += [pictures.c[name] == value for name, value in equal.items() if value is not None]
    if wanted.since:
        found.append(pictures.c.created >= _seconds(wanted.since))
    if wanted.until:
        found.append(pictures.c.created < _seconds(wanted.until))
    return found


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _cursor(row: Any) -> str:
    return f"{row['created']!r}~{row['job']}~{row['index']}"


def _after(cursor: str | None) -> list[ColumnElement[bool]]:
    if cursor is None:
        return []
    try:
        created, job, index = cursor.split("~")
        moment, place = float(created), int(index)
    except ValueError as error:
        raise InvalidInput("This continues no list of pictures.", hint="Leave `after` out, to begin anew.") from error
    older = pictures.c.created < moment
    later = or_(pictures.c.job > job, and_(pictures.c.job == job, pictures.c.index > place))
    return [or_(older, and_(pictures.c.created == moment, later))]


def _listed(row: Any) -> ListedPicture:
    known = {name: row[name] for name in ListedPicture.model_fields if name in row}
    return ListedPicture(**known | {"job_id": row["job"], "created": datetime.fromtimestamp(row["created"], UTC)})


def no_picture(ref: PictureRef) -> NotFound:
    """The error for a picture that a job has not got."""
    return NotFound(f"Job {ref.job_id[:80]!r} has no picture {ref.index}.")
