"""Hosts of models on loopback: they answer as Hugging Face, its CDN, Civitai and plain web servers do, faults too."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

_CHUNK = 1 << 16
_REFUSALS = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


@dataclass
class Asked:
    """A request that a host got."""

    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str | None:
        return self.headers.get("range")


class Faults:
    """What goes wrong with the next requests for a file, one fault a request, then nothing."""

    def __init__(self, *faults: Callable[[Reply], None]) -> None:
        self._faults = list(faults)
        self._lock = threading.Lock()

    def next(self) -> Callable[[Reply], None] | None:
        with self._lock:
            return self._faults.pop(0) if self._faults else None


@dataclass
class Served:
    """A file that a host serves: whole, in ranges, with an ETag; `slow` seconds pass before every 64 KiB."""

    data: bytes
    etag: str | None = None
    content_type: str = "application/octet-stream"
    ranges: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    needs_key: str | None = None
    slow: float = 0.0
    refusal: dict[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class Reply:
    """One request on its way to an answer; faults change it."""

    def __init__(self, handler: BaseHTTPRequestHandler, served: Served) -> None:
        self.handler, self.served = handler, served
        self.cut_after: int | None = None
        self.ignore_range = False
        self.pace: tuple[int, threading.Event] | None = None
        self.done = False

    def refuse(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.handler.send_response(status, _REFUSALS.get(status))
        for name, value in (headers or {}).items():
            self.handler.send_header(name, value)
        self.handler.send_header("Connection", "close")
        self.handler.send_header("Content-Length", str(len(body)))
        self.handler.end_headers()
        self.handler.wfile.write(body)
        self.done = True

    def send(self) -> None:
        """Answer as a server of static files does (RFC 9110, 14)."""
        served, handler = self.served, self.handler
        etag = served.etag if served.etag is not None else f'"{served.sha256[:20]}"'
        start, total = 0, len(served.data)
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        condition = handler.headers.get("If-Range")
        if wanted and served.ranges and not self.ignore_range and condition in (None, etag):
            start = int(wanted[1])
            if start >= total:
                self.refuse(416, {"Content-Range": f"bytes */{total}"})
                return
            handler.send_response(206, "Partial Content")
            handler.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        else:
            handler.send_response(200)
        if etag:
            handler.send_header("ETag", etag)
        handler.send_header("Connection", "close")
        handler.send_header("Content-Type", served.content_type)
        handler.send_header("Content-Length", str(total - start))
        for name, value in served.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        body = served.data[start:]
        if self.pace:
            size, go_on = self.pace
            handler.wfile.write(body[:size])
            handler.wfile.flush()
            go_on.wait(60)
            body = body[size:]
        body = body if self.cut_after is None else body[: self.cut_after]
        for place in range(0, len(body), _CHUNK) if served.slow else ():
            threading.Event().wait(served.slow)
            handler.wfile.write(body[place : place + _CHUNK])
        if not served.slow:
            handler.wfile.write(body)
        handler.wfile.flush()
        self.done = True


def cut(after: int) -> Callable[[Reply], None]:
    """The connection breaks after so many bytes."""

    def fault(reply: Reply) -> None:
        reply.cut_after = after
        reply.send()

    return fault


def held(after: int, go_on: threading.Event) -> Callable[[Reply], None]:
    """So many bytes come, the rest when the event is set."""

    def fault(reply: Reply) -> None:
        reply.pace = (after, go_on)
        reply.send()

    return fault


def refused(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Callable[[Reply], None]:
    """An answer that is no file."""
    return lambda reply: reply.refuse(status, headers, body)


def whole(reply: Reply) -> None:
    """A `Range` is ignored and everything sent, with status 200."""
    reply.ignore_range = True
    reply.send()


class Host:
    """A host. `url` is its address, `asked` what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, Served] = {}
        self.pages: dict[str, Callable[[Reply], None]] = {}
        self.asked: list[Asked] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.address}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, path: str, data: bytes, **more: Any) -> Served:
        """Serve a file at `path`."""
        self.files[path] = Served(data, **more)
        return self.files[path]

    def redirect(self, path: str, to: str, **headers: str) -> None:
        """Send whoever asks for `path` elsewhere."""
        self.pages[path] = lambda reply: reply.refuse(302, {"Location": to, **headers})

    def tell(self, path: str, answer: Any) -> None:
        """Answer `path` in JSON."""
        self.serve(path, json.dumps(answer).encode(), content_type="application/json", etag="")

    def paths(self, part: str = "") -> list[str]:
        """Paths that were asked for and hold `part`."""
        return [one.path for one in self.asked if part in one.path]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = unquote(urlsplit(handler.path).path)
        self.asked.append(Asked(handler.path, {name.lower(): value for name, value in handler.headers.items()}))
        try:
            page = self.pages.get(path)
            if page:
                page(Reply(handler, Served(b"")))
                return
            served = self.files.get(path)
            if served is None:
                Reply(handler, Served(b"")).refuse(
                    404, {"X-Error-Code": "EntryNotFound"} if "/resolve/" in path else {}
                )
                return
            reply = Reply(handler, served)
            if served.needs_key and handler.headers.get("Authorization") != f"Bearer {served.needs_key}":
                reply.refuse(401, served.refusal)
                return
            fault = served.faults.next()
            if fault:
                fault(reply)
            if not reply.done:
                reply.send()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has seen enough


COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(Host):
    """Answers as Hugging Face: an API, and `resolve` addresses that lead large files to another host."""

    def __init__(self, cdn: Host) -> None:
        super().__init__()
        self.cdn = cdn

    def publish(self, repo: str, files: dict[str, bytes], *, small: tuple[str, ...] = (), **about: Any) -> None:
        """Publish a repository; files whose names end with one of `small` are not in LFS."""
        siblings = []
        for path, data in files.items():
            sibling: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": "0" * 40}
            place = f"/{repo}/resolve/{COMMIT}/{path}"
            if path.endswith((".json", ".txt", *small)):
                self.serve(place, data)
            else:
                sha256 = hashlib.sha256(data).hexdigest()
                sibling["lfs"] = {"size": len(data), "sha256": sha256, "pointerSize": 135}
                self.cdn.serve(f"/cdn/{sha256}", data)
                linked = {"X-Linked-ETag": f'"{sha256}"', "X-Linked-Size": str(len(data)), "X-Repo-Commit": COMMIT}
                self.redirect(place, f"{self.cdn.url}/cdn/{sha256}?Signature=secret", **linked)
            siblings.append(sibling)
        told = {"id": repo, "sha": COMMIT, "siblings": siblings, "gated": False, "private": False, **about}
        for path in (f"/api/models/{repo}", f"/api/models/{repo}/revision/main"):
            self.tell(path, told)

    def blob(self, data: bytes) -> Served:
        """What the CDN serves for a published file."""
        return self.cdn.files[f"/cdn/{hashlib.sha256(data).hexdigest()}"]


@contextmanager
def running(*hosts: Host) -> Iterator[None]:
    """Close hosts after a block."""
    try:
        yield
    finally:
        for host in hosts:
            host.close()


def settings_for(*hosts: Host) -> dict[str, Any]:
    """Settings that let these hosts be asked, and no pauses between tries."""
    return {
        "download_hosts": tuple(host.address for host in hosts),
        "download_retry_seconds": 0.0,
        "download_tries": 4,
    }
