"""Answers and broken connections as errors: those of `domain.errors`, by the code that the server sends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx2

from safelight.domain.errors import (
    BY_CODE,
    Conflict,
    Forbidden,
    InvalidInput,
    NotBuilt,
    NotFound,
    QueueFull,
    SafelightError,
    TooLarge,
    Unauthorized,
    Unavailable,
    Unreachable,
)

_BY_STATUS: dict[int, type[SafelightError]] = {
    400: InvalidInput,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: InvalidInput,
    429: QueueFull,
    501: NotBuilt,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
"""For answers without a code of ours: those of proxies, and of the server's framework."""

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


_BROKEN = (httpx2.NetworkError, httpx2.RemoteProtocolError, httpx2.TimeoutException)


class Lost(Unreachable):
    """The connection broke: what was asked may have arrived or not."""


@contextlib.contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn httpx2's errors into ours.

    Raises:
        Unreachable: Nothing answers at `url`.
        Lost: The connection broke.
        SafelightError: Something answers that is no Safelight server.
    """
    try:
        yield
    except _NEVER_SENT as error:
        raise Unreachable(
            f"No server answers at {url} ({str(error) or type(error).__name__}).",
            hint="Start one with `safelight serve`, or name another address.",
        ) from error
    except _BROKEN as error:
        raise Lost(f"The connection to {url} broke ({str(error) or type(error).__name__}).") from error
    except httpx2.RequestError as error:
        raise SafelightError(f"{url} does not speak as a Safelight server does: {error}") from error


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Turn what is wrong with a successful answer's content into one of our errors.

    Raises:
        SafelightError: It is not what a Safelight server sends.
    """
    try:
        yield
    except ValueError as error:  # pydantic's and json's are ValueErrors
        raise SafelightError(
            "The answer is not one that a Safelight server gives.", hint="Is it one, and of a fitting version?"
        ) from error


def refuse_failure(response: httpx2.Response) -> None:
    """Do nothing if the response, which has been read, is a success.

    Raises:
        SafelightError: It is not; of the type that its code names.
    """
    if response.is_success:
        return
    problem = _problem(response)
    kind = BY_CODE.get(problem.get("code", ""), _BY_STATUS.get(response.status_code, SafelightError))
    message = problem.get("detail") or f"{response.request.url} answered with status {response.status_code}."
    error = kind(str(message), hint=problem.get("hint"))
    if isinstance(error, QueueFull) and response.headers.get("Retry-After", "").isdecimal():
        error.retry_after = int(response.headers["Retry-After"])
    raise error


def _problem(response: httpx2.Response) -> dict[str, Any]:
    """The problem details in the response, if it holds some."""
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) and isinstance(problem.get("detail"), str) else {}
