"""Serves the page at `/ui/`: the build's files under a strict Content-Security-Policy, or how to build it.

Hashed files never change and are kept by browsers for good; all others are asked for again and mostly answered 304. The
build leaves a `.br` and a `.gz` beside each text file, so nothing is compressed while serving. Views have addresses of
their own (`/ui/gallery`) that all are `index.html`.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

BUILT = Path(__file__).with_name("page_dist")

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",  # pictures fetched with a key, and previews out of events
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types svelte-trusted-html",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

_NOT_BUILT = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Safelight: the page is not built</title>
<h1>The page is not built yet</h1>
<p>This is a checkout of Safelight; its page is built once, with Node 20.19 or newer:</p>
<pre>make page</pre>
<p>Without <code>make</code>: <code>python webui/build.py</code>. Then load this page again. Packages carry the page
with them.</p>
<p>The server itself is well: see <a href="/api/v1/status">its status</a> and
<a href="/api/v1/openapi.json">its API</a>.</p>
</html>
"""


class Page(StaticFiles):
    """The page, as an app to mount.

    Args:
        folder: Where the build put it; need not exist yet.
    """

    def __init__(self, folder: Path = BUILT) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._folder = folder

    @property
    def built(self) -> bool:
        """Whether there is a page."""
        return (self._folder / "index.html").is_file()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.built:
            await super().__call__(scope, receive, send)
            return
        missing = HTMLResponse(_NOT_BUILT, HTTPStatus.NOT_FOUND, {**HEADERS, "Cache-Control": "no-store"})
        await missing(scope, receive, send)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """The file of an address: paths without an ending are views, and all of these are one file."""
        return super().lookup_path(path if Path(path).suffix else "index.html")

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """A file as it was compressed for who asks, with how long it holds."""
        path, asked = Path(full_path), Headers(scope=scope)
        headers = HEADERS | {"Vary": "Accept-Encoding"}
        headers["Cache-Control"] = _FOREVER if path.parent.name == "assets" else _ASK_AGAIN
        kind = guess_type(path.name)[0] or "application/octet-stream"
        accepted = {part.partition(";")[0].strip() for part in asked.get("accept-encoding", "").split(",")}
        for encoding, ending in _ENCODINGS:
            compressed = path.with_name(path.name + ending)
            if encoding in accepted and compressed.is_file():
                path, stat_result = compressed, compressed.stat()
                headers["Content-Encoding"] = encoding
                break
        response = FileResponse(path, status_code, headers, media_type=kind, stat_result=stat_result)
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, asked) else response
