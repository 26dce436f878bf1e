"""What a user or client asks for, with holes; filled from the model's defaults it becomes a `GenerationRequest`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.prompts import parse_prompt
from safelight.domain.request import (
    Batch,
    EngineOptions,
    GenerationRequest,
    Guidance,
    ImageRef,
    InitImage,
    Output,
    OutputFormat,
    Previews,
    Prompts,
    Sampling,
    Size,
)
from safelight.domain.samplers import SamplerFacts, find_sampler, find_scheduler
from safelight.domain.values import Value

SEED_LIMIT = 2**32
"""Random seeds are below this, as other tools expect."""


class GenerationDraft(Value):
    """The flat form of a request, as command lines and HTTP bodies spell it. None means: the model's default.

    `seed` None or negative draws a random one. Units and ranges are those of `domain.request`.
    """

    prompt: str
    negative_prompt: str = ""
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg_scale: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    seed: int | None = None
    count: int = 1
    batch_size: int = 1
    clip_skip: int = 1
    init_image: ImageRef | None = None
    mask: ImageRef | None = None
    strength: float | None = None
    mask_blur: int = 0
    format: OutputFormat = OutputFormat.PNG
    quality: int = 92
    metadata: bool = True
    preview_every: int = 0
    engine_options: EngineOptions = Field(default_factory=dict)


def draft_of(prompt: str, **fields: Any) -> GenerationDraft:
    """A draft from a program's arguments.

    Raises:
        InvalidInput: There is no such field, or its value is of another type.
    """
    try:
        return GenerationDraft(prompt=prompt, **fields)
    except ValidationError as error:
        problem = error.errors()[0]
        raise InvalidInput(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}.") from error


def resolve(
    draft: GenerationDraft,
    model: ModelInfo,
    spec: SamplerFacts,
    *,
    init_size: tuple[int, int] | None = None,
    mask_size: tuple[int, int] | None = None,
) -> GenerationRequest:
    """Fill a draft's holes and check it against what `model` and `engine` can do.

    Args:
        draft: What was asked for.
        model: The model that will draw it.
        spec: What the engine that will run it has of samplers.
        init_size: Width and height of the init image: the picture's size, rounded down to multiples of 8, if the
            draft says none.
        mask_size: Width and height of the mask.

    Raises:
        InvalidInput: With one sentence on the first thing that is wrong.
    """
    sampler, scheduler = _sampling(draft, model, spec.pairs)
    spec.check(sampler, scheduler)
    for text in (draft.prompt, draft.negative_prompt):
        parse_prompt(text)
    if draft.init_image is None and (draft.mask or draft.strength is not None):
        raise InvalidInput("A mask or a strength needs an image to start from.", hint="Give an init image.")
    if init_size and mask_size and init_size != mask_size:
        raise InvalidInput(
            f"The image is {init_size[0]}x{init_size[1]} and the mask {mask_size[0]}x{mask_size[1]}; "
            "they must be of one size."
        )
    width, height = draft.width, draft.height
    if init_size and width is None and height is None:
        width, height = (side // 8 * 8 for side in init_size)
    try:
        request = GenerationRequest(
            model=model.id,
            prompts=Prompts(positive=draft.prompt, negative=draft.negative_prompt),
            size=Size(
                width=model.defaults.size.width if width is None else width,
                height=model.defaults.size.height if height is None else height,
            ),
            sampling=Sampling(
                sampler=sampler,
                scheduler=scheduler,
                steps=model.defaults.steps if draft.steps is None else draft.steps,
                seed=secrets.randbelow(SEED_LIMIT) if draft.seed is None or draft.seed < 0 else draft.seed,
            ),
            guidance=Guidance(
                cfg_scale=model.defaults.cfg_scale if draft.cfg_scale is None else draft.cfg_scale,
                clip_skip=draft.clip_skip,
            ),
            init=InitImage(
                image=draft.init_image,
                strength=InitImage.model_fields["strength"].default if draft.strength is None else draft.strength,
                mask=draft.mask,
                mask_blur=draft.mask_blur,
            )
            if draft.init_image
            else None,
            batch=Batch(count=draft.count, batch_size=draft.batch_size),
            output=Output(format=draft.format, quality=draft.quality, metadata=draft.metadata),
            previews=Previews(every=draft.preview_every),
            engine_options=draft.engine_options,
        )
    except ValidationError as error:
        raise InvalidInput(_sentence(error)) from error
    if request.mode not in model.modes:
        able = ", ".join(sorted(model.modes))
        raise InvalidInput(f"{model.id} can't do {request.mode.value}.", hint=f"It can do: {able}.")
    return request


def _sampling(draft: GenerationDraft, model: ModelInfo, pairs: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Our names. A sampler asked for by itself runs with the model's scheduler if it can, else with its own first."""
    asked_scheduler = find_scheduler(draft.scheduler) if draft.scheduler else None
    if draft.sampler is None:
        return model.defaults.sampler, asked_scheduler or model.defaults.scheduler
    sampler, implied = find_sampler(draft.sampler)
    able = pairs.get(sampler, ())
    usual = model.defaults.scheduler if model.defaults.scheduler in able or not able else able[0]
    return sampler, asked_scheduler or implied or usual


def _sentence(error: ValidationError) -> str:
    problem = error.errors()[0]
    where = str(problem["loc"][-1]) if problem["loc"] else "request"
    where = {"positive": "prompt", "negative": "negative_prompt"}.get(where, where)
    given = problem.get("input")
    reason = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
    shown = f", not {given!r}" if isinstance(given, int | float) else ""
    return f"{where} {reason}{shown}."
