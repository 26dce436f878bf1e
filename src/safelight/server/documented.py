"""How the native dialect's OpenAPI document tells of errors: the form once, and which statuses a route answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import Field

from safelight.domain.values import Value

Responses = dict[int | str, dict[str, Any]]

_MEDIA_TYPE = "application/problem+json"
_REFERENCE = "#/components/schemas/Problem"


class ProblemDetails(Value):
    """Problem details (RFC 9457) with a code to act on and a hint for people."""

    type: str = Field(description="urn:safelight:error: and the code")
    title: str
    status: int
    code: str
    detail: str = Field(description="One sentence that says what happened.")
    hint: str | None = Field(default=None, description="What to do about it.")


def answers(*statuses: int) -> Responses:
    """The error statuses of a route, for its `responses`."""
    content = {_MEDIA_TYPE: {"schema": {"$ref": _REFERENCE}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


COMMON = answers(400, 401, 403, 408, 413, 421, 422, 503, 507)
"""What any native route may answer: a body or header that is no HTTP, no key, a wrong one, too slow a body, too many
bytes, a host name that is not ours, bad values, a server that stops, a disk that is full."""

DRAWING = answers(404, 409, 429, 500, 504)
"""What a call that draws or loads may answer besides: no such model, cancelled, a full queue, an engine that failed."""


def publish(app: FastAPI) -> None:
    """Put the form that `answers` refers to into the OpenAPI document of `app`."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", ProblemDetails.model_json_schema())
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
