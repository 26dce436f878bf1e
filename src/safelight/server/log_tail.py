"""The last lines of the log, in memory, to be looked at from afar: the server's own, its workers', and requests'."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from safelight.domain.values import Value

REQUESTS = "safelight.requests"
PATH = "/api/v1/system/logs"

_KEPT, _REQUESTS_KEPT = 1000, 300
_LONGEST = 4000


class Level(StrEnum):
    """How grave a line is, from the least."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


_NUMBERS = {level: logging.getLevelNamesMapping()[level] for level in Level}


class LogLine(Value):
    """A line of the log.

    Attributes:
        number: Counts up from 1, over all lines since the server started.
        logger: Who says it; `safelight.workers.output` is what engines and their libraries print.
        message: The line, with what belongs to it (a traceback) below.
        request_id: Of the request it was said in.
    """

    number: int
    time: datetime
    level: Level
    logger: str
    message: str
    request_id: str | None = None


class LogTail(logging.Handler):
    """Keeps the newest lines: requests apart, so that whoever asks often pushes nothing else out.

    Args:
        request: Says the id of the request that is being answered, if one is.
    """

    def __init__(self, request: Callable[[], str | None] = lambda: None) -> None:
        super().__init__()
        self._request = request
        self._lines: deque[LogLine] = deque(maxlen=_KEPT)
        self._requests: deque[LogLine] = deque(maxlen=_REQUESTS_KEPT)
        self.last = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record, as the formatter words it; the requests that read the tail are none of its lines."""
        if getattr(record, "path", None) == PATH:
            return
        self.last += 1
        kept = self._requests if record.name == REQUESTS else self._lines
        kept.append(
            LogLine(
                number=self.last,
                time=datetime.fromtimestamp(record.created, UTC),
                level=_level(record.levelno),
                logger=record.name,
                message=self.format(record)[:_LONGEST],
                request_id=self._request(),
            )
        )

    def after(self, number: int, *, level: Level, requests: bool, limit: int) -> list[LogLine]:
        """The newest `limit` lines with a greater number, of a level and graver ones, in order."""
        self.acquire()
        try:
            known = [*self._lines, *(self._requests if requests else ())]
        finally:
            self.release()
        grave = list(Level)[list(Level).index(level) :]
        found = [one for one in known if one.number > number and one.level in grave]
        return sorted(found, key=lambda one: one.number)[-limit:]


def _level(number: int) -> Level:
    """The greatest level that is not above a record's."""
    return max((level for level in Level if _NUMBERS[level] <= number), key=_NUMBERS.__getitem__, default=Level.DEBUG)
