"""Native dialect: which plans failed on this machine and are avoided since, and how to have them tried again."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path

from safelight.domain.plans import Plan
from safelight.domain.values import Value
from safelight.server.access import Admin, Jobs
from safelight.server.documented import answers
from safelight.workers.placement import Cause
from safelight.workers.remembered import Remembered

router = APIRouter(prefix="/system/remembered", tags=["system"])


class RememberedView(Value):
    """A plan that failed.

    Attributes:
        device: The maker's name for the device.
        architecture: The family of models that it failed with.
        pixels: Pictures with this many pixels and more are concerned; 0 for all.
        reason: What was seen, in one sentence.
    """

    id: str
    plan: Plan
    cause: Cause
    reason: str
    pixels: int
    architecture: str
    device: str
    driver: str
    engine_version: str
    machine: str
    when: datetime


class Forgotten(Value):
    """How many failures were forgotten."""

    forgotten: int


@router.get("", summary="Plans that failed")
async def list_remembered(jobs: Jobs, caller: Admin) -> tuple[RememberedView, ...]:
    """What `safelight doctor` shows, the newest last: these plans are not tried again while nothing changes."""
    return tuple(_view(entry) for entry in await asyncio.to_thread(jobs.pool.remembered.entries))


@router.delete("", summary="Forget all of them")
async def forget_all(jobs: Jobs, caller: Admin) -> Forgotten:
    """From the next loading on, all plans are tried again, from the fastest."""
    return Forgotten(forgotten=await asyncio.to_thread(jobs.pool.remembered.forget))


@router.delete("/{failure_id}", status_code=204, summary="Forget one", responses=answers(404))
async def forget(failure_id: Annotated[str, Path(max_length=64)], jobs: Jobs, caller: Admin) -> None:
    """This plan is tried again, unless another failure rules it out, too."""
    await asyncio.to_thread(jobs.pool.remembered.forget_one, failure_id)


def _view(entry: Remembered) -> RememberedView:
    place, failure = entry.place, entry.failure
    return RememberedView(
        id=entry.id,
        **failure.model_dump(include={"cause", "reason", "pixels"}),
        plan=failure.plan,
        **place.model_dump(include={"architecture", "device", "driver", "engine_version", "machine"}),
        when=entry.when,
    )
