"""Native dialect: who am I. Keys are made on the command line; users with passwords are not built yet."""

from __future__ import annotations

from fastapi import APIRouter

from safelight.domain.values import Value
from safelight.server.access import Reader
from safelight.server.auth.callers import Caller, Scope
from safelight.server.documented import answers
from safelight.server.orders import refuse_unbuilt

router = APIRouter(prefix="/auth", tags=["auth"])

_UNBUILT = "Signing in with a user name and a password (JWT, PAM)"


class Profile(Value):
    """A caller. `name` is its key's, and empty where no key is asked for; `scopes` are all that its key includes."""

    name: str
    scope: Scope
    scopes: tuple[Scope, ...]


class Validity(Profile):
    """The key that was sent is good."""

    valid: bool = True


def _fields(caller: Caller) -> Profile:
    scopes = tuple(scope for scope in Scope if caller.may(scope))
    return Profile(name=caller.name, scope=caller.scope, scopes=scopes)


@router.get("/validate", summary="Is my key good?")
async def validate(caller: Reader) -> Validity:
    """200 for a good key, 401 for a wrong or missing one."""
    return Validity(**_fields(caller).model_dump())


@router.get("/me", summary="Who am I?")
@router.get("/profile", summary="Who am I?")
async def me(caller: Reader) -> Profile:
    """The name and the scopes of the key that was sent."""
    return _fields(caller)


@router.post("/login", summary="Not built yet", responses=answers(501))
@router.post("/refresh", summary="Not built yet", responses=answers(501))
@router.post("/logout", summary="Not built yet", responses=answers(501))
async def login() -> None:
    """Answers 501: there are API keys only."""
    raise refuse_unbuilt(_UNBUILT)
