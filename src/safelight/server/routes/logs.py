"""Native dialect: the last lines of the log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from safelight.domain.values import Value
from safelight.server.access import Admin
from safelight.server.log_tail import Level, LogLine, LogTail

router = APIRouter(tags=["system"])


class LogPage(Value):
    """Lines in order; `last` is the number to ask after next time, also when no line passed the filter."""

    lines: tuple[LogLine, ...]
    last: int


@router.get("/system/logs", summary="The last lines of the log")
async def logs(
    request: Request,
    caller: Admin,
    since: Annotated[int, Query(ge=0, description="Only lines with a greater number.")] = 0,
    level: Annotated[Level, Query(description="This level and graver ones.")] = Level.INFO,
    requests: Annotated[bool, Query(description="With the line of each request.")] = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> LogPage:
    """The newest lines of the server and its workers since it started; they are kept in memory only.

    A private server keeps nothing of what workers print, and its own lines tell neither jobs nor prompts.
    """
    tail: LogTail = request.app.state.log_tail
    last = tail.last  # before: what comes meanwhile is asked for again
    return LogPage(lines=tuple(tail.after(since, level=level, requests=requests, limit=limit)), last=last)
