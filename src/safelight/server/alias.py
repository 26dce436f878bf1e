"""`/api/…` is another name of `/api/v1/…`."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

_SHORT, _FULL = "/api/", "/api/v1/"


class Alias:
    """Rewrites the path of a request; everything behind it sees the full one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its full path."""
        path: str = scope.get("path", "")
        if path.startswith(_SHORT) and not path.startswith(_FULL):
            scope = {**scope, "path": _FULL + path.removeprefix(_SHORT)}
            if raw := scope.get("raw_path"):
                scope["raw_path"] = _FULL.encode() + raw.removeprefix(_SHORT.encode())
        await self._app(scope, receive, send)
