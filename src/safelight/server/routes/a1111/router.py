"""All routes of the dialect in one router."""

from __future__ import annotations

from fastapi import APIRouter

from safelight.server.routes.a1111 import controlnet, draw, images, lists, models, options, progress

router = APIRouter()
for part in (draw, progress, options, models, lists, images, controlnet):
    router.include_router(part.router)
