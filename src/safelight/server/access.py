"""What routes ask for in their signature: the job service, and a caller with the right scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from safelight.domain.errors import Forbidden, Unauthorized
from safelight.jobs.service import JobService
from safelight.server.auth.callers import Caller, Scope


def service_of(connection: HTTPConnection) -> JobService:
    """The server's job service."""
    return cast(JobService, connection.app.state.jobs)


def caller_of(connection: HTTPConnection) -> Caller | None:
    """Who calls, as the access middleware found out; None for a stranger."""
    return cast("Caller | None", connection.scope.get("safelight.caller"))


def require(caller: Caller, scope: Scope, what: str = "this") -> None:
    """Check what a caller may do. Raises Forbidden."""
    if not caller.may(scope):
        raise Forbidden(f"The key {caller.name!r} may {caller.scope.value} only; {what} needs {scope.value}.")


def check_priority(caller: Caller, priority: int | None) -> None:
    """Check that a caller may ask for a priority: one above 0 passes everybody's jobs. Raises Forbidden."""
    if priority is not None and priority > 0:
        require(caller, Scope.ADMIN, "a priority above 0")


def _needing(scope: Scope) -> Callable[[HTTPConnection], Caller]:
    def check(connection: HTTPConnection) -> Caller:
        caller = caller_of(connection)
        if caller is None:
            raise Unauthorized("This needs an API key.", hint="Send it as `Authorization: Bearer …`.")
        require(caller, scope)
        return caller

    return check


Jobs = Annotated[JobService, Depends(service_of)]
Reader = Annotated[Caller, Depends(_needing(Scope.READ))]
Drawer = Annotated[Caller, Depends(_needing(Scope.GENERATE))]
Admin = Annotated[Caller, Depends(_needing(Scope.ADMIN))]
