"""Gathers what `safelight doctor` shows."""

from __future__ import annotations

import asyncio
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from safelight.catalog.catalog import open_catalog
from safelight.domain.errors import SafelightError
from safelight.domain.plans import Device, Toolkit
from safelight.domain.units import data_size
from safelight.engines.spec import EngineSpec, registered_specs
from safelight.settings import Settings, config_file, load_settings
from safelight.version import __version__
from safelight.workers.placement import choose_plan
from safelight.workers.process import WorkerProcess
from safelight.workers.remembered import PlacementMemory, Remembered


def examine() -> dict[str, Any]:
    """The whole report, ready for JSON."""
    settings = load_settings()
    models = open_catalog(settings).list()
    room = next(folder for folder in (settings.models_dir, *settings.models_dir.parents) if folder.exists())
    return {
        "safelight": {
            "version": __version__,
            "python": platform.python_version(),
            "system": platform.platform(terse=True),
        },
        "engines": [_engine(spec, settings) for spec in registered_specs()],
        "models": {
            "folder": str(settings.models_dir),
            "ready": ", ".join(model.id for model in models if not model.problem) or "none",
            "not usable": ", ".join(model.id for model in models if model.problem) or "none",
            "free space": data_size(shutil.disk_usage(room).free),
        },
        "remembered": [_remembered(entry) for entry in PlacementMemory(settings.cache_dir).entries()],
        "settings": {"file": str(config_file())} | settings.model_dump(mode="json"),
    }


def forget_failures() -> int:
    """Clear what is remembered of plans that failed; return how many that were."""
    return PlacementMemory(load_settings().cache_dir).forget()


def _remembered(entry: Remembered) -> dict[str, str]:
    """A failure as people read it; `at` is the size class, for which and above which it counts."""
    failure = entry.failure
    return {
        "plan": str(failure.plan),
        "device": " ".join(filter(None, (entry.place.device, entry.place.driver))),
        "engine": entry.place.engine_version,
        "machine": entry.place.machine,
        "architecture": entry.place.architecture,
        "at": f"{failure.pixels:,} pixels and more" if failure.pixels else "any size",
        "because": failure.reason,
        "when": entry.when.isoformat(),
    }


def _engine(spec: EngineSpec, settings: Settings) -> dict[str, Any]:
    report: dict[str, Any] = {
        "name": spec.name,
        "libraries": [f"{library} {_version(library)}" for library in spec.libraries],
        "devices": [],
        "toolkits": [],
        "plan": None,
        "problem": None,
    }
    if not spec.installed:
        return report | {"not installed": f"Run: {spec.how_to_install}"}
    try:
        devices, toolkits = asyncio.run(_probe(spec, settings))
        report["devices"] = [_device(device) for device in devices]
        report["toolkits"] = [_toolkit(one) for one in toolkits]
        report["plan"] = str(choose_plan(spec.name, devices, settings))
    except SafelightError as error:
        report["problem"] = str(error)
    return report | _builds(spec)


def _builds(spec: EngineSpec) -> dict[str, Any]:
    """How to get its libraries for a device that it has not found."""
    if not spec.builds:
        return {}
    flags = [f"{device} {given}" for device, given in spec.builds.items()]
    return {"to build for another device": spec.build, "FLAGS": flags}


async def _probe(spec: EngineSpec, settings: Settings) -> tuple[tuple[Device, ...], tuple[Toolkit, ...]]:
    worker = await WorkerProcess.start(spec.name, settings)
    try:
        return worker.hello.devices, await worker.toolkits()
    finally:
        await worker.close()


def _device(device: Device) -> dict[str, str]:
    computes = "/".join(dtype.value for dtype in device.dtypes)
    return {"id": device.id, "name": device.name, "memory": data_size(device.memory), "computes": computes}


def _toolkit(found: Toolkit) -> dict[str, str]:
    seen = [f"{device} ({name})" for device, name in found.devices.items()]
    return {
        "name": f"{found.name} {found.version or 'is missing'}",
        "sees": ", ".join(seen) or "nothing",
        "use": found.use,
    }


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "is missing"
