"""A running server for the tests of the HTTP dialects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for a module's tests; a test that breaks or configures servers starts its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a server of the test's own keeps things."""
    return tmp_path / "server"


@pytest.fixture
def held(server: Server, tmp_path: Path) -> Iterator[str]:
    """A running job that ends with the test, so that others wait behind it."""
    gate = tmp_path / "gate"
    job = server.queue({"wait": str(gate)})
    server.wait_for(job, "running")
    yield job
    gate.touch()
    server.wait_for(job, "completed", "cancelled")
