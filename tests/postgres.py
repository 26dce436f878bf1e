"""A PostgreSQL of the tests' own, where its programs are installed; on loopback, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Postgres:
    """A running server; `database()` makes an empty database in it.

    Attributes:
        control: Begins ("start") and ends it ("stop").
    """

    def __init__(self, programs: Path, port: int, control: Callable[[str], None]) -> None:
        self._programs, self._port, self.control = programs, port, control

    def database(self) -> str:
        """URL of a new database."""
        name = f"test_{uuid.uuid4().hex}"
        address = ("--host", "127.0.0.1", "--port", str(self._port), "--username", "postgres")
        subprocess.run([self._programs / "createdb", *address, name], check=True)
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self._port}/{name}"


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server for the length of a block; skips the test where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        data = Path(folder) / "data"
        data.mkdir()
        if user:
            Path(folder).chmod(0o755)
            os.chown(data, pwd.getpwnam(user).pw_uid, -1)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        made = (programs / "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust", "--no-sync")
        subprocess.run(made, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        options = f"-F -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="

        def control(what: str) -> None:
            how = ("--options", options) if what == "start" else ("--mode", "immediate")
            command = (programs / "pg_ctl", what, "--pgdata", data, "--log", data / "log", "--silent", "--wait", *how)
            subprocess.run(command, user=user, cwd=folder, check=True)

        control("start")
        try:
            yield Postgres(programs, port, control)
        finally:
            control("stop")


def _programs() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None
