"""A row for every finished picture, so that they are found, listed in pages and kept as favourites."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_AT_ONCE = 500


def upgrade() -> None:
    """Make the table, and fill it with the pictures of ended jobs."""
    table = op.create_table(
        "pictures",
        sa.Column("job", sa.String(64), primary_key=True),
        sa.Column("index", sa.Integer, primary_key=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("model", sa.String(500), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("favourite", sa.Boolean, nullable=False),
    )
    op.create_index("pictures_listed", "pictures", ["created", "job", "index"])
    connection = op.get_bind()
    ended = sa.text(
        "SELECT owner, created, body FROM jobs"
        " WHERE kind = 'generate' AND state IN ('completed', 'failed', 'cancelled')"
    )
    for part in connection.execute(ended).partitions(_AT_ONCE):
        rows = [row for owner, created, body in part for row in _rows(owner, created, json.loads(body))]
        if rows:
            connection.execute(table.insert(), rows)


def _rows(owner: str, created: float, job: dict[str, Any]) -> list[dict[str, Any]]:
    request = job["request"]
    prompt, model, init = request["prompts"]["positive"], request["model"], request.get("init")
    mode = "text-to-image" if not init else "inpaint" if init.get("mask") else "image-to-image"
    return [
        {
            **{name: one[name] for name in ("index", "name", "seed", "width", "height", "bytes")},
            "job": job["id"],
            "owner": owner,
            "created": created,
            "prompt": prompt[:300],
            "text": f"{prompt} {model} {one['seed']}".casefold(),
            "model": model,
            "mode": mode,
            "favourite": False,
        }
        for one in job.get("artifacts", ())
    ]


def downgrade() -> None:
    """Drop the table; favourites are forgotten."""
    op.drop_table("pictures")
