"""The table of published files, all together."""

from __future__ import annotations

from functools import cache

from tests.unit.catalog.published.beside import companions, controlnets, loras, others
from tests.unit.catalog.published.fixtures import Fixture, checkpoints, checkpoints_renamed, transformers, unets


@cache
def fixtures() -> tuple[Fixture, ...]:
    """All fixtures."""
    groups = (checkpoints, checkpoints_renamed, unets, transformers, companions, controlnets, loras, others)
    return tuple(fixture for group in groups for fixture in group())
