"""Both clients of a real server, and a port for one that comes back."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator

import pytest

import safelight
from tests.servers import Server


@pytest.fixture
def client(server: Server) -> Iterator[safelight.Client]:
    with safelight.Client(server.url) as client:
        yield client


@pytest.fixture
async def aclient(server: Server) -> AsyncIterator[safelight.AsyncClient]:
    async with safelight.AsyncClient(server.url) as client:
        yield client


@pytest.fixture
def port() -> int:
    """A free port, for a server that is to come back on it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
