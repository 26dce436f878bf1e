"""The job store's database: SQLite in WAL mode or in memory, PostgreSQL by URL; makes or migrates its tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from safelight.domain.errors import InvalidInput, StorageFailed

HEAD = "0003"
"""The newest migration; a database that is there already is opened without importing Alembic."""

MEMORY = "sqlite://"
"""A database that is gone with the process: for private mode, and for tests."""

_THREADS = 4
_T = TypeVar("_T")


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


class Database:
    """Runs pieces of work, each in a transaction of its own.

    SQLite's run in a thread from begin to commit; PostgreSQL's wait on the event loop. docs/adr/005 says why.

    Attributes:
        local: Whether only this machine can use it.
    """

    def __init__(self, engine: Engine | AsyncEngine) -> None:
        self._engine, self.local = engine, isinstance(engine, Engine)
        one = isinstance(engine.pool, StaticPool)
        self._threads = ThreadPoolExecutor(1 if one else _THREADS, thread_name_prefix="database")

    async def run(self, work: Callable[[Connection], _T]) -> _T:
        """Return what `work` returns, committed. Cancelling the caller does not stop a transaction in a thread."""
        if isinstance(self._engine, AsyncEngine):
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._in_thread, self._engine, work)

    async def close(self) -> None:
        """Let what has begun end, and give up all connections."""
        await asyncio.to_thread(self._threads.shutdown)
        if isinstance(self._engine, AsyncEngine):
            await self._engine.dispose()
        else:
            self._engine.dispose()

    @staticmethod
    def _in_thread(engine: Engine, work: Callable[[Connection], _T]) -> _T:
        try:
            with engine.begin() as connection:
                return work(connection)
        except DatabaseError as error:
            if type(error) is DatabaseError:  # a damaged file: no connection is to go on with what it remembers of it
                engine.dispose()
            raise


async def open_database(url: str) -> Database:
    """Connect, and bring the tables up to date.

    Raises:
        InvalidInput: The URL names no database that can be used here.
        StorageFailed: It is damaged, not writable, or not a database; nothing in it was changed.
    """
    try:
        database = Database(_engine(url))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise InvalidInput(
            f"The database URL can't be used: {error}.",
            hint="Such as postgresql+asyncpg://user:password@host/name; pip install 'safelight[postgres]' for that.",
        ) from error
    try:
        await database.run(_migrate)
    except (DatabaseError, OSError) as error:
        await database.close()
        seen = str(getattr(error, "orig", error)).rstrip(".")
        raise StorageFailed(
            f"The job database can't be opened: {seen}.",
            hint="Nothing was changed. Check the disk, restore it from a backup, or move it away to start empty.",
        ) from error
    return database


def _engine(url: str) -> Engine | AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True)
    in_memory: dict[str, Any] = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    engine = create_engine(url, **(in_memory if url == MEMORY else {}))
    event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: Any, _record: Any) -> None:
    """Every commit is on the disk when it returns, and readers never wait for the writer."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(connection: Connection) -> None:
    if inspect(connection).has_table("alembic_version"):
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        if version == HEAD:
            return
    from alembic import command  # noqa: PLC0415 - a third of the server's start, needed once
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    with resources.as_file(resources.files("safelight.jobs") / "migrations") as folder:
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StorageFailed(
                f"The job database is of another version of Safelight: {error}.",
                hint="Start the version that wrote it, or a newer one; nothing was changed.",
            ) from error
