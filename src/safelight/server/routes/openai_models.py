"""OpenAI dialect: the models that can be named, and which one a name means."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path

from safelight.domain.errors import NotFound
from safelight.domain.models import ModelInfo, ModelKind
from safelight.domain.values import Value
from safelight.jobs.service import JobService
from safelight.server.access import Jobs, Reader
from safelight.server.routes.openai_errors import ModelNotFound, answers

router = APIRouter(prefix="/models", tags=["openai"])

_ALIASES = ("dall-e", "gpt-image", "chatgpt-image")


class ModelAnswer(Value):
    """A model as OpenAI describes one. `created` is when its file was last changed, in Unix seconds."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "safelight"


class ModelsAnswer(Value):
    """Every model that can draw."""

    object: Literal["list"] = "list"
    data: tuple[ModelAnswer, ...]


async def model_named(name: str | None, jobs: JobService) -> ModelInfo:
    """The model that a client means: ours by its name, the default one by none or by OpenAI's names.

    Raises:
        ModelNotFound: There is none of that name.
        InvalidInput: It can't be read.
    """
    try:
        return await jobs.models.resolve(name or jobs.settings.model)
    except NotFound as error:
        if name and name.startswith(_ALIASES):
            return await jobs.models.resolve(jobs.settings.model)
        raise ModelNotFound(error.message, hint=error.hint) from error


@router.get("", summary="List models", responses=answers(401, 403))
async def list_models(jobs: Jobs, caller: Reader) -> ModelsAnswer:
    """The models that can draw."""
    able = [model for model in await jobs.models.list() if model.problem is None and model.kind is ModelKind.CHECKPOINT]
    return ModelsAnswer(data=tuple(_answer(model) for model in able))


@router.get("/{model_id:path}", summary="Show a model", responses=answers(400, 401, 403, 404))
async def show(model_id: Annotated[str, Path(min_length=1, max_length=500)], jobs: Jobs, caller: Reader) -> ModelAnswer:
    """A model by its name; OpenAI's names mean the default model."""
    return _answer(await model_named(model_id, jobs))


def _answer(model: ModelInfo) -> ModelAnswer:
    try:
        changed = int(model.path.stat().st_mtime)
    except OSError:  # gone since it was listed
        changed = 0
    return ModelAnswer(id=model.id, created=changed)
