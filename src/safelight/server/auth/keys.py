"""API keys: how they are made, what is kept of one, and how one is recognised."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import Field, field_validator

from safelight.domain.errors import InvalidInput
from safelight.domain.values import Value
from safelight.server.auth.callers import Caller, Scope

_PREFIX = "sl_"
_RANDOM_BYTES = 32
_SHORTEST = 16
_LONGEST_NAME = 64


class ApiKey(Value):
    """What is kept of a key. A key made here has 256 random bits, so plain SHA-256 needs no salt and no stretching.

    Attributes:
        name: Names its holder; jobs belong to that name.
        sha256: Of the key, in hex.
    """

    name: str = Field(min_length=1, max_length=_LONGEST_NAME)
    scope: Scope
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    created: datetime | None = None

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not all(char.isalnum() or char in "-_.@" for char in name):
            raise ValueError("a name has letters, digits and - _ . @ only")
        return name

    @property
    def caller(self) -> Caller:
        """Who holds it."""
        return Caller(name=self.name, scope=self.scope)


def make_key(name: str, scope: Scope) -> tuple[ApiKey, str]:
    """Make a new key.

    Returns:
        What to keep, and the key itself, which can't be had again.

    Raises:
        InvalidInput: The name can't be used.
    """
    secret = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    return _kept(name, scope, secret, datetime.now(UTC)), secret


def keys_of_setting(entries: Sequence[str]) -> tuple[ApiKey, ...]:
    """Read the setting `api_keys`: `name:scope:key` each, or a key alone, which may do everything.

    Raises:
        InvalidInput: An entry is none of these; the sentence does not quote it.
    """
    keys = tuple(_entry(number, entry) for number, entry in enumerate(entries, 1))
    if len({key.name for key in keys}) < len(keys):
        raise InvalidInput("The setting api_keys has the same name twice.")
    return keys


def find(keys: Sequence[ApiKey], secret: str) -> ApiKey | None:
    """The key that `secret` is. Takes the same time whichever it is, and if it is none."""
    digest = _sha256(secret)
    found = None
    for key in keys:
        if hmac.compare_digest(key.sha256, digest):
            found = key
    return found


def _entry(number: int, entry: str) -> ApiKey:
    name, scope, secret = f"key-{number}", Scope.ADMIN.value, entry
    if ":" in entry:
        name, scope, secret = (*entry.split(":", 2), "")[:3]
    where = f"Entry {number} of the setting api_keys"
    if scope not in set(Scope):
        raise InvalidInput(f"{where} is neither a key nor name:scope:key.", hint="A scope is read, generate or admin.")
    if len(secret) < _SHORTEST or not secret.isprintable() or not secret.isascii():
        raise InvalidInput(
            f"{where} has a key of fewer than {_SHORTEST} characters, or of other than ASCII ones.",
            hint="`openssl rand -base64 32` makes a good one.",
        )
    return _kept(name, Scope(scope), secret, None)


def _kept(name: str, scope: Scope, secret: str, created: datetime | None) -> ApiKey:
    try:
        return ApiKey(name=name, scope=scope, sha256=_sha256(secret), created=created)
    except ValueError as error:
        raise InvalidInput(
            f"A key can't be called {name[:_LONGEST_NAME]!r}.",
            hint=f"Names have up to {_LONGEST_NAME} letters, digits and - _ . @",
        ) from error


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
