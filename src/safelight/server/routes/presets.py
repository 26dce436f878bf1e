"""Native dialect: presets, named sets of settings to draw with, and prompts: files beside the models."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from safelight.domain.preset import LONGEST_NAME, NamedPreset, Preset
from safelight.domain.values import Value
from safelight.jobs.templates import PromptTemplate, templates
from safelight.server.access import Admin, Drawer, Jobs, Reader
from safelight.server.documented import answers

router = APIRouter(prefix="/presets", tags=["presets"])
prompts = APIRouter(tags=["presets"])

Name = Annotated[str, Path(max_length=200)]


class NewPreset(Value):
    """A preset to save."""

    name: str = Field(max_length=LONGEST_NAME)
    settings: Preset


class ChangedPreset(Value):
    """What a preset is to say from now on, and what it is to be called if not as before."""

    settings: Preset
    name: str | None = Field(default=None, max_length=LONGEST_NAME)


@router.get("", summary="List presets")
async def list_presets(jobs: Jobs, caller: Reader) -> tuple[NamedPreset, ...]:
    """Everybody's, by name; files that can't be read as presets with their `problem`."""
    return tuple(await asyncio.to_thread(jobs.presets.list))


@router.get("/{name}", summary="Show a preset", responses=answers(404))
async def show(name: Name, jobs: Jobs, caller: Reader) -> NamedPreset:
    """A preset by its name, in whatever case."""
    return await asyncio.to_thread(jobs.presets.get, name)


@router.post("", status_code=201, summary="Save a new preset", responses=answers(409))
async def add(body: NewPreset, jobs: Jobs, caller: Drawer) -> NamedPreset:
    """409 when there is one of that name, and on a private server, which writes none."""
    return await asyncio.to_thread(jobs.presets.add, body.name, body.settings)


@router.put("/{name}", summary="Replace or rename a preset", responses=answers(404, 409))
async def replace(name: Name, body: ChangedPreset, jobs: Jobs, caller: Admin) -> NamedPreset:
    """For admins, where there are keys: presets are everybody's."""
    return await asyncio.to_thread(jobs.presets.replace, name, body.settings, body.name)


@router.delete("/{name}", status_code=204, summary="Delete a preset", responses=answers(404, 409))
async def delete(name: Name, jobs: Jobs, caller: Admin) -> None:
    """For admins, where there are keys."""
    await asyncio.to_thread(jobs.presets.delete, name)


@router.post("/{name}/restore", summary="Take a change of a preset back", responses=answers(404, 409))
async def restore(name: Name, jobs: Jobs, caller: Admin) -> NamedPreset:
    """The file as it was before it was last replaced or deleted, to the byte; the server remembers until it ends."""
    return await asyncio.to_thread(jobs.presets.restore, name)


@prompts.get("/prompts", summary="Prompts to take words from")
async def list_prompts(jobs: Jobs, caller: Reader) -> tuple[PromptTemplate, ...]:
    """Files in folders called `prompts` and `neg_prompts`: `.txt`, and `.json` with a string or a `prompt` in it."""
    settings = jobs.settings
    return tuple(await asyncio.to_thread(templates, (settings.models_dir, *settings.more_models_dirs)))
