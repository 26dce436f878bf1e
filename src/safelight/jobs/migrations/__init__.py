"""Alembic migrations of the job store; applied when the server starts."""
