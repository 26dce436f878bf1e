"""Lets callers in: finds out who calls, and refuses strangers where a key is asked for.

Plain ASGI, so that streaming and clients that leave are untouched. What a caller may do is for the routes to ask
(`server.access`); that there is a caller at all is asked here, so that no route can forget it.
"""

from __future__ import annotations

import asyncio
import logging
import re

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from safelight.domain.errors import Unauthorized
from safelight.server.auth.callers import Caller
from safelight.server.auth.credentials import presented
from safelight.server.auth.keyring import Keyring
from safelight.server.problems import Problem, respond

log = logging.getLogger(__name__)

_PUBLIC = re.compile(
    r"(/api(/v1)?/(health|version|status|auth/(login|refresh|logout))|/health|/livez|/readyz|/|/ui(/.*)?|/favicon\.ico)/?"
)
"""Paths that answer strangers: is it up, what is it, sign in, and where a page is to be, which must ask for a key."""

_WRONG_KEY_SECONDS = 0.5
"""How long the answer to a wrong key takes: dull for who tries many, unnoticed by who mistyped one."""


class Gate:
    """Puts the caller into `scope["safelight.caller"]`: a key's holder, everyone where no key exists, or None."""

    def __init__(self, app: ASGIApp, keyring: Keyring) -> None:
        self._app, self._keyring = app, keyring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        secret = presented(Headers(scope=scope))
        caller = self._caller(secret)
        scope["safelight.caller"] = caller
        if caller or _PUBLIC.fullmatch(scope["path"]) or scope.get("method") == "OPTIONS":
            await self._app(scope, receive, send)
            return
        error = Unauthorized(
            "This needs an API key." if secret is None else "The API key is not one of ours.",
            hint="Send it as `Authorization: Bearer …`, as the password of HTTP Basic, or as `X-API-Key`.",
        )
        if secret is not None:
            client = scope.get("client") or ("somewhere",)
            log.warning("a wrong API key came from %s", client[0])
            await asyncio.sleep(_WRONG_KEY_SECONDS)
        await respond(HTTPConnection(scope), Problem.of(error))(scope, receive, send)

    def _caller(self, secret: str | None) -> Caller | None:
        if not self._keyring.required:
            return Caller()
        return None if secret is None else self._keyring.who(secret)
