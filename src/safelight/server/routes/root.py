"""`/`: the page for people who follow the server's address, what answers here for clients that only try it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from safelight.domain.values import Value
from safelight.version import __version__

router = APIRouter(tags=["system"])


class Card(Value):
    """Who the server is. `docs` is the path of its OpenAPI document."""

    name: str = "safelight"
    version: str = __version__
    docs: str = "/api/v1/openapi.json"


@router.head("/", include_in_schema=False, response_model=Card)
@router.get("/", summary="What answers here?", response_model=Card)
async def root(request: Request) -> Card | Response:
    """Name, version, and where the documentation is. Answers strangers. Browsers are sent to the page, if built."""
    if "text/html" in request.headers.get("accept", "") and request.app.state.page.built:
        return RedirectResponse("/ui/", HTTPStatus.TEMPORARY_REDIRECT, {"Vary": "Accept"})
    return Card()
