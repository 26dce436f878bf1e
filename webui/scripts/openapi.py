"""Prints the server's OpenAPI document, the native dialect and A1111's png-info, with the events that its stream sends.

Asked by `npm run types`. Starts no server and reads no setting.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic.json_schema import models_json_schema

from safelight.domain.events import Fallback
from safelight.domain.jobs import JobEvent
from safelight.jobs.events import JobPreview, JobProgress
from safelight.server.app import create_app
from safelight.settings import Settings

_PREFIX = "/api/v1/"
_INFO = "/sdapi/v1/png-info"


def document() -> dict[str, Any]:
    """Paths below `/api/v1` and A1111's png-info, and every schema of the whole document and of the event stream."""
    found = create_app(Settings(private=True)).openapi()
    found["paths"] = {path: item for path, item in found["paths"].items() if path.startswith((_PREFIX, _INFO))}
    kinds = [(kind, "serialization") for kind in (JobEvent, JobPreview, JobProgress, Fallback)]
    _, events = models_json_schema(kinds, ref_template="#/components/schemas/{model}")
    found["components"]["schemas"] = events["$defs"] | found["components"]["schemas"]
    return found


if __name__ == "__main__":
    json.dump(document(), sys.stdout)
