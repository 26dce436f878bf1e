"""Errors as HTTP: problem details (RFC 9457) with a code and a hint, or the form that a dialect's clients expect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request

from safelight.domain.errors import InvalidInput, QueueFull, SafelightError
from safelight.domain.values import Value

log = logging.getLogger(__name__)


class Problem(Value):
    """What went wrong, before a dialect words it. `code` is that of a `SafelightError`, or of the HTTP status."""

    status: int
    code: str
    detail: str
    hint: str | None = None

    @classmethod
    def of(cls, error: SafelightError, status: int | None = None) -> Problem:
        """The same from an error."""
        return cls(status=status or error.status, code=error.code, detail=error.message, hint=error.hint)

    @property
    def sentence(self) -> str:
        """Detail and hint in one."""
        return f"{self.detail} {self.hint}" if self.hint else self.detail


Form = Callable[[Problem], dict[str, Any]]
"""How a dialect words a problem as JSON."""

FORMS: dict[str, Form] = {}
"""Path prefix → form, the longest match wins; paths without one get problem details. Dialects register here."""

Finish = Callable[[Problem, JSONResponse], None]
"""Last touches that a dialect's clients need on an error: another status, a header that they obey."""

FINISHES: dict[str, Finish] = {}
"""Prefix, one of those in `FORMS` → its last touches."""


def details(problem: Problem) -> dict[str, Any]:
    """Problem details: the native form."""
    return {
        "type": f"urn:safelight:error:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        **problem.model_dump(exclude_none=True),
    }


def respond(request: HTTPConnection, problem: Problem) -> JSONResponse:
    """The response for a problem, in the form of the dialect that `request` speaks."""
    path = request.url.path
    prefix = max((p for p in FORMS if path.startswith(p)), key=len, default=None)
    headers: dict[str, str] = {}
    if problem.code == QueueFull.code:
        headers["Retry-After"] = str(QueueFull.retry_after)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="safelight"' if path.startswith("/sdapi") else "Bearer"
    form, media_type = (details, "application/problem+json") if prefix is None else (FORMS[prefix], "application/json")
    response = JSONResponse(form(problem), status_code=problem.status, headers=headers, media_type=media_type)
    if prefix in FINISHES:
        FINISHES[prefix](problem, response)
    return response


def first_sentence(errors: list[Mapping[str, Any]]) -> str:
    """What is wrong first in a body that failed validation, in one sentence."""
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    if first["type"] == "extra_forbidden":
        return f"There is no parameter called {where!r}."
    if first["type"] == "missing":
        return f"{where or 'The body'} is missing."
    if first["type"] == "json_invalid":
        return f"The body is not JSON: {first['ctx']['error']}."
    if first["type"] in ("model_attributes_type", "dict_type") and not where:
        return "The body is not a JSON object, or was not sent with `Content-Type: application/json`."
    message = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{where}: {message[:1].lower()}{message[1:]}." if where else f"{message}."


def install(app: FastAPI) -> None:
    """Answer every error of `app` in one of the forms above."""

    @app.exception_handler(SafelightError)
    async def ours(request: Request, error: SafelightError) -> JSONResponse:
        return respond(request, Problem.of(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return respond(request, Problem.of(InvalidInput(first_sentence(list(error.errors())))))

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).name.lower()
        detail = f"{request.method} {request.url.path}: {error.detail}."
        response = respond(request, Problem(status=error.status_code, code=code, detail=detail))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.exception("%s %s failed in an unforeseen way", request.method, request.url.path, exc_info=error)
        failure = SafelightError(f"An unforeseen {type(error).__name__}.", hint="The server's log says more.")
        return respond(request, Problem.of(failure))
