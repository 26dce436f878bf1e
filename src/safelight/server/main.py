"""Runs the server: one per data folder, on a bound socket, until SIGTERM or Ctrl-C; then it stops in good order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout

from safelight.domain.errors import Conflict, InvalidInput, StorageFailed
from safelight.jobs.service import open_jobs
from safelight.server.app import create_app
from safelight.settings import Settings

_ANSWERS_SECONDS = 5
_BACKLOG = 2048


class _Server(uvicorn.Server):
    """Stops the job service before it closes connections, so that whoever waits or listens gets an answer."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app, self._ready = app, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._app.state.jobs.stop()
        await super().shutdown(sockets)


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until a signal asks to stop.

    Args:
        settings: Everything.
        ready: Called with the server's URL once it answers.

    Raises:
        InvalidInput: The address can't be listened on.
        Conflict: Another server uses the data folder.
        StorageFailed: The data folder or the database can't be used.
    """
    with _only_one(settings), _listen(settings) as listening:
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",  # opened below, where its errors are ours to report
            server_header=False,
            timeout_graceful_shutdown=_ANSWERS_SECONDS,
            ws_max_size=2**16,
        )
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{listening.getsockname()[1]}"
        asyncio.run(_run(settings, app, _Server(config, app, lambda: ready(url)), listening))


async def _run(settings: Settings, app: FastAPI, server: _Server, listening: socket.socket) -> None:
    async with open_jobs(settings) as jobs:
        app.state.jobs = jobs
        await server.serve([listening])


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Hold the data folder's lock; the system lets go of it when the process dies."""
    if settings.private:
        yield
        return
    path = settings.data_dir / "server.lock"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=0)
        lock.acquire()
    except Timeout as error:
        raise Conflict(
            f"Another Safelight server uses {settings.data_dir}.",
            hint="Stop it, or give this one a folder of its own with --data-dir.",
        ) from error
    except OSError as error:
        raise StorageFailed(
            f"The data folder {settings.data_dir} can't be used: {error.strerror or error}.",
            hint="Choose another with --data-dir.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is in use already" if taken else f"can't be used: {error.strerror or error}"
        raise InvalidInput(
            f"Address {settings.host}, port {settings.port} {why}.",
            hint="Choose another with --port; 0 takes a free one." if taken else None,
        ) from error
    with contextlib.closing(listening):
        yield listening
