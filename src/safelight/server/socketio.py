"""Socket.IO dialect: python-socketio at `/socket.io`, imported with the first request: it costs half a second."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safelight.domain.errors import InvalidInput, Unavailable
from safelight.server.auth.callers import Caller
from safelight.server.auth.callers import Scope as Allowed
from safelight.server.problems import Problem, respond
from safelight.server.socketio_visit import Visit
from safelight.settings import Settings

_MAX_MESSAGE, _DIGITS = 2**16, 9
_FAREWELL_SECONDS = 1.0
_POST_SECONDS = 5.0
"""Posts are taken in at once. When one is no message the library ends the session, and waits until all was read."""


class SocketIo:
    """The ASGI application to mount at `/socket.io`.

    The shell around it has asked for a key, and refused foreign pages' posts and WebSockets, wherever that is needed;
    pages of other origins are let in as `cors_origins` says.
    """

    def __init__(self, settings: Settings) -> None:
        self._origins = frozenset(origin.rstrip("/").lower() for origin in settings.cors_origins)
        self._visits: dict[str, Visit] = {}
        self._requests: set[asyncio.Timeout] = set()
        self._opening = asyncio.Lock()
        self._closed = False
        self._server: Any = None
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if self._app is None:
            async with self._opening:
                if self._app is None:
                    await asyncio.to_thread(importlib.import_module, "socketio")
                    self._app = self._open()
        problem = await self._handled(self._app, scope, receive, send)
        if problem:
            await respond(HTTPConnection(scope), problem)(scope, receive, send)

    async def close(self) -> None:
        """End every session, so that nobody's long poll keeps a stopping server waiting."""
        if self._server:
            leaving = [asyncio.create_task(self._server.disconnect(sid)) for sid in self._visits]
            if leaving:
                await asyncio.wait(leaving, timeout=_FAREWELL_SECONDS)
            self._closed = True
            for request in self._requests:
                request.reschedule(asyncio.get_running_loop().time())
            await self._server.shutdown()

    async def _handled(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> Problem | None:
        """Let the library handle a connection; what it does not handle well itself is returned to be answered."""
        if self._closed:
            return Problem.of(Unavailable("The server is stopping.", hint="Try again in a moment."))
        length = Headers(scope=scope).get("content-length", "0")
        if len(length) > _DIGITS or not length.isdigit() or int(length) > _MAX_MESSAGE:
            # the library would wait for the session to be read empty before it refused
            too_large = InvalidInput(f"A message has at most {_MAX_MESSAGE:,} bytes.")
            return Problem.of(too_large, HTTPStatus.BAD_REQUEST)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":  # CORS is the shell's business: twice is once too often
                kept = [(name.lower(), value) for name, value in message["headers"]]
                message["headers"] = [pair for pair in kept if not pair[0].startswith(b"access-control-")]
            await send(message)

        limit = asyncio.timeout(_POST_SECONDS if scope.get("method") == "POST" else None)
        try:
            async with limit:
                if scope["type"] == "http":
                    self._requests.add(limit)
                await app(scope, receive, answer)
        except (KeyError, TimeoutError):  # before an answer: the session just ended, or is ended for what was posted
            gone = InvalidInput("There is no such session any more.", hint="Connect again.")
            return Problem.of(gone, HTTPStatus.BAD_REQUEST)
        finally:
            self._requests.discard(limit)
        return None

    def _open(self) -> ASGIApp:
        import socketio  # noqa: PLC0415 (imported above, beside the event loop)

        log = logging.getLogger("safelight.socketio.library")
        log.setLevel(logging.CRITICAL)  # it logs prompts, and a traceback for whatever a client sends wrong
        server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=self._accepts,
            cors_credentials=False,
            max_http_buffer_size=_MAX_MESSAGE,
            logger=log,
            engineio_logger=log,
        )
        self._server = server

        # Whatever a client emits arrives here, "connect" and "disconnect" with made-up arguments included.
        async def connect(sid: str, environ: object = None, *_: object) -> None:
            scope = environ.get("asgi.scope") if isinstance(environ, dict) else None
            if not isinstance(scope, dict) or not isinstance(scope.get("app"), Starlette):
                return
            caller: Caller | None = scope.get("safelight.caller")
            if caller is None or not caller.may(Allowed.GENERATE):
                raise socketio.exceptions.ConnectionRefusedError("This needs an API key that may generate.")

            async def say(event: str, data: dict[str, Any]) -> None:
                await server.emit(event, data, to=sid)

            self._visits[sid] = Visit(scope["app"].state.jobs, caller, say)

        async def disconnect(sid: str, *_: object) -> None:
            if visit := self._visits.pop(sid, None):
                visit.end()

        async def trigger(sid: str, data: object = None, *_: object) -> None:
            if visit := self._visits.get(sid):
                await visit.load(data)

        async def generate(sid: str, data: object = None, *_: object) -> None:
            if visit := self._visits.get(sid):
                await visit.generate(data)

        server.on("connect", connect)
        server.on("disconnect", disconnect)
        server.on("trigger-model-download", trigger)
        server.on("generate", generate)
        app: ASGIApp = socketio.ASGIApp(server, socketio_path=None)
        return app

    def _accepts(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Whether a page of `origin` may connect: our own pages, and those that the settings name."""
        if not origin or origin == "null":
            return False
        if {origin.lower(), "*"} & self._origins:
            return True
        try:
            asking = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        return asking == Headers(scope=environ["asgi.scope"]).get("host", "").lower()
