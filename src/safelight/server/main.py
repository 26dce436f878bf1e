"""Runs the server: one per data folder, on a bound socket, until SIGTERM or Ctrl-C; then it stops in good order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout

from safelight.domain.errors import Conflict, InvalidInput, StorageFailed
from safelight.jobs.service import JobService, open_jobs
from safelight.server.app import begin, create_app
from safelight.server.auth.keyring import Keyring
from safelight.server.logs import configure
from safelight.settings import Settings

_ANSWERS_SECONDS = 5
_BACKLOG = 2048


class _Server(uvicorn.Server):
    """Stops the job service before it closes connections, so that whoever waits or listens gets an answer."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app, self._ready = app, ready
        self._forced = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in good order; at the second signal let the running job wait in the store, and wait for nobody.

        uvicorn would raise the signal again when all is done, and the process would end by it instead of with 0.
        """
        if self.should_exit:
            self.force_exit = True
            self._loop.call_soon_threadsafe(self._forced.set)
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        jobs: JobService = self._app.state.jobs
        hurrying = asyncio.create_task(self._hurry(jobs))
        await jobs.stop()
        hurrying.cancel()
        await self._app.state.socketio.close()
        await super().shutdown(sockets)

    async def _hurry(self, jobs: JobService) -> None:
        await self._forced.wait()
        if jobs.dispatcher.running:
            await jobs.dispatcher.running.requeue("The server was stopped.")


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until a signal asks to stop.

    Args:
        settings: Everything.
        ready: Called with the server's URL once it answers.

    Raises:
        InvalidInput: The address can't be listened on, or others could reach it without a key.
        Conflict: Another server uses the data folder.
        StorageFailed: The data folder or the database can't be used.
    """
    tail = configure(settings.log_format, private=settings.private)
    _dump_no_core()
    os.umask(0o077)  # what the server and its workers create holds prompts and pictures: their owner's alone
    app = create_app(settings)
    app.state.log_tail = tail
    _refuse_to_be_open(settings, app.state.keyring)
    with _only_one(settings), _listen(settings) as listening:
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
        begin(app, jobs)
        await server.serve([listening])


def _refuse_to_be_open(settings: Settings, keyring: Keyring) -> None:
    if keyring.required or settings.insecure or _is_loopback(settings.host):
        return
    raise InvalidInput(
        f"Anyone who reaches {settings.host} could use this server: there is no API key.",
        hint="Make one with `safelight keys add NAME`, or say --insecure.",
    )


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine only, whichever of its addresses is meant."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:  # `_listen` will say so
        return True
    return bool(host) and all(ipaddress.ip_address(address[4][0]).is_loopback for address in found)


def _dump_no_core() -> None:
    """No core dumps, which would hold prompts and keys."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


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
        # Connections inherit it. asyncio sets it only where a socket names its protocol, and this one does not: an
        # answer of head and body then waited 40 ms for the client's delayed acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is in use already" if taken else f"can't be used: {error.strerror or error}"
        raise InvalidInput(
            f"Address {settings.host}, port {settings.port} {why}.",
            hint="Choose another with --port; 0 takes a free one." if taken else None,
        ) from error
    with contextlib.closing(listening):
        yield listening
