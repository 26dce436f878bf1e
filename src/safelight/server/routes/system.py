"""Native dialect: what the server is, what it runs on, and how it is set."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

import psutil
from fastapi import APIRouter, Request
from sqlalchemy import make_url

from safelight.domain.errors import SafelightError
from safelight.domain.jobs import JobState
from safelight.domain.plans import Device
from safelight.domain.request import MAX_SEED, MAX_SIDE, MIN_SIDE, Batch, Mode, OutputFormat, Prompts, Sampling
from safelight.domain.values import Value
from safelight.engines.spec import EngineSpec, engine_specs
from safelight.jobs.service import JobService
from safelight.server.access import Admin, Jobs, Reader, caller_of
from safelight.server.documented import answers
from safelight.server.orders import refuse_unbuilt
from safelight.settings import Settings
from safelight.version import __version__
from safelight.workers.budget import machine_budget

router = APIRouter(tags=["system"])

_SECRET = ("key", "secret", "password", "token")


class ServerStatus(Value):
    """How the server is, for everybody; names of models are for callers with a key, where keys are asked for."""

    status: Literal["ok", "paused", "storage_problem", "stopping"]
    version: str
    uptime_seconds: float
    running: int
    waiting: int
    queue_limit: int
    loaded: int
    loaded_models: tuple[str, ...] | None
    private: bool


class Version(Value):
    """What runs here; all but the first two are for callers with a key, where keys are asked for."""

    version: str
    api: Literal["v1"] = "v1"
    python: str | None = None
    platform: str | None = None
    libraries: dict[str, str | None] | None = None


class Hardware(Value):
    """The machine. Bytes; `memory_budget` is what loaded models may fill together."""

    system: str
    machine: str
    cpus: int
    cpu_cores: int | None
    memory: int
    memory_available: int
    memory_budget: int


class EngineView(Value):
    """An engine: what it reads and finds. `problem` says why its devices are not known."""

    name: str
    version: str | None
    libraries: dict[str, str | None]
    formats: tuple[str, ...]
    architectures: tuple[str, ...]
    devices: tuple[Device, ...]
    problem: str | None


class Limits(Value):
    """What is accepted."""

    min_side: int = MIN_SIDE
    max_side: int = MAX_SIDE
    max_seed: int = MAX_SEED
    max_steps: int
    max_batch_count: int
    max_batch_size: int
    max_prompt_characters: int
    max_image_bytes: int
    max_image_pixels: int
    max_body_bytes: int
    queue_limit: int


class System(Value):
    """The machine, the engines and what they can do; `features` that are false answer 501."""

    hardware: Hardware
    engines: tuple[EngineView, ...]
    modes: tuple[Mode, ...]
    formats: tuple[OutputFormat, ...]
    features: dict[str, bool]
    limits: Limits


class Setting(Value):
    """A setting: its value now (a secret is only said to be set or not), and what it means."""

    name: str
    value: Any
    environment: str
    description: str


class Probes:
    """What each engine's short-lived worker said of its devices; asked once, and again after a failure."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, tuple[Device, ...]]] = {}
        self._asking = asyncio.Lock()

    async def of(self, spec: EngineSpec, jobs: JobService) -> tuple[str, tuple[Device, ...]]:
        """Version and devices of an engine. Raises what starting a worker raises."""
        async with self._asking:
            if spec.name not in self._known:
                self._known[spec.name] = await jobs.pool.devices(spec.name)
            return self._known[spec.name]


@router.get("/status", summary="How the server is")
async def status(request: Request, jobs: Jobs) -> ServerStatus:
    """Needs no key."""
    counts = await jobs.store.counts()
    loaded = jobs.pool.loaded()
    return ServerStatus(
        status=_state(jobs),
        version=__version__,
        uptime_seconds=round(time.monotonic() - request.app.state.begun, 1),
        running=counts[JobState.LOADING] + counts[JobState.RUNNING],
        waiting=counts[JobState.QUEUED],
        queue_limit=jobs.settings.queue_limit,
        loaded=len(loaded),
        loaded_models=tuple(one.model.id for one in loaded) if caller_of(request) else None,
        private=jobs.settings.private,
    )


@router.get("/version", summary="What runs here")
async def show_version(request: Request) -> Version:
    """Needs no key."""
    if caller_of(request) is None:
        return Version(version=__version__)
    names = {library for spec in engine_specs() for library in spec.libraries}
    return Version(
        version=__version__,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        libraries=_versions(tuple(sorted(names))),
    )


@router.get("/system", summary="The machine, engines and limits")
async def system(request: Request, jobs: Jobs, caller: Reader) -> System:
    """The first call takes some seconds: it starts a short-lived worker of each engine to ask for devices."""
    probes: Probes = request.app.state.probes
    return System(
        hardware=_hardware(jobs.settings),
        engines=tuple([await _engine(spec, jobs, probes) for spec in engine_specs()]),
        modes=tuple(Mode),
        formats=tuple(OutputFormat),
        features={
            "previews": True,
            "image_urls": jobs.settings.fetch_image_urls,
            "controlnet": False,
            "upscale": False,
            "lora": False,
            "convert": any(spec.name == "sdcpp" for spec in engine_specs()),
            "restart": False,
        },
        limits=_limits(jobs.settings),
    )


@router.get("/config", summary="How the server is set")
async def config(jobs: Jobs, caller: Admin) -> tuple[Setting, ...]:
    """Every setting, without secrets."""
    values = jobs.settings.model_dump(mode="json")
    return tuple(
        Setting(
            name=name,
            value=shown_value(name, values[name]),
            environment=f"SAFELIGHT_{name.upper()}",
            description=field.description or "",
        )
        for name, field in type(jobs.settings).model_fields.items()
    )


@router.post("/system/restart", summary="Not built", responses=answers(501))
async def restart(caller: Admin) -> ServerStatus:
    """Answers 501: SIGTERM stops the server in good order, what started it (systemd, Docker, you) starts it anew."""
    raise refuse_unbuilt("Restarting from within")


def _state(jobs: JobService) -> Literal["ok", "paused", "storage_problem", "stopping"]:
    if jobs.stopping:
        return "stopping"
    if jobs.dispatcher.storage_problem:
        return "storage_problem"
    return "paused" if jobs.dispatcher.paused else "ok"


async def _engine(spec: EngineSpec, jobs: JobService, probes: Probes) -> EngineView:
    found: str | None = None
    devices: tuple[Device, ...] = ()
    problem: str | None = None
    try:
        found, devices = await probes.of(spec, jobs)
    except SafelightError as error:
        problem = error.message.splitlines()[0]
    return EngineView(
        name=spec.name,
        version=found,
        libraries=_versions(spec.libraries),
        formats=tuple(sorted(spec.formats)),
        architectures=tuple(sorted(spec.architectures)),
        devices=devices,
        problem=problem,
    )


def _hardware(settings: Settings) -> Hardware:
    memory = psutil.virtual_memory()
    return Hardware(
        system=platform.system(),
        machine=platform.machine(),
        cpus=os.cpu_count() or 1,
        cpu_cores=psutil.cpu_count(logical=False),
        memory=memory.total,
        memory_available=memory.available,
        memory_budget=machine_budget(settings),
    )


def _limits(settings: Settings) -> Limits:
    steps, count, batch, prompt = (
        _most(owner, name)
        for owner, name in ((Sampling, "steps"), (Batch, "count"), (Batch, "batch_size"), (Prompts, "positive"))
    )
    return Limits(
        max_steps=steps,
        max_batch_count=count,
        max_batch_size=batch,
        max_prompt_characters=prompt,
        max_image_bytes=settings.max_image_bytes,
        max_image_pixels=settings.max_image_pixels,
        max_body_bytes=settings.max_body_bytes,
        queue_limit=settings.queue_limit,
    )


def _most(owner: type[Value], name: str) -> int:
    schema = owner.model_json_schema()["properties"][name]
    return int(schema["maxLength"] if "maxLength" in schema else schema["maximum"])


def _versions(libraries: tuple[str, ...]) -> dict[str, str | None]:
    return {library: _version(library) for library in libraries}


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def shown_value(name: str, value: Any) -> Any:
    """A setting as admins may see it: secrets are only said to be set or not."""
    if any(word in name for word in _SECRET):
        return "set" if value else "not set"
    if name == "database" and value:
        return make_url(value).render_as_string(hide_password=True)
    return value
