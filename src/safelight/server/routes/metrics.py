"""`/metrics` for Prometheus. Where keys exist it needs one that may read."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request, Response

from safelight.server.access import Reader
from safelight.server.metrics import Metrics

router = APIRouter(tags=["health"])

_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/metrics", summary="Figures for Prometheus", response_class=Response, responses={200: {"content": {_TYPE: {}}}}
)
async def metrics(request: Request, caller: Reader) -> Response:
    """Requests, queue, steps, loads, workers' memory and crashes, in the text format."""
    return Response(await cast(Metrics, request.app.state.metrics).text(), media_type=_TYPE)
