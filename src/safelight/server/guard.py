"""Refuses what a browser may be tricked into: requests under a foreign name (DNS rebinding) or from a foreign page.

A web page from elsewhere can make a browser send requests to this machine. It can't forge two headers: `Host`, which
names the page's own host when its DNS name was rebound to this machine, and `Origin`, which names the page. Programs
other than browsers send no `Origin` and a `Host` that is true, and notice nothing.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from safelight.domain.errors import Forbidden
from safelight.server.problems import Problem, respond
from safelight.settings import Settings

log = logging.getLogger(__name__)

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.%\w]+\]|[^\s:/?#@\[\]\\]+)(?::(?P<port>\d{1,5}))?")
_PORTS = {"http": 80, "https": 443}
_WEB = {"ws": "http", "wss": "https"}

Place = tuple[str, str, int]
"""Scheme, host and port: what makes an origin."""


class Guard:
    """Checks `Host` on every request, and `Origin` on those that may change something.

    Args:
        app: What is guarded.
        names: Host names that are ours, besides IP addresses and localhost; `*` for any.
        origins: Origins of other pages that may call; `*` for any.
    """

    def __init__(self, app: ASGIApp, names: Collection[str], origins: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(_plain(name) for name in names)
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] in ("http", "websocket"):
            problem = self._problem(scope, Headers(scope=scope))
            if problem:
                log.warning("%s", problem.detail)
                await respond(HTTPConnection(scope), problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope, headers: Headers) -> Problem | None:
        host = headers.get("host")
        scheme = str(_WEB.get(scope["scheme"], scope["scheme"]))
        place = None
        if host is not None:  # HTTP/1.0 has none, and browsers do not speak that
            place = _place(scheme, host)
            if place is None or not self._ours(place[1]):
                return Problem(
                    status=HTTPStatus.MISDIRECTED_REQUEST,
                    code="misdirected_request",
                    detail=f"This server is not called {host[:100]!r}.",
                    hint="If it is, name it in the setting allowed_hosts.",
                )
        origin = headers.get("origin")
        if origin is None or (scope["type"] == "http" and scope["method"] in _SAFE):
            return None
        if self._may_call(origin, place):
            return None
        error = Forbidden(
            f"Pages of {origin[:100]!r} may not call this server.",
            hint="If they are to, name that origin in the setting cors_origins.",
        )
        return Problem.of(error)

    def _ours(self, name: str) -> bool:
        """Whether a name can't have been rebound: an address, a local name, or one that was configured."""
        if "*" in self._names or name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _may_call(self, origin: str, place: Place | None) -> bool:
        if origin == "null":  # sandboxed frames and the like: nobody knows whose
            return False
        if "*" in self._origins or origin.lower() in self._origins:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return place is not None and _place(parts.scheme, parts.netloc) == place


def names_of(settings: Settings) -> set[str]:
    """Names by which this server may be called: configured ones, the one it listens on, the machine's own."""
    own = _plain(socket.gethostname())
    return {*settings.allowed_hosts, settings.host, own, own.partition(".")[0], f"{own.partition('.')[0]}.local"}


def _place(scheme: str, netloc: str) -> Place | None:
    found = _HOST.fullmatch(netloc)
    if not found:
        return None
    return scheme, _plain(found["name"]), int(found["port"] or _PORTS.get(scheme, 0))


def _plain(name: str) -> str:
    return name.strip("[]").removesuffix(".").lower()
