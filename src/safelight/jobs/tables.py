"""The tables of the job store. Changes need a migration in `migrations/versions`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("kind", String(16), nullable=False, server_default="generate"),
    Column("priority", Integer, nullable=False),
    Column("position", Float, nullable=False),
    Column("state", String(16), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("created", Float, nullable=False, comment="Unix time"),
    Column("finished", Float, comment="Unix time; null until it ended"),
    Column("body", Text, nullable=False, comment="the whole job as JSON; the other columns are for finding it"),
    Column("idempotency_key", String(200)),
    Column("fingerprint", String(64), comment="of the request, to know it again by"),
    Column("lease_owner", String(64), comment="the server that runs it"),
    Column("lease_until", Float, comment="Unix time after which another server may take it over"),
    UniqueConstraint("owner", "idempotency_key", name="jobs_idempotency"),
    Index("jobs_waiting", "state", "kind", "owner", "priority", "position"),
    Index("jobs_listed", "created"),
    Index("jobs_fingerprint", "fingerprint"),
)

events = Table(
    "events",
    metadata,
    Column(
        "number",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
        comment="order over all jobs",
    ),
    Column("job", String(64), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Index("events_job", "job", "number"),
    sqlite_autoincrement=True,
)

pictures = Table(
    "pictures",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("created", Float, nullable=False, comment="Unix time of the job"),
    Column("name", String(20), nullable=False),
    Column("prompt", Text, nullable=False, comment="its beginning"),
    Column("text", Text, nullable=False, comment="what is searched: prompt, model and seed, case folded"),
    Column("model", String(500), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("favourite", Boolean, nullable=False),
    Index("pictures_listed", "created", "job", "index"),
)
