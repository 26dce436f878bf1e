"""OpenAI dialect: multipart bodies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request

from safelight.domain.errors import InvalidInput

_MAX_FILES, _MAX_FIELDS = 20, 100


@dataclass(frozen=True)
class Form:
    """A multipart body.

    Attributes:
        fields: Name → text; of several of one name the last.
        files: Name → contents, in order; a list sent as `name[]` is under `name`.
        digest: Of all of it. Clients that repeat a request choose a new boundary, so the raw bytes differ.
    """

    fields: dict[str, str]
    files: dict[str, list[bytes]]
    digest: bytes


async def read_form(request: Request) -> Form:
    """Read a request's multipart body.

    Raises:
        InvalidInput: It is none.
        HTTPException: It is broken.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise InvalidInput("The body must be multipart/form-data, with the image as a file.")
    fields: dict[str, str] = {}
    files: dict[str, list[bytes]] = {}
    digest = hashlib.sha256()
    async with request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS) as form:
        for name, value in form.multi_items():
            data = await value.read() if isinstance(value, UploadFile) else value.encode("utf-8", "surrogatepass")
            for part in (name.encode("utf-8", "surrogatepass"), data):
                digest.update(len(part).to_bytes(8, "big") + part)
            if isinstance(value, UploadFile):
                files.setdefault(name.removesuffix("[]"), []).append(data)
            else:
                fields[name] = value
    return Form(fields, files, digest.digest())
