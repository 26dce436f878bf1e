"""Puts the server together: middleware, dialects and errors."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from safelight.server import problems
from safelight.server.routes import events, generate, jobs
from safelight.settings import Settings
from safelight.version import __version__

NATIVE = (generate.router, jobs.router, events.router)


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application. Whoever runs it sets `state.jobs` to a running job service before the first request."""
    app = FastAPI(
        title="Safelight",
        version=__version__,
        summary="A private darkroom for AI pictures.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.settings = settings
    problems.install(app)
    for prefix, shown in (("/api/v1", True), ("/api", False)):
        native = APIRouter(prefix=prefix, include_in_schema=shown)
        for router in NATIVE:
            native.include_router(router)
        app.include_router(native)
    return app
