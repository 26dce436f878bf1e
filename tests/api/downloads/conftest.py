"""Hosts, and a server that may ask them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.downloads.pulling import web
from tests.hosts import Host, Hub, running
from tests.servers import Server, running_server


@pytest.fixture(scope="module")
def cdn() -> Iterator[Host]:
    host = Host()
    with running(host):
        yield host


@pytest.fixture(scope="module")
def hub(cdn: Host) -> Iterator[Hub]:
    hub = Hub(cdn)
    with running(hub):
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that server keeps things."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def server(home: Path, cdn: Host, hub: Hub) -> Iterator[Server]:
    """One server that may ask the hosts."""
    with running_server(home, **web(cdn, hub)) as running:
        yield running


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    """Lets a host that holds a file back send the rest; at the end of the test at the latest."""
    event = threading.Event()
    yield event
    event.set()
