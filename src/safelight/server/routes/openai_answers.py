"""OpenAI dialect: what clients are answered."""

from __future__ import annotations

import base64
from typing import Any, Literal

from starlette.requests import Request

from safelight.domain.jobs import Job, StoredArtifact
from safelight.domain.values import Value
from safelight.jobs.service import JobService
from safelight.server.routes.openai_bodies import EditsBody, GenerationsBody, VariationsBody

Body = GenerationsBody | EditsBody | VariationsBody

_ECHOED = ("low", "medium", "high", "xhigh", "max")


class TokenDetails(Value):
    """No tokens."""

    image_tokens: int = 0
    text_tokens: int = 0


class Usage(Value):
    """Tokens, of which none are counted: pictures cost nothing but time. Clients expect the fields."""

    input_tokens: int = 0
    input_tokens_details: TokenDetails = TokenDetails()
    output_tokens: int = 0
    output_tokens_details: TokenDetails = TokenDetails()
    total_tokens: int = 0


class ImageAnswer(Value):
    """One picture: the file in base64, or where it is. `seed` draws this picture again."""

    b64_json: str | None = None
    url: str | None = None
    seed: int


class ImagesAnswer(Value):
    """The pictures of one call."""

    created: int
    data: tuple[ImageAnswer, ...]
    background: Literal["opaque"] = "opaque"
    output_format: str
    quality: str | None = None
    size: str
    usage: Usage = Usage()


async def answer_of(job: Job, body: Body, request: Request, jobs: JobService) -> ImagesAnswer:
    """The answer for a completed job."""
    pictures = []
    for artifact in job.artifacts:
        if body.response_format == "url":
            url = f"{request.base_url}api/v1/jobs/{job.id}/output/{artifact.name}"
            pictures.append(ImageAnswer(url=url, seed=artifact.seed))
        else:
            pictures.append(ImageAnswer(b64_json=await encoded(job, artifact, jobs), seed=artifact.seed))
    quality = getattr(body, "quality", None)
    return ImagesAnswer(
        created=int((job.finished or job.created).timestamp()),
        data=tuple(pictures),
        output_format=job.drawing.output.format.value,
        quality=quality if quality in _ECHOED else None,
        size=str(job.drawing.size),
    )


async def encoded(job: Job, artifact: StoredArtifact, jobs: JobService) -> str:
    """A picture's file in base64."""
    return base64.b64encode(await jobs.images.read(job.id, job.created, artifact.name)).decode()


def streamed(job: Job, body: Body) -> dict[str, Any]:
    """What every event of a stream says besides its picture."""
    quality = getattr(body, "quality", None)
    return {
        "created_at": int(job.created.timestamp()),
        "background": "opaque",
        "quality": quality if quality in _ECHOED else "auto",
        "size": str(job.drawing.size),
    }
