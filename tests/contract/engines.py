"""What the contract suite needs of each engine: a model it can run and the engine itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from safelight.catalog.inspection import inspect
from safelight.domain.models import ModelInfo
from safelight.engines.contract import Engine
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.spec import EngineSpec, engine_for
from tests.ldm import to_ldm, write_safetensors
from tests.models import build_pipeline, save_folder
from tests.scripted.scripted_engine import ScriptedEngine
from tests.sdcpp_models import needs_sdcpp, tiny_sd, write_tiny_sd


@dataclass(frozen=True)
class Subject:
    """An engine under test with a model for it."""

    engine: Engine
    model: ModelInfo
    name: str | None = None

    @property
    def spec(self) -> EngineSpec:
        """The engine's own description; `name` says which where several engines run the model."""
        return engine_for(self.model, self.name)


def _diffusers(architecture: str, folder: Path, scripted: ModelInfo) -> Subject:
    return Subject(DiffusersEngine(), inspect(save_folder(folder / architecture, architecture)))


def _single_file(folder: Path, scripted: ModelInfo) -> Subject:
    file = write_safetensors(folder / "model.safetensors", to_ldm(build_pipeline("sd1"), "sd1"), half=True)
    return Subject(DiffusersEngine(), inspect(file))


def _scripted(folder: Path, scripted: ModelInfo) -> Subject:
    scripted.path.touch()
    return Subject(ScriptedEngine(), scripted)


def _sdcpp(folder: Path, scripted: ModelInfo) -> Subject:
    from safelight.engines.sdcpp.engine import SdcppEngine

    return Subject(SdcppEngine(), inspect(write_tiny_sd(folder / "tiny.safetensors", tiny_sd())), "sdcpp")


SUBJECTS: dict[str, Callable[[Path, ModelInfo], Subject]] = {
    "scripted": _scripted,
    "diffusers-sd1": partial(_diffusers, "sd1"),
    "diffusers-sdxl": partial(_diffusers, "sdxl"),
    "diffusers-sd3": partial(_diffusers, "sd3"),
    "diffusers-single-file": _single_file,
    "sdcpp": _sdcpp,
}
"""What each engine is tried with. The least that stable-diffusion.cpp takes is a gigabyte: it is in the slow tier."""

MARKS = {"sdcpp": (pytest.mark.slow, pytest.mark.timeout(900), needs_sdcpp)}
