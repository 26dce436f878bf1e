"""A1111's lists of models: checkpoints, and the kinds that are not offered yet as empty lists; load and unload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from safelight.domain.values import Value
from safelight.server.access import Admin, Drawer, Jobs, Reader
from safelight.server.routes.a1111.checkpoints import Checkpoint, checkpoints
from safelight.server.routes.a1111.errors import answers
from safelight.server.routes.a1111.state import State

router = APIRouter(prefix="/sdapi/v1", tags=["a1111"])

_PLAIN = answers()


class Embeddings(Value):
    """Textual inversions; none are offered yet."""

    loaded: Mapping[str, Any] = Field(default_factory=dict)
    skipped: Mapping[str, Any] = Field(default_factory=dict)


@router.get("/sd-models", summary="A1111: checkpoints", responses=_PLAIN)
async def sd_models(jobs: Jobs, caller: Reader) -> list[Checkpoint]:
    """Every model that an engine here can draw with."""
    return await checkpoints(jobs)


@router.get("/sd-vae", summary="A1111: VAEs", responses=_PLAIN)
async def sd_vae(caller: Reader) -> list[dict[str, Any]]:
    """None: choosing a VAE is not offered yet."""
    return []


@router.get("/sd-modules", summary="Forge: VAEs and text encoders", responses=_PLAIN)
async def sd_modules(caller: Reader) -> list[dict[str, Any]]:
    """None: choosing them is not offered yet."""
    return []


@router.get("/loras", summary="A1111: LoRAs", responses=_PLAIN)
async def loras(caller: Reader) -> list[dict[str, Any]]:
    """None: LoRAs are not offered yet."""
    return []


@router.get("/hypernetworks", summary="A1111: hypernetworks", responses=_PLAIN)
async def hypernetworks(caller: Reader) -> list[dict[str, Any]]:
    """None: they are not offered."""
    return []


@router.get("/embeddings", summary="A1111: textual inversions", responses=_PLAIN)
async def embeddings(caller: Reader) -> Embeddings:
    """None: they are not offered yet."""
    return Embeddings()


@router.post("/refresh-checkpoints", summary="A1111: look at the models folder again", responses=_PLAIN)
@router.post("/refresh-vae", summary="A1111: look at the models folder again", responses=_PLAIN)
@router.post("/refresh-loras", summary="A1111: look at the models folder again", responses=_PLAIN)
@router.post("/refresh-embeddings", summary="A1111: look at the models folder again", responses=_PLAIN)
async def refresh(jobs: Jobs, caller: Drawer) -> dict[str, Any]:
    """Forget what was known of the folder: the next list is read from the disk."""
    jobs.models.refresh()
    return {}


@router.post("/unload-checkpoint", summary="A1111: unload the caller's model", responses=_PLAIN)
async def unload_checkpoint(jobs: Jobs, state: State, caller: Admin) -> dict[str, Any]:
    """Give its memory back, after the jobs that use it; it is loaded again when it is asked for."""
    await jobs.pool.unload(state.options_of(caller.name).model or jobs.settings.model)
    return {}


@router.post(
    "/reload-checkpoint",
    summary="A1111: load the caller's model",
    responses=answers(404, 409, 422, 429, 500, 503, 504, 507),
)
async def reload_checkpoint(jobs: Jobs, state: State, caller: Drawer) -> dict[str, Any]:
    """Make sure that it is loaded; answers when it is."""
    model = await jobs.models.resolve(state.options_of(caller.name).model or jobs.settings.model)
    with state.busy_loading(caller.name):
        await jobs.pool.load(model)
    return {}
