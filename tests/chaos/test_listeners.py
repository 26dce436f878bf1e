"""Listeners that are slow, or vanish, cost the others nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import psutil

from tests.chaos.conftest import Counts
from tests.servers import Server, wait_until


def test_slow_and_vanishing_listeners_do_not_hold_up_anything(start: Callable[..., Server], count: Counts) -> None:
    server = start(preview_seconds=0)
    server.draw()
    with ExitStack() as stack:
        slow = [stack.enter_context(_listen(server)) for _ in range(count(20, 200))]
        for vanishing in [_listen(server) for _ in range(count(20, 200))]:
            vanishing.close()
        before = psutil.Process(server.process.pid).memory_info().rss
        for seed in range(count(5, 50)):
            assert server.draw(steps=100, preview_every=1, seed=seed)["status"] == "completed"
        grown = psutil.Process(server.process.pid).memory_info().rss - before
        print(f"{len(slow)} slow listeners: memory grew by {grown / 2**20:.1f} MB")
        assert grown < 80 * 2**20
    wait_until(lambda: _listeners(server) == 0)


def _listen(server: Server) -> socket.socket:
    """Ask for the event stream and never read it."""
    address = urlsplit(server.url)
    assert address.hostname and address.port
    listener = socket.create_connection((address.hostname, address.port))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    listener.sendall(b"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return listener


def _listeners(server: Server) -> int:
    """How many connections clients hold open on the server."""
    mine = psutil.Process(server.process.pid).net_connections(kind="tcp")
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in mine) - 1
