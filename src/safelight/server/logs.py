"""The server's log on stderr: text or JSON lines, each with the id of the request it belongs to.

One line per request with method, path, status, time and caller; never a query, a body, a prompt or a key. A private
server also says nothing of its jobs: paths without ids, errors without their text.
"""

from __future__ import annotations

import json
import logging
import logging.config
import re
import secrets
import time
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from safelight.domain.errors import InvalidInput, SafelightError
from safelight.server.access import caller_of
from safelight.server.log_tail import LogTail
from safelight.server.problems import Problem, respond
from safelight.workers.process import OUTPUT

log = logging.getLogger("safelight.requests")

_request: ContextVar[str | None] = ContextVar("request", default=None)
_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_JOB_ID = re.compile(r"\b[0-9a-f]{32}\b")
_FIELDS = ("method", "path", "status", "ms", "caller")
_CLIENT_LEFT = 499
_NEVER = logging.CRITICAL + 1
_LONGEST_PATH = 200

Answered = Callable[[str, int], None]
"""Told of each request's path and status."""


def configure(form: Literal["text", "json"], *, private: bool) -> LogTail:
    """Send everything that is logged in this process to stderr, once, in one form; return what keeps the last of it.

    Safelight's own lines from INFO, other libraries' from WARNING. uvicorn's report of an exception is left out: the
    one that was logged with its request says the same. What workers print goes to the tail only, and of a private
    server nowhere: libraries quote prompts.
    """
    tail = LogTail(_request.get)
    formatter = JsonLines if form == "json" else TextLines
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "lines": {"()": formatter, "private": private},
                "bare": {"()": BareLines, "private": private},
            },
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "lines"},
                "tail": {"()": lambda: tail, "formatter": "bare"},
            },
            "root": {"level": "WARNING", "handlers": ["stderr", "tail"]},
            "loggers": {
                "safelight": {"level": "INFO"},
                OUTPUT: {"level": _NEVER if private else "DEBUG", "handlers": ["tail"], "propagate": False},
            },
        }
    )
    logging.getLogger("uvicorn.error").addFilter(_is_not_reported_already)
    return tail


def _is_not_reported_already(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Exception in ASGI application")


class _Lines(logging.Formatter):
    """What both forms say of a record."""

    def __init__(self, *, private: bool) -> None:
        super().__init__()
        self._private = private

    def message(self, record: logging.LogRecord) -> str:
        """The message, on one line."""
        text = record.getMessage()
        if not text.isprintable():
            text = text.encode("unicode_escape").decode()
        return _JOB_ID.sub("…", text) if self._private else text

    def failure(self, record: logging.LogRecord) -> str | None:
        """The traceback; of a private server without the errors' texts, which may quote a prompt."""
        if not record.exc_info or not record.exc_info[1]:
            return None
        error = record.exc_info[1]
        if not self._private:
            return "".join(traceback.format_exception(error)).rstrip()
        frames = traceback.format_list(
            [
                traceback.FrameSummary(frame.filename, frame.lineno, frame.name, line="")
                for frame in traceback.extract_tb(error.__traceback__)
            ]
        )
        return "".join(frames) + type(error).__qualname__


class BareLines(_Lines):
    """The message alone, and the traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        failure = self.failure(record)
        return self.message(record) + (f"\n{failure}" if failure else "")


class TextLines(_Lines):
    """`2026-01-31T12:00:00.000Z INFO safelight.requests GET /health 200 1.2 ms alice 3f0c…`."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text; a traceback takes more lines."""
        parts = [_moment(record), record.levelname, record.name, self.message(record)]
        if request := _request.get():
            parts.append(request)
        failure = self.failure(record)
        return " ".join(parts) + (f"\n{failure}" if failure else "")


class JsonLines(_Lines):
    """One JSON object a line: time, level, logger, message, request_id, and an access line's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as JSON."""
        line: dict[str, object] = {
            "time": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message(record),
        }
        if request := _request.get():
            line["request_id"] = request
        line |= {name: value for name in _FIELDS if (value := getattr(record, name, None)) is not None}
        if failure := self.failure(record):
            line["exception"] = failure
        return json.dumps(line, ensure_ascii=False)


class RequestLog:
    """Gives every request an id, logs one line for it, and answers errors that nobody foresaw.

    Args:
        app: What answers.
        private: Whether paths are logged as routes, without the ids in them, and no answer may be cached.
        answered: Told of every answer.
    """

    def __init__(self, app: ASGIApp, *, private: bool, answered: Answered) -> None:
        self._app, self._private, self._answered = app, private, answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        identity = given if _SANE_ID.fullmatch(given) else secrets.token_hex(8)
        token = _request.set(identity)
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
                status = message.get("status", HTTPStatus.SWITCHING_PROTOCOLS)
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = identity
                if self._private:  # browsers keep what they may on the disk
                    headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except (ClientDisconnect, WebSocketDisconnect):
            status = _CLIENT_LEFT
        except Exception as error:
            if status:  # too late for another answer: the server closes the connection
                status = HTTPStatus.INTERNAL_SERVER_ERROR
                if scope["type"] == "websocket":  # for HTTP, `problems` reports it
                    log.exception("a WebSocket failed in an unforeseen way")
                raise
            await respond(HTTPConnection(scope), _problem(error, scope))(scope, receive, sending)
        finally:
            self._line(scope, status or _CLIENT_LEFT, (time.perf_counter() - begun) * 1000)
            _request.reset(token)

    def _line(self, scope: Scope, status: int, ms: float) -> None:
        self._answered(scope["path"], status)
        caller = caller_of(HTTPConnection(scope))
        fields = {
            "method": scope.get("method", "WEBSOCKET"),
            "path": self._path(scope),
            "status": int(status),
            "ms": round(ms, 1),
            "caller": caller.name if caller else "",
        }
        words = "%(method)s %(path)s %(status)s %(ms)s ms"
        log.info(words + (" %(caller)s" if fields["caller"] else ""), fields, extra=fields)

    def _path(self, scope: Scope) -> str:
        """As it was sent, percent-encoded, without its query; of a private server the route that it took."""
        if self._private:
            # newer FastAPI's `route` lacks the prefixes of the routers it was included by; what it makes of it has them
            route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
            return getattr(route, "path", None) or "-"
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        return raw.partition(b"?")[0].decode("latin-1")[:_LONGEST_PATH]


def _problem(error: Exception, scope: Scope) -> Problem:
    if isinstance(error, RecursionError):
        return Problem.of(InvalidInput("The request is nested too deeply."))
    log.exception("%s failed in an unforeseen way", scope.get("method", "WEBSOCKET"), exc_info=error)
    failure = SafelightError(f"An unforeseen {type(error).__name__}.", hint="The server's log says more.")
    return Problem.of(failure)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
