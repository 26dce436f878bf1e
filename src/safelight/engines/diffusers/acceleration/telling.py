"""Says what OpenVINO sees on this machine, and when it is used."""

from __future__ import annotations

from safelight.domain.plans import Toolkit
from safelight.engines.diffusers.acceleration.choosing import LEAST, missing
from safelight.engines.diffusers.acceleration.toolkit import core, installed_version
from safelight.engines.diffusers.options import LoadOptions

_SWITCH = "To change that, set `acceleration` below [engine_options.diffusers] in safelight.toml to"


def openvino_here(options: LoadOptions) -> Toolkit:
    """OpenVINO as these options have it used."""
    problem = missing(options.openvino_device)
    return Toolkit(
        name="openvino",
        version=installed_version() or "",
        devices={} if problem else _devices(),
        use=f"It is not used: {problem}." if problem else _use(options),
    )


def _devices() -> dict[str, str]:
    found = {}
    for device in core().available_devices:
        try:
            found[device] = str(core().get_property(device, "FULL_DEVICE_NAME"))
        except RuntimeError as error:  # a driver that lists its device and does not open it
            found[device] = f"can't be asked: {' '.join(str(error).split())[:200]}"
    return found


def _use(options: LoadOptions) -> str:
    on = f"It computes on its device {options.openvino_device} for models that are run on the CPU"
    match options.acceleration:
        case "torch":
            return f'It is not used, as the settings say torch. {_SWITCH} "auto" or "openvino".'
        case "openvino":
            return f'{on}, small ones too. {_SWITCH} "auto" or "torch".'
        case _:
            least = f"{LEAST // 10**6} million parameters or more"
            return f'{on} and have a diffusion model of {least}. {_SWITCH} "openvino" (small ones too) or "torch".'
