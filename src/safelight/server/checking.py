"""Finds everything that is wrong with a generation call's body, by the types and rules that the call itself uses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from safelight.domain.draft import GenerationDraft
from safelight.domain.errors import InvalidInput, NotFound
from safelight.domain.request import ImageRef, Mode
from safelight.domain.values import Value
from safelight.jobs.orders import Order, complete
from safelight.jobs.service import JobService
from safelight.server.orders import GenerateBody, keep_image, order_of
from safelight.server.problems import first_sentence
from safelight.server.views import Parameters, parameters

_HOLES: Mapping[str, dict[str, Any]] = {
    "prompt": {"prompt": ""},
    "negative_prompt": {"negative_prompt": ""},
    "width": {"width": None},
    "height": {"height": None},
    "steps": {"steps": None},
    "cfg_scale": {"cfg_scale": None},
    "scheduler": {"scheduler": None},
    "sampler": {"sampler": None, "scheduler": None},
    "seed": {"seed": None},
    "batch_count": {"count": 1},
    "batch_size": {"batch_size": 1},
    "clip_skip": {"clip_skip": 1},
    "mask_blur": {"mask_blur": 0},
    "quality": {"quality": 92},
    "preview_every": {"preview_every": 0},
    "engine_options": {"engine_options": {}},
    "strength": {"strength": None},
    "mask_image": {"mask": None, "mask_blur": 0},
    "init_image": {"init_image": None, "mask": None, "strength": None},
}
"""Field of the body → what in the draft makes it as if it had been left out."""


class FieldError(Value):
    """One thing that is wrong; `field` is null when it is no single field's fault."""

    field: str | None
    message: str
    hint: str | None = None


class Checked(Value):
    """Whether an order would be admitted, and what it would draw; `errors` holds everything that was found."""

    valid: bool
    errors: tuple[FieldError, ...]
    mode: Mode | None = None
    parameters: Parameters | None = None


async def check(body: Any, jobs: JobService) -> Checked:
    """Check a body; a wrong one is an answer here, never an exception."""
    try:
        parsed = GenerateBody.model_validate(body)
    except ValidationError as error:
        return Checked(valid=False, errors=tuple(_typed(dict(one)) for one in error.errors()))
    errors: list[FieldError] = []
    order = await _readable(parsed, jobs, errors)
    while True:
        try:
            request = await complete(order, jobs.models, jobs.settings)
        except (InvalidInput, NotFound) as error:
            field = "model" if isinstance(error, NotFound) else await _culprit(order, error, jobs)
            errors.append(FieldError(field=field, message=error.message, hint=error.hint))
            if field is None or field not in _HOLES:
                return Checked(valid=False, errors=tuple(errors))
            order = _without(order, field)
        else:
            break
    if errors:
        return Checked(valid=False, errors=tuple(errors))
    return Checked(valid=True, errors=(), mode=request.mode, parameters=parameters(request))


async def _readable(body: GenerateBody, jobs: JobService, errors: list[FieldError]) -> Order:
    """The order without a preset and images that can't be read, which are `errors`."""
    try:
        if body.preset:
            await asyncio.to_thread(jobs.presets.settings, body.preset)
    except (InvalidInput, NotFound) as error:
        errors.append(FieldError(field="preset", message=error.message, hint=error.hint))
        body = body.model_copy(update={"preset": None})
    unread: dict[str, None] = {}
    for name in ("init_image", "mask_image"):
        try:
            await keep_image(getattr(body, name), {}, jobs.settings)
        except InvalidInput as error:
            errors.append(FieldError(field=name, message=error.message, hint=error.hint))
            unread[name] = None
    if "init_image" in unread:
        unread |= {"mask_image": None, "strength": None}
    return await order_of(body.model_copy(update=unread), jobs)


async def _culprit(order: Order, error: InvalidInput, jobs: JobService) -> str | None:
    """The field without which `error` does not come up: the draft's rules are asked, not repeated here."""
    for field in _HOLES:
        less = _without(order, field)
        if less.draft == order.draft:
            continue
        try:
            await complete(less, jobs.models, jobs.settings)
        except InvalidInput as other:
            if other.message == error.message:
                continue
        return field
    return None


def _without(order: Order, field: str) -> Order:
    draft: GenerationDraft = order.draft.model_copy(update=_HOLES[field])
    refs = [ref for ref in (draft.init_image, draft.mask) if isinstance(ref, ImageRef)]
    return replace(order, draft=draft, files={ref.sha256: order.files[ref.sha256] for ref in refs})


def _typed(error: dict[str, Any]) -> FieldError:
    where = ".".join(str(part) for part in error["loc"]) or None
    return FieldError(field=where, message=first_sentence([error]))
