"""`/`: what answers here, for people who follow the server's address and clients that only try it."""

from __future__ import annotations

from fastapi import APIRouter

from safelight.domain.values import Value
from safelight.version import __version__

router = APIRouter(tags=["system"])


class Card(Value):
    """Who the server is. `docs` is the path of its OpenAPI document."""

    name: str = "safelight"
    version: str = __version__
    docs: str = "/api/v1/openapi.json"


@router.head("/", include_in_schema=False)
@router.get("/", summary="What answers here?")
async def root() -> Card:
    """Name, version, and where the documentation is. Answers strangers."""
    return Card()
