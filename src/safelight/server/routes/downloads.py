"""Native dialect: models from other hosts, as jobs. What is fetched appears in `/models` when its job is completed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import Field, model_validator

from safelight.catalog.downloads.offers import check_name
from safelight.catalog.downloads.sources import FORMS, MissingSource, parse_source
from safelight.domain.models import ModelKind
from safelight.domain.values import Value
from safelight.domain.work import DownloadRequest, Sha256
from safelight.server.access import Admin, Jobs
from safelight.server.documented import answers
from safelight.server.views import JobView, job_view
from safelight.server.waiting import completed

router = APIRouter(prefix="/models", tags=["models"])

_COMPLETED, _ACCEPTED = 200, 202
_ERRORS = answers(404, 409, 429, 500, 502)


class PullBody(Value):
    """A model to fetch into the models folder: `source`, or `missing_for` a model its companions."""

    source: str | None = Field(default=None, min_length=1, max_length=4000, description=FORMS)
    missing_for: str | None = Field(default=None, min_length=1, max_length=500, description="A name from /models.")
    sha256: Sha256 | None = Field(default=None, description="What the file must have.")
    type: ModelKind | None = Field(default=None, description="What it is, where its header does not say.")
    name: str | None = Field(default=None, min_length=1, max_length=200, description="What to call the file here.")
    wait: bool = Field(default=False, description="Answer when it is there, or at once.")

    @model_validator(mode="after")
    def _one_of_both(self) -> PullBody:
        if (self.source is None) == (self.missing_for is None):
            raise ValueError("either source or missing_for is needed")
        return self

    @property
    def request(self) -> DownloadRequest:
        """What it asks for."""
        source = self.source or f"missing:{self.missing_for}"
        return DownloadRequest(source=source, sha256=self.sha256, type=self.type, name=self.name)


@router.post(
    "/pull",
    status_code=_ACCEPTED,
    summary="Download a model",
    responses=_ERRORS | {_COMPLETED: {"model": JobView, "description": "It is there, as `wait` was given."}},
)
async def pull(body: PullBody, request: Request, response: Response, jobs: Jobs, caller: Admin) -> JobView:
    """Queue a download; it goes on from where it was when the connection or the server breaks.

    The same download that waits or runs already is answered with its job.
    """
    source = parse_source(body.request.source)
    if isinstance(source, MissingSource):
        await jobs.models.resolve(source.model)
    if body.name:
        check_name(body.name)
    job = await jobs.begin_once(body.request, caller.name)
    if body.wait:
        response.status_code = _COMPLETED
        return await job_view(jobs, await completed(jobs, job, request))
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return await job_view(jobs, job)
