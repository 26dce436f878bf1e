"""Answers that hold what clients sent, whatever that was: not every Python string is UTF-8, not every number JSON."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from fastapi.responses import JSONResponse

from safelight.domain.values import Value


class EscapedJSON(JSONResponse):
    """JSON in ASCII."""

    def render(self, content: Any) -> bytes:
        """See `JSONResponse`."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def echo(body: Value, *, without: Collection[str] = ()) -> dict[str, Any]:
    """What the client sent, unknown fields included, as JSON can carry it: infinite and undefined numbers are null."""
    sent = {name: getattr(body, name) for name in sorted(body.model_fields_set) if name not in without}
    try:
        text = json.dumps(sent, default=lambda value: value.model_dump(exclude_unset=True))
        found: dict[str, Any] = json.loads(text, parse_constant=lambda _: None)
    except (RecursionError, ValueError):  # nested too deeply
        return {}
    return found
