"""The kind of a job, so that every kind has a queue of its own. Jobs of before draw."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column and put it into the index of what waits."""
    op.add_column("jobs", sa.Column("kind", sa.String(16), nullable=False, server_default="generate"))
    op.drop_index("jobs_waiting", "jobs")
    op.create_index("jobs_waiting", "jobs", ["state", "kind", "owner", "priority", "position"])


def downgrade() -> None:
    """Forget jobs of other kinds, and the column."""
    op.execute("DELETE FROM events WHERE job IN (SELECT id FROM jobs WHERE kind <> 'generate')")
    op.execute("DELETE FROM jobs WHERE kind <> 'generate'")
    op.drop_index("jobs_waiting", "jobs")
    op.drop_column("jobs", "kind")
    op.create_index("jobs_waiting", "jobs", ["state", "owner", "priority", "position"])
