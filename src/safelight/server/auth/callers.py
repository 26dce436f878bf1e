"""A caller and what it may do."""

from __future__ import annotations

from enum import StrEnum

from safelight.domain.values import Value


class Scope(StrEnum):
    """What a key allows. `admin` includes the others, `generate` includes `read`."""

    READ = "read"
    GENERATE = "generate"
    ADMIN = "admin"


_INCLUDED = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.GENERATE: frozenset({Scope.READ, Scope.GENERATE}),
    Scope.ADMIN: frozenset(Scope),
}


class Caller(Value):
    """Who sent a request: the name of its key, or nobody in particular where no key is asked for."""

    name: str = ""
    scope: Scope = Scope.ADMIN

    def may(self, scope: Scope) -> bool:
        """Whether the caller's key includes `scope`."""
        return scope in _INCLUDED[self.scope]

    @property
    def sees(self) -> str | None:
        """Whose jobs the caller sees: everyone's (None) as an admin, else its own."""
        return None if self.scope is Scope.ADMIN else self.name
