"""Puts the server together: middleware, dialects and errors."""

from __future__ import annotations

import time

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from safelight.jobs.service import JobService
from safelight.server import documented, problems
from safelight.server.alias import Alias
from safelight.server.auth.gate import Gate
from safelight.server.auth.keyring import Keyring
from safelight.server.guard import Guard, names_of
from safelight.server.health import Vitals
from safelight.server.lanes import Lanes
from safelight.server.limits import BodyLimit, keep_uploads_in_memory
from safelight.server.log_tail import LogTail
from safelight.server.logs import RequestLog
from safelight.server.metrics import Metrics
from safelight.server.page import Page
from safelight.server.routes import (
    auth,
    convert,
    downloads,
    events,
    generate,
    health,
    image,
    jobs,
    logs,
    metrics,
    models,
    openai,
    parameters,
    pictures,
    plans,
    presets,
    queue,
    remembered,
    root,
    system,
    tutorial,
)
from safelight.server.routes.a1111 import router as a1111
from safelight.server.socketio import SocketIo
from safelight.settings import Settings
from safelight.version import __version__

NATIVE = (
    generate.router,
    jobs.router,
    pictures.router,
    queue.router,
    events.router,
    convert.router,
    downloads.router,  # before the models', whose ids may hold slashes
    plans.router,
    models.router,
    parameters.router,
    presets.router,
    presets.prompts,
    image.router,
    system.router,
    remembered.router,
    logs.router,
    health.native,
    auth.router,
)
TOP = (root.router, health.router, metrics.router)


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application. Whoever runs it calls `begin` with a running job service before the first request.

    Raises:
        InvalidInput, StorageFailed: The API keys can't be read.
    """
    keyring, figures = Keyring(settings), Metrics()
    keep_uploads_in_memory(settings.max_body_bytes)
    app = FastAPI(
        title="Safelight",
        version=__version__,
        summary="A private darkroom for AI pictures.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        middleware=_shell(settings, keyring, figures),
    )
    app.state.settings, app.state.keyring = settings, keyring
    app.state.metrics, app.state.vitals = figures, Vitals()
    app.state.log_tail = LogTail()
    app.state.begun = time.monotonic()
    app.state.lanes, app.state.probes = Lanes(), system.Probes()
    problems.install(app)
    documented.publish(app)
    for router in NATIVE:
        app.include_router(router, prefix="/api/v1", responses=documented.COMMON)
    for outside in TOP:
        app.include_router(outside, responses=documented.COMMON)
    for dialect in (openai.router, tutorial.router, a1111.router):
        app.include_router(dialect)
    app.state.socketio = SocketIo(settings)
    app.mount("/socket.io", app.state.socketio)
    app.state.page = Page()
    app.mount("/ui", app.state.page)
    return app


def begin(app: FastAPI, jobs: JobService) -> None:
    """Let `app` serve a running job service."""
    app.state.jobs = jobs
    app.state.metrics.watch(jobs)
    app.state.vitals.watch(jobs)


def _shell(settings: Settings, keyring: Keyring, figures: Metrics) -> list[Middleware]:
    """What every request passes, outermost first."""
    shell = [
        Middleware(Alias),
        Middleware(RequestLog, private=settings.private, answered=figures.answered),
        Middleware(Guard, names_of(settings), settings.cors_origins),
    ]
    if settings.cors_origins:
        shell.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["*"],
                allow_headers=["*"],
                expose_headers=["X-Request-ID"],
            )
        )
    return [*shell, Middleware(Gate, keyring), Middleware(BodyLimit, settings.max_body_bytes)]
