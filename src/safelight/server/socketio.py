"""Socket.IO dialect: python-socketio at `/socket.io`, imported with the first request: it costs half a second."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from safelight.server.auth.callers import Caller
from safelight.server.auth.callers import Scope as Allowed
from safelight.server.socketio_visit import Visit
from safelight.settings import Settings

_MAX_MESSAGE = 2**16


class SocketIo:
    """The ASGI application to mount at `/socket.io`.

    The access middleware has asked for a key before, wherever one is needed; pages of other origins are let in as
    `cors_origins` says.
    """

    def __init__(self, settings: Settings) -> None:
        self._origins = frozenset(origin.rstrip("/").lower() for origin in settings.cors_origins)
        self._visits: dict[str, Visit] = {}
        self._opening = asyncio.Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if self._app is None:
            async with self._opening:
                if self._app is None:
                    await asyncio.to_thread(importlib.import_module, "socketio")
                    self._app = self._open()
        await self._app(scope, receive, send)

    def _open(self) -> ASGIApp:
        import socketio  # noqa: PLC0415 (imported above, beside the event loop)

        server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=self._accepts,
            cors_credentials=False,
            max_http_buffer_size=_MAX_MESSAGE,
        )

        async def connect(sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
            scope = environ["asgi.scope"]
            caller: Caller | None = scope.get("safelight.caller")
            if caller is None or not caller.may(Allowed.GENERATE):
                raise socketio.exceptions.ConnectionRefusedError("This needs an API key that may generate.")

            async def say(event: str, data: dict[str, Any]) -> None:
                await server.emit(event, data, to=sid)

            self._visits[sid] = Visit(scope["app"].state.jobs, caller, say)

        async def disconnect(sid: str, reason: object = None) -> None:
            if visit := self._visits.pop(sid, None):
                visit.end()

        async def trigger(sid: str, data: object = None) -> None:
            await self._visits[sid].load(data)

        async def generate(sid: str, data: object = None) -> None:
            await self._visits[sid].generate(data)

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
