"""How much chaos: a short sample in the fast tier, the full counts with `make test-chaos` (`--chaos`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import Server, start_server

Counts = Callable[[int, int], int]


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Counts:
    """`count(fast, full)`: how often to do something in this run."""
    full = bool(request.config.getoption("--chaos"))
    return lambda few, many: many if full else few


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers on one folder; whatever still runs at the end is killed."""
    servers: list[Server] = []

    def begin(*arguments: str, **settings: object) -> Server:
        servers.append(start_server(tmp_path / "server", *arguments, **settings))
        return servers[-1]

    yield begin
    for server in servers:
        if server.process.poll() is None:
            server.kill()
