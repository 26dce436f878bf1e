"""A1111's lists of what can be chosen, and what it says of itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from safelight.domain.samplers import SAMPLERS, SCHEDULERS
from safelight.domain.values import Value
from safelight.engines.spec import engine_for
from safelight.jobs.service import JobService
from safelight.server.access import Jobs, Reader
from safelight.server.routes.a1111.errors import answers
from safelight.server.routes.a1111.resizing import RESIZERS
from safelight.server.routes.a1111.state import DialectState, State

router = APIRouter(prefix="/sdapi/v1", tags=["a1111"])

_PLAIN = answers()
_OF_MODEL = answers(404, 422)
_SCHEDULER_NAMES = {"discrete": "normal", "ddim_uniform": "ddim"}
"""Ours → A1111's, where they differ."""


class SamplerItem(Value):
    """A sampler by its display name."""

    name: str
    aliases: list[str]
    options: Mapping[str, Any] = Field(default_factory=dict)


class SchedulerItem(Value):
    """A noise schedule."""

    name: str
    label: str
    aliases: list[str] | None = None
    default_rho: float = -1
    need_inner_model: bool = False


class UpscalerItem(Value):
    """A way to resize a picture."""

    name: str
    model_name: str | None = None
    model_path: str | None = None
    model_url: str | None = None
    scale: float = 4


class ModeItem(Value):
    """A name in a list."""

    name: str


class ScriptList(Value):
    """Scripts; there are none."""

    txt2img: tuple[str, ...] = ()
    img2img: tuple[str, ...] = ()


class Memory(Value):
    """Bytes of main memory, and what is known of a GPU's.

    Attributes:
        ram: `total` of the machine, `used` by the server and its workers, `free` on the machine.
        cuda: `error`: the server itself does not look at GPUs.
    """

    ram: dict[str, int]
    cuda: dict[str, str]


@router.get("/samplers", summary="A1111: samplers", responses=_OF_MODEL)
async def samplers(jobs: Jobs, state: State, caller: Reader) -> list[SamplerItem]:
    """Those that the caller's model can be drawn with."""
    pairs = await _pairs(jobs, state, caller.name)
    return [SamplerItem(name=s.label, aliases=[s.name, *s.aliases]) for s in SAMPLERS if s.name in pairs]


@router.get("/schedulers", summary="A1111: noise schedules", responses=_OF_MODEL)
async def schedulers(jobs: Jobs, state: State, caller: Reader) -> list[SchedulerItem]:
    """Those that the caller's model can be drawn with by one sampler or another; Automatic lets the sampler choose."""
    able = {scheduler for every in (await _pairs(jobs, state, caller.name)).values() for scheduler in every}
    return [
        SchedulerItem(name="automatic", label="Automatic"),
        *(
            SchedulerItem(name=_SCHEDULER_NAMES.get(s.name, s.name), label=s.label, aliases=[s.name, *s.aliases])
            for s in SCHEDULERS
            if s.name in able
        ),
    ]


@router.get("/upscalers", summary="A1111: upscalers", responses=_PLAIN)
async def upscalers(caller: Reader) -> list[UpscalerItem]:
    """Plain resizing; models that upscale are not offered yet."""
    return [UpscalerItem(name=name) for name in RESIZERS]


@router.get("/latent-upscale-modes", summary="A1111: latent upscalers of the hires fix", responses=_PLAIN)
async def latent_upscale_modes(caller: Reader) -> list[ModeItem]:
    """None: the hires fix is not offered yet."""
    return []


@router.get("/face-restorers", summary="A1111: face restorers", responses=_PLAIN)
async def face_restorers(caller: Reader) -> list[dict[str, Any]]:
    """None: they are not offered."""
    return []


@router.get("/realesrgan-models", summary="A1111: Real-ESRGAN models", responses=_PLAIN)
async def realesrgan_models(caller: Reader) -> list[dict[str, Any]]:
    """None: they are not offered yet."""
    return []


@router.get("/prompt-styles", summary="A1111: prompt styles", responses=_PLAIN)
async def prompt_styles(caller: Reader) -> list[dict[str, Any]]:
    """None: they are not offered."""
    return []


@router.get("/scripts", summary="A1111: scripts", responses=_PLAIN)
async def scripts(caller: Reader) -> ScriptList:
    """None: they are A1111's own."""
    return ScriptList()


@router.get("/script-info", summary="A1111: scripts and their arguments", responses=_PLAIN)
async def script_info(caller: Reader) -> list[dict[str, Any]]:
    """None: they are A1111's own."""
    return []


@router.get("/cmd-flags", summary="A1111: how the server was started", responses=_PLAIN)
async def cmd_flags(jobs: Jobs, caller: Reader) -> dict[str, Any]:
    """The few of A1111's flags that have a meaning here; no paths."""
    return {"api": True, "nowebui": False, "port": jobs.settings.port, "listen": jobs.settings.host != "127.0.0.1"}


@router.get("/memory", summary="A1111: memory", responses=_PLAIN)
async def memory(jobs: Jobs, caller: Reader) -> Memory:
    """Measured now."""
    import psutil  # noqa: PLC0415 - costs 20 ms, which starting does not need

    machine = psutil.virtual_memory()
    ours = psutil.Process(os.getpid()).memory_info().rss + sum(one.memory for one in jobs.pool.loaded())
    return Memory(
        ram={"free": machine.available, "used": ours, "total": machine.total},
        cuda={"error": "The server does not look at GPUs; its workers do."},
    )


async def _pairs(jobs: JobService, state: DialectState, owner: str) -> dict[str, tuple[str, ...]]:
    model = await jobs.models.resolve(state.options_of(owner).model or jobs.settings.model)
    return dict(engine_for(model, jobs.settings.engine).samplers_for(model).pairs)
