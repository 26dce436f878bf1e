"""All settings in one table: a flag beats the environment (`SAFELIGHT_*`), that the file, that the default.

Bad values are refused, never replaced by a default.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from safelight.domain.errors import InvalidInput
from safelight.domain.plans import DType, MemoryMode

_ENDPOINT = r"^https?://[^\s?#@]+[^\s?#@/]$"
_SECRETS = ("api_keys", "hf_token", "civitai_key")
_KEPT_IN_MEMORY = 200
"""Ended jobs that a private server keeps."""


def config_file() -> Path:
    """The settings file: `$SAFELIGHT_CONFIG`, or `safelight.toml` in the user's configuration folder."""
    given = os.environ.get("SAFELIGHT_CONFIG")
    return Path(given) if given else platformdirs.user_config_path("safelight") / "safelight.toml"


def _listed(value: Any) -> Any:
    """A list as it is written in an environment variable: separated by commas or blanks, or in JSON."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.lstrip().startswith("[") else tuple(value.replace(",", " ").split())


def _folders(value: Any) -> Any:
    """Folders as they are written in an environment variable: separated as in PATH, or in JSON."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.lstrip().startswith("[") else tuple(filter(None, value.split(os.pathsep)))


def _data(*parts: str) -> Path:
    return platformdirs.user_data_path("safelight").joinpath(*parts)


class Settings(BaseSettings):
    """What can be set, with defaults. Each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="SAFELIGHT_", extra="forbid", frozen=True)

    models_dir: Path = Field(default_factory=lambda: _data("models"), description="Folder that holds your models.")
    more_models_dirs: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_folders)] = Field(
        default=(),
        description="Further folders of models, such as those of ComfyUI or AUTOMATIC1111; in the environment "
        "separated as in PATH.",
    )
    huggingface_cache: bool = Field(
        default=False, description="Also list models that lie in the Hugging Face cache of this machine."
    )
    cache_dir: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("safelight"),
        description="Folder for what can be computed again, such as checksums.",
    )
    model: str = Field(default="doodle", description="Model that draws when none is named.")
    device: str | None = Field(
        default=None, description="Device to run on: cpu, cuda:0, mps, xpu:0. Unset: the fastest."
    )
    engine: str | None = Field(
        default=None, description="Engine to run on: diffusers or sdcpp. Unset: the preferred one that runs the model."
    )
    engine_options: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="What engines load models with, by the engine's name; see docs/engines.md."
    )
    dtype: DType | None = Field(default=None, description="Number type to compute in. Unset: the device's best.")
    memory_mode: MemoryMode | None = Field(
        default=None,
        description="full is fastest; tiled and offloaded need less memory. Unset: the next when memory runs out.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=1024,
        description="CPU threads of a worker; 0 takes one for each core of one processor, within a container's share.",
    )
    max_image_bytes: int = Field(
        default=64 * 2**20, ge=1024, description="Largest image file accepted as input, in bytes."
    )
    max_image_pixels: int = Field(
        default=64_000_000, ge=4096, description="Largest image accepted as input, in pixels, checked before decoding."
    )
    data_dir: Path = Field(default_factory=_data, description="Folder for what the server keeps: jobs and pictures.")
    database: str | None = Field(
        default=None,
        description="URL of the job store (postgresql+asyncpg://…). Unset: a SQLite file in the data folder.",
    )
    private: bool = Field(
        default=False, description="Keep jobs, prompts and pictures in memory only; nothing of them touches the disk."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; others than loopback need an API key.")
    port: int = Field(default=7860, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    insecure: bool = Field(
        default=False, description="Listen on an address that others can reach without asking for a key."
    )
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(),
        description="API keys besides those of `safelight keys`: name:scope:key each, or a key alone for an admin.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(), description="Names by which the server may be called, besides addresses and localhost; * for any."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(), description="Origins of other web pages that may call the server; none by default."
    )
    max_body_bytes: int = Field(
        default=128 * 2**20, ge=1024, description="Largest request body accepted, in bytes, counted as it arrives."
    )
    fetch_image_urls: bool = Field(
        default=False, description="Fetch images that requests name by URL, from public addresses only."
    )
    hf_token: SecretStr | None = Field(
        default=None, description="Access token of Hugging Face, for gated and private models."
    )
    civitai_key: SecretStr | None = Field(
        default=None, description="API key of Civitai, for models whose makers want a login."
    )
    hf_endpoint: str = Field(
        default="https://huggingface.co", pattern=_ENDPOINT, description="Where Hugging Face, or a mirror, answers."
    )
    civitai_endpoint: str = Field(
        default="https://civitai.com", pattern=_ENDPOINT, description="Where Civitai, or a mirror, answers."
    )
    download_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(),
        description="Hosts (name, or name:port) at private addresses that models may be downloaded from, also by http.",
    )
    downloads_at_once: int = Field(default=2, ge=1, le=16, description="Downloads that a server runs side by side.")
    max_download_bytes: int = Field(default=200 * 10**9, ge=1, description="Largest file that is downloaded, in bytes.")
    download_tries: int = Field(
        default=6, ge=1, le=100, description="How often a download that gets no further is tried before it is given up."
    )
    download_retry_seconds: float = Field(
        default=1.0, ge=0, le=60, description="Wait before the second try, in seconds; it doubles with every further."
    )
    download_stall_seconds: float = Field(
        default=30, gt=0, description="A host that sends less than a kilobyte a second for so long is asked anew."
    )
    queue_limit: int = Field(default=1000, ge=1, description="Jobs that may wait; more are refused with status 429.")
    max_attempts: int = Field(
        default=3, ge=1, le=100, description="How often a job is begun at most when servers die under it."
    )
    keep_jobs: int = Field(
        default=0,
        ge=0,
        description="How many ended jobs are kept with their pictures; 0 keeps all. Unset, like `keep_days`: all, "
        "or 200 of a private server. Jobs with a favourite picture are kept besides, unless the server is private.",
    )
    keep_days: float = Field(
        default=0,
        ge=0,
        description="Days that ended jobs are kept with their pictures; 0: ever. Favourites as with `keep_jobs`.",
    )
    preview_seconds: float = Field(
        default=1.0, ge=0, description="Shortest time between two previews of a job, in seconds; 0 sends every one."
    )
    stop_seconds: float = Field(
        default=20, ge=0, description="How long a stopping server waits for the running job before it is queued again."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="Form of the log on stderr.")
    worker_silence_seconds: float = Field(
        default=900, gt=0, description="A worker that reports nothing for so long, while it should, is ended."
    )
    worker_step_seconds: float = Field(
        default=30,
        gt=0,
        description="Once steps were seen, one may take so long, or 20 times the slowest before, whichever is longer.",
    )
    memory_budget: int | None = Field(
        default=None, ge=0, description="Bytes that loaded models may fill together. Unset: 70 % of the memory."
    )
    idle_unload_seconds: float = Field(
        default=600, ge=0, description="A model not used for so long is unloaded until it is asked for; 0: never."
    )
    worker_start_seconds: float = Field(
        default=180, gt=0, description="A worker that has not answered this long after its start is given up."
    )

    @property
    def jobs_kept(self) -> int:
        """`keep_jobs`, but not all of them where they fill the memory and nothing was said; 0 keeps all."""
        said = self.model_fields_set & {"keep_jobs", "keep_days"}
        return _KEPT_IN_MEMORY if self.private and not said else self.keep_jobs

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
        got = "a value that is not shown" if name.startswith(_SECRETS) else repr(problem["input"])
        raise InvalidInput(
            f"Setting {name!r} ({where}): {problem['msg'][0].lower()}{problem['msg'][1:]}, got {got}."
        ) from error
    except ValueError as error:
        raise InvalidInput(f"{config_file()} is not valid TOML: {error}.") from error


@cache
def embedded_models() -> Path:
    """The folder of models that come with the package."""
    return Path(__file__).parent / "embedded"


def hub_cache() -> Path:
    """The folder of the Hugging Face cache (https://huggingface.co/docs/hub/local-cache)."""
    if given := os.environ.get("HF_HUB_CACHE"):
        return Path(given).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    return Path(home).expanduser() / "hub"
