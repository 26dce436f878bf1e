"""Tutorial dialect: `POST /generate` as the how-to pages on a Stable Diffusion server of one's own describe it."""

from __future__ import annotations

import base64
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field

from safelight.domain.draft import GenerationDraft
from safelight.domain.values import Value
from safelight.jobs.orders import Order
from safelight.server import problems
from safelight.server.access import Drawer, Jobs
from safelight.server.orders import IdempotencyKey
from safelight.server.problems import Problem
from safelight.server.waiting import completed

router = APIRouter(tags=["tutorial"])


class GenerationRequest(Value):
    """What to draw, within those pages' bounds. What is left out, or null, is the model's own; unknown is ignored."""

    model_config = ConfigDict(extra="ignore")

    prompt: str = Field(min_length=1, max_length=500)
    negative_prompt: str | None = Field(default="", max_length=500)
    num_inference_steps: int | None = Field(default=None, ge=1, le=150)
    guidance_scale: float | None = Field(default=None, ge=1, le=20)
    seed: int | None = Field(default=None, description="Negative or null draws one; the answer names it.")
    width: int | None = Field(default=None, ge=64, le=1024, multiple_of=8)
    height: int | None = Field(default=None, ge=64, le=1024, multiple_of=8)
    model: str | None = Field(default=None, description="A name from /api/v1/models.")


class GenerationResponse(Value):
    """The picture, a PNG in base64. `notes` says if it had to be smaller than asked for."""

    image_base64: str
    generation_time: float = Field(description="Seconds that the drawing took.")
    seed: int
    width: int
    height: int
    notes: tuple[str, ...]


class ErrorResponse(Value):
    """FastAPI's own error form, which those pages' clients know."""

    detail: str


_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorResponse}
    for status in (400, 401, 403, 404, 408, 409, 413, 421, 422, 429, 500, 503, 504, 507)
}


@router.post("/generate", summary="Draw one picture, and wait for it", responses=_ERRORS)
async def generate(
    body: GenerationRequest, request: Request, jobs: Jobs, caller: Drawer, key: IdempotencyKey = None
) -> GenerationResponse:
    """Draws one picture; when memory runs out, a smaller one, then one with fewer steps."""
    draft = GenerationDraft(
        prompt=body.prompt,
        negative_prompt=body.negative_prompt or "",
        width=body.width,
        height=body.height,
        steps=body.num_inference_steps,
        cfg_scale=body.guidance_scale,
        seed=body.seed,
    )
    job = await jobs.submit(Order(draft=draft, model=body.model, key=key, shrink=True), caller.name)
    ended = await completed(jobs, job, request)
    artifact = ended.artifacts[0]
    data = await jobs.images.read(ended.id, ended.created, artifact.name)
    return GenerationResponse(
        image_base64=base64.b64encode(data).decode(),
        generation_time=round(ended.seconds or 0, 3),
        seed=artifact.seed,
        width=artifact.width,
        height=artifact.height,
        notes=artifact.notes,
    )


def worded(problem: Problem) -> dict[str, Any]:
    """A problem in FastAPI's own form."""
    return ErrorResponse(detail=problem.sentence).model_dump()


problems.FORMS["/generate"] = worded
