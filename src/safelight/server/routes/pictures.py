"""Native dialect: finished pictures over all jobs, to find, keep as favourites and delete."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from safelight.domain.errors import Conflict, NotFound
from safelight.domain.request import Mode
from safelight.domain.values import Value
from safelight.jobs.pictures import ListedPicture, PictureRef, Wanted
from safelight.server.access import Drawer, Jobs, Reader

router = APIRouter(prefix="/pictures", tags=["pictures"])

_Refs = Annotated[tuple[PictureRef, ...], Field(min_length=1, max_length=1000)]


class PicturePage(Value):
    """Some pictures, those of the newest jobs first.

    Attributes:
        total: All that match.
        next: What to send as `after` to have those that follow; null at the end.
        models: Names of all models that drew pictures; only when a list begins.
    """

    pictures: tuple[ListedPicture, ...]
    total: int
    next: str | None
    models: tuple[str, ...] | None


class Marked(Value):
    """Pictures that are to be favourites from now on, or not to be."""

    pictures: _Refs
    favourite: bool


class Doomed(Value):
    """Pictures to delete."""

    pictures: _Refs


class Changed(Value):
    """How many pictures it was; those that are not there count nothing."""

    changed: int


@router.get("", summary="Find pictures")
async def find(
    jobs: Jobs,
    caller: Reader,
    search: Annotated[str, Query(max_length=500, description="Words in prompt, model or seed; all of them.")] = "",
    model: Annotated[str | None, Query(max_length=500)] = None,
    mode: Mode | None = None,
    since: Annotated[datetime | None, Query(description="Asked for at this time or later.")] = None,
    until: Annotated[datetime | None, Query(description="Asked for before this time.")] = None,
    favourite: bool | None = None,
    job: Annotated[str | None, Query(max_length=64)] = None,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the answer before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> PicturePage:
    """Pictures of ended jobs: the caller's own, or everyone's for an admin. Files are at `/jobs/{id}/output/{name}`."""
    wanted = Wanted(
        owner=caller.sees,
        search=search,
        model=model,
        mode=mode,
        since=since,
        until=until,
        favourite=favourite,
        job=job,
    )
    found, total, more = await jobs.store.pictures.page(wanted, limit=limit, after=after)
    models = tuple(await jobs.store.pictures.models(caller.sees)) if after is None else None
    return PicturePage(pictures=tuple(found), total=total, next=more, models=models)


@router.post("/favourite", summary="Make pictures favourites, or not")
async def mark(body: Marked, jobs: Jobs, caller: Drawer) -> Changed:
    """Kept by the server, for everybody who sees these pictures."""
    return Changed(changed=await jobs.store.pictures.mark(body.pictures, body.favourite, caller.sees))


@router.post("/delete", summary="Delete pictures")
async def delete(body: Doomed, jobs: Jobs, caller: Drawer) -> Changed:
    """One by one; a job is forgotten with its last picture. Those of jobs that have not ended, or are gone, stay so."""
    changed = 0
    for picture in body.pictures:
        try:
            await jobs.delete_picture(picture, caller.sees)
        except (NotFound, Conflict):
            continue
        changed += 1
    return Changed(changed=changed)
