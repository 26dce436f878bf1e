"""OpenAI dialect: images. Generations take JSON, edits and variations a form; all wait for the pictures, or stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from safelight.server.access import Drawer, Jobs
from safelight.server.orders import IdempotencyKey
from safelight.server.routes import openai_models
from safelight.server.routes.openai_answers import Body, ImagesAnswer, answer_of
from safelight.server.routes.openai_bodies import EditsBody, GenerationsBody, VariationsBody, order_of
from safelight.server.routes.openai_errors import answers
from safelight.server.routes.openai_forms import Form, read_form
from safelight.server.routes.openai_retries import Tries, Try, fingerprint
from safelight.server.routes.openai_stream import Call, stream
from safelight.server.waiting import completed

_ERRORS = answers(400, 401, 403, 404, 409, 413, 429, 500, 503, 504, 507)
_STREAMED = _ERRORS | {200: {"content": {"text/event-stream": {}}}}
_FILE = {"type": "string", "format": "binary"}
_OPTIONS = {
    "/images/generations": "POST",
    "/images/edits": "POST",
    "/images/variations": "POST",
    "/models": "GET",
    "/models/{model_id:path}": "GET",
}

images = APIRouter(prefix="/images", tags=["openai"])
options = APIRouter(include_in_schema=False)


class Drawing:
    """What every call here does with its body: one job, waited for or streamed."""

    def __init__(
        self, request: Request, jobs: Jobs, caller: Drawer, tries: Tries, sent: Try, key: IdempotencyKey = None
    ) -> None:
        self.request, self._jobs, self._caller, self._tries, self._sent = request, jobs, caller, tries, sent
        self._key = key

    async def answer(self, body: Body, call: Call, form: Form | None = None) -> ImagesAnswer | Response:
        """Draw what `body` asks for."""
        path = self.request.url.path.removeprefix("/v1")
        raw = form.digest if form else await self.request.body()
        order = replace(await order_of(body, self._jobs, form), key=self._key)
        print_ = fingerprint(self._caller.name, path, raw)
        job = await self._tries.submit(self._jobs, order, self._caller.name, print_, self._sent)
        if isinstance(body, GenerationsBody | EditsBody) and body.stream:
            headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
            told = stream(job, body, call, body.partial_images, self._jobs)
            return StreamingResponse(told, media_type="text/event-stream", headers=headers)
        return await answer_of(await completed(self._jobs, job, self.request), body, self.request, self._jobs)


Draw = Annotated[Drawing, Depends()]
_Sent = TypeVar("_Sent", EditsBody, VariationsBody)


def _form_of(body: type[EditsBody | VariationsBody], **files: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI of a multipart body: the fields of `body`, and `files`."""
    schema = body.model_json_schema()
    schema["properties"] |= {"image": _FILE, "image[]": {"type": "array", "items": _FILE, "maxItems": 1}, **files}
    schema["anyOf"] = [{"required": ["image"]}, {"required": ["image[]"]}]
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _checked(body: type[_Sent], form: Form) -> _Sent:
    try:
        return body.model_validate(form.fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


@images.post(
    "/generations",
    summary="Draw from words",
    response_model=ImagesAnswer,
    response_model_exclude_none=True,
    responses=_STREAMED,
)
async def generations(body: GenerationsBody, draw: Draw) -> ImagesAnswer | Response:
    """Waits for the pictures, which come in base64, or streams them."""
    return await draw.answer(body, "image_generation")


@images.post(
    "/edits",
    summary="Change a picture",
    response_model=ImagesAnswer,
    response_model_exclude_none=True,
    responses=_STREAMED,
    openapi_extra=_form_of(EditsBody, mask=_FILE),
)
async def edits(draw: Draw) -> ImagesAnswer | Response:
    """What is transparent in `mask` is repainted; without one the whole picture is redrawn in its likeness."""
    form = await read_form(draw.request)
    return await draw.answer(_checked(EditsBody, form), "image_edit", form)


@images.post(
    "/variations",
    summary="Draw a picture like another",
    response_model=ImagesAnswer,
    response_model_exclude_none=True,
    responses=_ERRORS,
    openapi_extra=_form_of(VariationsBody),
)
async def variations(draw: Draw) -> ImagesAnswer | Response:
    """The picture is redrawn without words."""
    form = await read_form(draw.request)
    return await draw.answer(_checked(VariationsBody, form), "image_edit", form)


def _allow(method: str) -> Callable[[], Awaitable[Response]]:
    async def allowed() -> Response:
        return Response(status_code=204, headers={"Allow": f"{method}, OPTIONS"})

    return allowed


for path, method in _OPTIONS.items():
    options.add_api_route(path, _allow(method), methods=["OPTIONS"])

router = APIRouter()
for prefix, shown in (("/v1", True), ("", False)):
    for part in (images, openai_models.router, options):
        router.include_router(part, prefix=prefix, include_in_schema=shown and part is not options)
