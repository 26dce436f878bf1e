"""Opens the job store's database: SQLite in WAL mode or in memory, PostgreSQL by URL; makes or migrates its tables."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from safelight.domain.errors import InvalidInput, StorageFailed

HEAD = "0001"
"""The newest migration; a database that is there already is opened without importing Alembic."""

MEMORY = "sqlite+aiosqlite://"
"""A database that is gone with the process: for private mode, and for tests."""


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


async def open_database(url: str) -> AsyncEngine:
    """Connect, and bring the tables up to date.

    Raises:
        InvalidInput: The URL names no database that can be used here.
        StorageFailed: It is damaged, not writable, or not a database; nothing in it was changed.
    """
    options: dict[str, Any] = {"poolclass": AsyncAdaptedQueuePool, "pool_size": 1, "max_overflow": 0}
    try:
        engine = create_async_engine(url, **(options if url == MEMORY else {"pool_pre_ping": "sqlite" not in url}))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise InvalidInput(
            f"The database URL can't be used: {error}.",
            hint="Such as postgresql+asyncpg://user:password@host/name; pip install 'safelight[postgres]' for that.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _durable)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
    except (DatabaseError, OSError) as error:
        await engine.dispose()
        seen = str(getattr(error, "orig", error)).rstrip(".")
        raise StorageFailed(
            f"The job database can't be opened: {seen}.",
            hint="Nothing was changed. Check the disk, restore it from a backup, or move it away to start empty.",
        ) from error
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
