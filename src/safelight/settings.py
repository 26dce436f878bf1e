"""All settings in one table: a flag beats the environment (`SAFELIGHT_*`), that the file, that the default.

Bad values are refused, never replaced by a default.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from safelight.domain.errors import InvalidInput
from safelight.domain.plans import DType, MemoryMode


def config_file() -> Path:
    """The settings file: `$SAFELIGHT_CONFIG`, or `safelight.toml` in the user's configuration folder."""
    given = os.environ.get("SAFELIGHT_CONFIG")
    return Path(given) if given else platformdirs.user_config_path("safelight") / "safelight.toml"


def _data(*parts: str) -> Path:
    return platformdirs.user_data_path("safelight").joinpath(*parts)


class Settings(BaseSettings):
    """What can be set, with defaults. Each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="SAFELIGHT_", extra="forbid", frozen=True)

    models_dir: Path = Field(default_factory=lambda: _data("models"), description="Folder that holds your models.")
    cache_dir: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("safelight"),
        description="Folder for what can be computed again, such as checksums.",
    )
    model: str = Field(default="doodle", description="Model that draws when none is named.")
    device: str | None = Field(
        default=None, description="Device to run on: cpu, cuda:0, mps, xpu:0. Unset: the fastest."
    )
    dtype: DType | None = Field(default=None, description="Number type to compute in. Unset: the device's best.")
    memory_mode: MemoryMode = Field(
        default=MemoryMode.FULL, description="full is fastest; tiled and offloaded need less memory."
    )
    threads: int = Field(default=0, ge=0, le=1024, description="CPU threads of a worker; 0 uses every physical core.")
    max_image_bytes: int = Field(
        default=64 * 2**20, ge=1024, description="Largest image file accepted as input, in bytes."
    )
    max_image_pixels: int = Field(
        default=64_000_000, ge=4096, description="Largest image accepted as input, in pixels, checked before decoding."
    )
    worker_silence_seconds: float = Field(
        default=900, gt=0, description="A worker that reports nothing for so long, while it should, is ended."
    )
    worker_start_seconds: float = Field(
        default=180, gt=0, description="A worker that has not answered this long after its start is given up."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then environment, then the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def load_settings(**flags: Any) -> Settings:
    """Read the settings; `flags` that are None count as not given.

    Raises:
        InvalidInput: A value, or a name in the file, is wrong; the sentence says which and where it came from.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    if "SAFELIGHT_CONFIG" in os.environ and not config_file().is_file():
        raise InvalidInput(f"SAFELIGHT_CONFIG names {config_file()}, which is not a file.")
    try:
        return Settings(**given)
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"])
        source = f"SAFELIGHT_{name.upper()}" if f"SAFELIGHT_{name.upper()}" in os.environ else str(config_file())
        where = f"--{name.replace('_', '-')}" if name in given else source
        raise InvalidInput(
            f"Setting {name!r} ({where}): {problem['msg'][0].lower()}{problem['msg'][1:]}, got {problem['input']!r}."
        ) from error
    except ValueError as error:
        raise InvalidInput(f"{config_file()} is not valid TOML: {error}.") from error


@cache
def embedded_models() -> Path:
    """The folder of models that come with the package."""
    return Path(__file__).parent / "embedded"
