"""Bounds what requests' bodies may cost: bytes, counted as they arrive, time, and the bytes of all together."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safelight.domain.errors import SafelightError, TooLarge, Unavailable
from safelight.server.problems import Problem, respond

GRACE_SECONDS = 30.0
"""How long any body may take to arrive."""

SLOWEST = 16 * 1024
"""Bytes a second that a body has to arrive with beyond that, on the average."""

_TOGETHER = 4
_TIMEOUT = 408


class BodyLimit:
    """Refuses bodies that are too large (413), too slow (408), or too many at once (503).

    Args:
        app: What is bounded.
        max_bytes: Largest body; all bodies that are held at one time may have four times as much.
        grace: See `GRACE_SECONDS`.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, grace: float = GRACE_SECONDS) -> None:
        self._app, self._max, self._grace = app, max_bytes, grace
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        body = _Body(self, receive, send)
        if announced.isdecimal() and int(announced) > self._max:
            body.refusal = self.too_large()
        else:
            await body.run(self._app, scope)
        if body.refusal and not body.answered:
            await body.refuse(body.refusal, scope)

    @property
    def grace(self) -> float:
        """Seconds any body may take."""
        return self._grace

    def take(self, size: int, total: int) -> None:
        """Count bytes that came in, `total` for their request so far; `release` must follow.

        Raises:
            TooLarge: The request has too many.
            Unavailable: All requests together have.
        """
        self._held += size
        if total > self._max:
            raise TooLarge(
                f"The request has more than {self._max} bytes.",
                hint="The setting max_body_bytes says how many it may have.",
            )
        if self._held > _TOGETHER * self._max:
            raise Unavailable("Too many large requests came at once.", hint="Try again in a moment.")

    def release(self, size: int) -> None:
        """Count bytes that are held no more."""
        self._held -= size

    def too_large(self) -> Problem:
        """The refusal of a body that announces itself as too large."""
        try:
            self.take(0, self._max + 1)
        except SafelightError as error:
            return Problem.of(error)
        raise AssertionError


class _Body:
    """One request's body on its way in."""

    def __init__(self, limit: BodyLimit, receive: Receive, send: Send) -> None:
        self.refusal: Problem | None = None
        self.answered = False
        self._limit, self._receive, self._send = limit, receive, send
        self._bytes = 0
        self._begun = asyncio.get_running_loop().time()
        self._whole = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Let `app` answer; what it does after a refusal does not count."""
        try:
            await app(scope, self._bounded_receive, self._bounded_send)
        except Exception:
            if not self.refusal or self.answered:
                raise
        finally:
            self._limit.release(self._bytes)

    async def refuse(self, problem: Problem, scope: Scope) -> None:
        """Answer with a refusal. The HTTP server throws away what still comes, so that the client gets to read it."""
        response = respond(HTTPConnection(scope), problem)
        if problem.status == _TIMEOUT:
            response.headers["connection"] = "close"
        await response(scope, self._receive, self._send)

    async def _bounded_receive(self) -> Message:
        if self._whole:
            return await self._receive()
        if self.refusal:
            raise ClientDisconnect
        try:
            async with asyncio.timeout_at(self._begun + self._limit.grace + self._bytes / SLOWEST):
                message = await self._receive()
            size = len(message.get("body", b""))
            self._bytes += size
            self._limit.take(size, self._bytes)
        except TimeoutError:
            self.refusal = Problem(
                status=_TIMEOUT,
                code="request_timeout",
                detail=f"The body came too slowly: {self._bytes} bytes so far.",
            )
            raise ClientDisconnect from None
        except SafelightError as error:
            self.refusal = Problem.of(error)
            raise ClientDisconnect from error
        self._whole = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message

    async def _bounded_send(self, message: Message) -> None:
        if self.refusal and not self.answered:
            return
        self.answered = True
        await self._send(message)


def keep_uploads_in_memory(max_bytes: int) -> None:
    """Let no part of a form be spooled to the disk, where a private server has nothing; `BodyLimit` bounds them."""
    MultiPartParser.spool_max_size = max_bytes + 1
