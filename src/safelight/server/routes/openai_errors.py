"""OpenAI dialect: errors in OpenAI's form, with the headers that its SDKs obey."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

from safelight.domain.errors import InvalidInput, NotFound, QueueFull, Unavailable
from safelight.domain.values import Value
from safelight.server import problems
from safelight.server.problems import Problem

_TRY_AGAIN = {QueueFull.code: QueueFull.retry_after, Unavailable.code: 2}
"""Codes of what passes by itself → seconds after which to ask again. Everything else would fail again unchanged: what
a job failed by was tried as often as makes sense before, by whatever device and engine there is."""

_TYPES = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}


class ModelNotFound(NotFound):
    """No model of that name; the code is the one that OpenAI's clients know."""

    code = "model_not_found"


class ErrorDetails(Value):
    """What went wrong. `param` is always null: the message names the parameter."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(Value):
    """OpenAI's error body."""

    error: ErrorDetails


def worded(problem: Problem) -> dict[str, Any]:
    """A problem as OpenAI's error body."""
    status = HTTPStatus(problem.status)
    kind = _TYPES.get(status, "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error")
    details = ErrorDetails(message=problem.sentence, type=kind, param=None, code=problem.code)
    return ErrorAnswer(error=details).model_dump()


def finish(problem: Problem, response: JSONResponse) -> None:
    """Say 400 as OpenAI does, and whether to ask again: left alone, its SDKs repeat 409 and everything from 500 on."""
    if problem.status == InvalidInput.status:
        response.status_code = HTTPStatus.BAD_REQUEST
    seconds = _TRY_AGAIN.get(problem.code)
    response.headers["x-should-retry"] = "false" if seconds is None else "true"
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error statuses for a route's `responses`; `default` stands for the rare rest."""
    documented: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorAnswer, "description": HTTPStatus(status).phrase} for status in statuses
    }
    return documented | {"default": {"model": ErrorAnswer, "description": "Any other error, in the same form."}}


for prefix in ("/v1/", "/images/", "/models"):
    problems.FORMS[prefix] = worded
    problems.FINISHES[prefix] = finish
