"""Errors as A1111 words them."""

from __future__ import annotations

from typing import Any

from safelight.domain.errors import BY_CODE
from safelight.domain.values import Value
from safelight.server.problems import FORMS, Problem

_ALWAYS = frozenset({400, 401, 403, 408, 413, 421})  # as `documented.COMMON`, which says why
PREFIXES = ("/sdapi/", "/controlnet/")


class ErrorReply(Value):
    """An error: its class, and twice what happened, as clients read either."""

    error: str
    detail: str
    body: str = ""
    errors: str


def worded(problem: Problem) -> dict[str, Any]:
    """A problem in A1111's form."""
    kind = BY_CODE.get(problem.code)
    return ErrorReply(
        error=kind.__name__ if kind else "HTTPException", detail=problem.sentence, errors=problem.sentence
    ).model_dump()


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error statuses that a route may answer besides those of every route, for its OpenAPI description."""
    return {status: {"model": ErrorReply} for status in sorted(_ALWAYS | {*statuses})}


FORMS.update(dict.fromkeys(PREFIXES, worded))
