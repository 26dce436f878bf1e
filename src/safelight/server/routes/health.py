"""Probes: `/livez`, `/readyz`, `/health` as in the tutorials, `/api/v1/health`. All of them answer strangers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response

from safelight.domain.values import Value
from safelight.jobs.service import JobService
from safelight.server.documented import Responses
from safelight.server.health import State, Vitals
from safelight.version import __version__

router = APIRouter(tags=["health"])
native = APIRouter(tags=["health"])


def _vitals_of(request: Request) -> Vitals:
    return cast(Vitals, request.app.state.vitals)


Watched = Annotated[Vitals, Depends(_vitals_of)]


class Alive(Value):
    """The process answers."""

    status: str = "alive"


class HealthView(Value):
    """`status` is starting, ready, paused, degraded or stopping; `reason` says why, where it needs a word."""

    status: State
    reason: str | None
    version: str = __version__


class TutorialHealth(Value):
    """`status` is "healthy", or the state that is not. `device` is that of the model used last, or "unknown"."""

    status: str
    model_loaded: bool
    device: str


_NOT_READY: Responses = {503: {"model": HealthView, "description": "Starting, degraded or stopping."}}


@router.get("/livez", summary="Is it alive?")
async def livez() -> Alive:
    """200 as long as the process answers at all; restart it when this fails."""
    return Alive()


@router.get("/readyz", summary="Can it take a job?", responses=_NOT_READY)
@native.get("/health", summary="How is it?", responses=_NOT_READY)
async def health(vitals: Watched, response: Response) -> HealthView:
    """200 when a job would be admitted now and has a chance; the job store is tried for it."""
    now = await vitals.health()
    response.status_code = now.state.code
    return HealthView(status=now.state, reason=now.reason)


@router.get("/health", summary="How is it?", responses={503: {"model": TutorialHealth}})
async def tutorial_health(request: Request, vitals: Watched, response: Response) -> TutorialHealth:
    """The form of the tutorials."""
    now = await vitals.health()
    response.status_code = now.state.code
    jobs: JobService | None = getattr(request.app.state, "jobs", None)
    loaded = sorted(jobs.pool.loaded(), key=lambda model: model.last_used) if jobs else []
    return TutorialHealth(
        status="healthy" if now.state.code == HTTPStatus.OK else now.state.value,
        model_loaded=bool(loaded),
        device=loaded[-1].plan.device if loaded else "unknown",
    )
