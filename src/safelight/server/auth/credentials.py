"""Finds the key that a request brings along: as a bearer token, as the password of HTTP Basic, or in `X-API-Key`."""

from __future__ import annotations

import base64
import binascii

from starlette.datastructures import Headers


def presented(headers: Headers) -> str | None:
    """The key in a request's headers, right or wrong; None when there is none.

    HTTP Basic (A1111 clients): the key is the password, whatever the user name, or the user name where there is no
    password. An empty or bare `Basic` header counts as none: Open WebUI sends one when it has no key.
    """
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer" and value:
        return value
    if scheme.lower() == "basic" and value:
        user, _, password = _decoded(value).partition(":")
        return password or user or None
    return headers.get("x-api-key", "").strip() or None


def _decoded(value: str) -> str:
    """The text of a Basic header; what can't be read is passed on as it is, and is no key then."""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return f":{value}"
