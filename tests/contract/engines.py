"""What the contract suite needs of each engine: a model it can run and the engine itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from safelight.catalog.inspection import inspect
from safelight.domain.models import ModelInfo
from safelight.engines.contract import Engine
from safelight.engines.diffusers.engine import DiffusersEngine
from safelight.engines.spec import EngineSpec, engine_for
from tests.ldm import to_ldm, write_safetensors
from tests.models import build_pipeline, save_folder
from tests.scripted.scripted_engine import ScriptedEngine


@dataclass(frozen=True)
class Subject:
    """An engine under test with a model for it."""

    engine: Engine
    model: ModelInfo

    @property
    def spec(self) -> EngineSpec:
        """The engine's own description."""
        return engine_for(self.model)


def _diffusers(architecture: str, folder: Path, scripted: ModelInfo) -> Subject:
    return Subject(DiffusersEngine(), inspect(save_folder(folder / architecture, architecture)))


def _single_file(folder: Path, scripted: ModelInfo) -> Subject:
    file = write_safetensors(folder / "model.safetensors", to_ldm(build_pipeline("sd1"), "sd1"), half=True)
    return Subject(DiffusersEngine(), inspect(file))


def _scripted(folder: Path, scripted: ModelInfo) -> Subject:
    scripted.path.touch()
    return Subject(ScriptedEngine(), scripted)


SUBJECTS: dict[str, Callable[[Path, ModelInfo], Subject]] = {
    "scripted": _scripted,
    "diffusers-sd1": partial(_diffusers, "sd1"),
    "diffusers-sdxl": partial(_diffusers, "sdxl"),
    "diffusers-sd3": partial(_diffusers, "sd3"),
    "diffusers-single-file": _single_file,
}
