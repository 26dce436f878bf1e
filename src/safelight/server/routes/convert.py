"""Native dialect: a model stored anew in another number type, as a job of its own lane."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from pydantic import AliasChoices, Field

from safelight.domain.conversion import weight_type
from safelight.domain.values import Value
from safelight.domain.work import ConversionRequest
from safelight.server.access import Admin, Jobs
from safelight.server.documented import answers
from safelight.server.views import JobView, job_view
from safelight.server.waiting import completed
from safelight.workers.conversion import check, order_of

router = APIRouter(prefix="/models", tags=["models"])

_COMPLETED, _ACCEPTED = 200, 202
_ERRORS = answers(404, 409, 429, 500, 507)


class ConvertBody(Value):
    """A model to store as GGUF in another number type."""

    model_name: str = Field(
        validation_alias=AliasChoices("model_name", "model"),
        min_length=1,
        max_length=500,
        description="A name from /models.",
    )
    quantization_type: str = Field(
        validation_alias=AliasChoices("quantization_type", "type"),
        min_length=2,
        max_length=20,
        description="f32, f16, bf16, q8_0, q6_k, q5_1, q5_k, q5_0, q4_1, q4_k, q4_0, q3_k or q2_k.",
    )
    output_path: str | None = Field(
        default=None,
        validation_alias=AliasChoices("output_path", "output"),
        min_length=1,
        max_length=500,
        description="File to write, in the models folder; named after model and type if not given.",
    )
    rules: str | None = Field(
        default=None,
        min_length=1,
        max_length=4000,
        description="Other types for tensors by name, separated by commas: ^first_stage_model=f16.",
    )
    vae: str | None = Field(default=None, min_length=1, max_length=500, description="Name of a VAE to put into it.")
    overwrite: bool = Field(default=False, description="Replace the file if it is there.")
    wait: bool = Field(default=False, description="Answer when it is written, or at once.")


@router.post(
    "/convert",
    status_code=_ACCEPTED,
    summary="Convert a model",
    responses=_ERRORS | {_COMPLETED: {"model": JobView, "description": "It is written, as `wait` was given."}},
)
async def convert(body: ConvertBody, request: Request, response: Response, jobs: Jobs, caller: Admin) -> JobView:
    """Queue a conversion; `/events` tells its progress. The same one that waits or runs is answered with its job.

    What is sure to fail is refused at once: a source that can't be converted, a file in the way, no converter.
    """
    source = await jobs.models.resolve(body.model_name)
    vae = await jobs.models.resolve(body.vae) if body.vae else None
    asked = ConversionRequest(
        model=body.model_name,
        type=weight_type(body.quantization_type).value,
        output=body.output_path,
        rules=body.rules,
        vae=body.vae,
        overwrite=body.overwrite,
    )
    folder = jobs.settings.models_dir
    order = order_of(asked, folder, source, vae)
    await asyncio.to_thread(check, order, force=body.overwrite)
    if body.output_path:
        asked = asked.model_copy(update={"output": order.output.relative_to(folder.resolve()).as_posix()})
    job = await jobs.begin_once(asked, caller.name)
    if body.wait:
        response.status_code = _COMPLETED
        return await job_view(jobs, await completed(jobs, job, request))
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return await job_view(jobs, job)
