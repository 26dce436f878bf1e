"""Native dialect: generation. `POST /generate` waits and answers with the pictures; the others answer at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from safelight.domain.errors import InvalidInput
from safelight.domain.values import Value
from safelight.jobs.service import JobService
from safelight.server.access import Drawer, Jobs, check_priority
from safelight.server.auth.callers import Caller
from safelight.server.documented import DRAWING, Responses, answers
from safelight.server.orders import ControlNetBody, GenerateBody, IdempotencyKey, order_of, refuse_unbuilt
from safelight.server.views import JobView, job_view
from safelight.server.waiting import completed

router = APIRouter(prefix="/generate", tags=["generate"])

_COMPLETED, _ACCEPTED = 200, 202

QUEUED: Responses = {202: {"model": JobView, "description": "Queued, as `wait` was false"}}
COMPLETED: Responses = {200: {"model": JobView, "description": "Completed, as `wait` was true"}}


class UpscaleBody(Value):
    """A request to enlarge a picture, which is not offered yet."""

    image: str
    esrgan_model: str | None = None
    upscale_factor: int = 4
    wait: bool | None = None


async def _draw(
    body: GenerateBody,
    request: Request,
    response: Response,
    jobs: JobService,
    caller: Caller,
    key: str | None,
    wait: bool,
) -> JobView:
    check_priority(caller, body.priority)
    job = await jobs.submit(await order_of(body, jobs, key), caller.name)
    if wait if body.wait is None else body.wait:
        response.status_code = _COMPLETED
        return await job_view(jobs, await completed(jobs, job, request), with_data=True)
    response.status_code = _ACCEPTED
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return await job_view(jobs, job)


@router.post("", summary="Draw, and wait for the pictures", responses=QUEUED | DRAWING)
async def generate(
    body: GenerateBody, request: Request, response: Response, jobs: Jobs, caller: Drawer, key: IdempotencyKey = None
) -> JobView:
    """Draw. Waits, and answers with the pictures in base64, unless `wait` is false."""
    return await _draw(body, request, response, jobs, caller, key, wait=True)


@router.post("/text2img", status_code=_ACCEPTED, summary="Draw from words", responses=COMPLETED | DRAWING)
async def text2img(
    body: GenerateBody, request: Request, response: Response, jobs: Jobs, caller: Drawer, key: IdempotencyKey = None
) -> JobView:
    """Queue a job that draws from words; answers at once unless `wait` is true."""
    if body.init_image or body.mask_image:
        raise InvalidInput("Drawing from words takes no image.", hint="Use /generate/img2img or /generate/inpainting.")
    return await _draw(body, request, response, jobs, caller, key, wait=False)


@router.post("/img2img", status_code=_ACCEPTED, summary="Redraw an image", responses=COMPLETED | DRAWING)
async def img2img(
    body: GenerateBody, request: Request, response: Response, jobs: Jobs, caller: Drawer, key: IdempotencyKey = None
) -> JobView:
    """Queue a job that redraws `init_image`; answers at once unless `wait` is true."""
    if not body.init_image:
        raise InvalidInput("init_image is missing.")
    return await _draw(body, request, response, jobs, caller, key, wait=False)


@router.post("/inpainting", status_code=_ACCEPTED, summary="Repaint a part of an image", responses=COMPLETED | DRAWING)
async def inpainting(
    body: GenerateBody, request: Request, response: Response, jobs: Jobs, caller: Drawer, key: IdempotencyKey = None
) -> JobView:
    """Queue a job that repaints what is white in `mask_image`; answers at once unless `wait` is true."""
    if not (body.init_image and body.mask_image):
        raise InvalidInput("source_image and mask_image are both needed.")
    return await _draw(body, request, response, jobs, caller, key, wait=False)


@router.post("/controlnet", summary="Not built yet", responses=answers(501))
async def controlnet(body: Annotated[ControlNetBody, Body()], caller: Drawer) -> JobView:
    """Answers 501: ControlNet is not offered yet."""
    raise refuse_unbuilt("ControlNet")


@router.post("/upscale", summary="Not built yet", responses=answers(501))
async def upscale(body: Annotated[UpscaleBody, Body()], caller: Drawer) -> JobView:
    """Answers 501: upscaling models are not offered yet."""
    raise refuse_unbuilt("Upscaling")
