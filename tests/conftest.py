"""Fixtures for every test: a clean user, and the scripted engine registered like any other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.domain.models import Defaults, ModelFormat, ModelInfo, ModelKind
from safelight.domain.request import Size
from safelight.settings import Settings, load_settings

SCRIPTED = Path(__file__).parent / "scripted"


@pytest.fixture(autouse=True)
def clean_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees or touches the user's own settings, models and caches."""
    for name in [name for name in os.environ if name.startswith("SAFELIGHT_")]:
        monkeypatch.delenv(name)
    for name, folder in (("CONFIG", "safelight.toml"), ("MODELS_DIR", "models"), ("CACHE_DIR", "cache")):
        monkeypatch.setenv(f"SAFELIGHT_{name}", str(tmp_path / "user" / folder))
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "safelight.toml").touch()
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTED))


@pytest.fixture
def settings() -> Settings:
    """Settings as a new user has them, in the test's own folders."""
    return load_settings()


@pytest.fixture
def scripted_model(tmp_path: Path) -> Iterator[ModelInfo]:
    """A model that the scripted engine runs."""
    file = tmp_path / "scripted.safetensors"
    file.write_bytes(b"nothing in it")
    yield ModelInfo(
        id="scripted",
        path=file,
        kind=ModelKind.CHECKPOINT,
        format=ModelFormat.SAFETENSORS,
        architecture="scripted",
        bytes=13,
        defaults=Defaults(size=Size(width=64, height=64), steps=4, cfg_scale=1, sampler="euler", scheduler="discrete"),
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--chaos` asks for the full counts."""
    parser.addoption("--chaos", action="store_true", help="the full counts of kills, restarts and requests")
