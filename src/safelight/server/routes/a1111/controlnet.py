"""A1111's ControlNet extension, as an installation without any models would answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from safelight.domain.values import Value
from safelight.server.access import Drawer, Reader
from safelight.server.orders import refuse_unbuilt
from safelight.server.routes.a1111.errors import answers

router = APIRouter(prefix="/controlnet", tags=["a1111"])

_PLAIN = answers()


class DetectBody(Value):
    """Pictures to run a preprocessor on."""

    model_config = ConfigDict(extra="allow")

    controlnet_module: str | None = "none"


class Version(Value):
    """0: there is none."""

    version: int = 0


class ModelList(Value):
    """None are offered yet."""

    model_list: tuple[str, ...] = ()


class ModuleList(Value):
    """None are offered yet."""

    module_list: tuple[str, ...] = ()
    module_detail: Mapping[str, Any] = Field(default_factory=dict)


class ControlTypes(Value):
    """None are offered yet."""

    control_types: Mapping[str, Any] = Field(default_factory=dict)


class ControlSettings(Value):
    """No units."""

    control_net_unit_count: int = 0


@router.get("/version", summary="ControlNet: version", responses=_PLAIN)
async def version(caller: Reader) -> Version:
    """0: ControlNet is not offered yet."""
    return Version()


@router.get("/model_list", summary="ControlNet: models", responses=_PLAIN)
async def model_list(caller: Reader) -> ModelList:
    """Empty: ControlNet is not offered yet."""
    return ModelList()


@router.get("/module_list", summary="ControlNet: preprocessors", responses=_PLAIN)
async def module_list(caller: Reader) -> ModuleList:
    """Empty: ControlNet is not offered yet."""
    return ModuleList()


@router.get("/control_types", summary="ControlNet: kinds", responses=_PLAIN)
async def control_types(caller: Reader) -> ControlTypes:
    """Empty: ControlNet is not offered yet."""
    return ControlTypes()


@router.get("/settings", summary="ControlNet: settings", responses=_PLAIN)
async def settings(caller: Reader) -> ControlSettings:
    """No units: ControlNet is not offered yet."""
    return ControlSettings()


@router.post("/detect", summary="Not built yet", responses=answers(422, 501))
async def detect(body: DetectBody, caller: Drawer) -> dict[str, Any]:
    """Answers 501: preprocessors are not offered yet."""
    raise refuse_unbuilt("ControlNet's preprocessors")
