"""OpenVINO, imported when it is first used, and without its telemetry."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_TELEMETRY = "openvino_telemetry"


def installed_version() -> str | None:
    """The version that is installed, without importing it."""
    try:
        return version("openvino")
    except PackageNotFoundError:
        return None


@cache
def openvino() -> Any:
    """The library.

    Its converter reports what it converts to Intel unless the user has opted out. It goes without where that package
    can't be imported (`openvino/tools/ovc/telemetry_stub.py`), which a None in `sys.modules` makes so.

    Raises:
        ImportError: It is not installed, or does not run here.
    """
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    import openvino  # noqa: PLC0415

    return openvino


@cache
def core() -> Any:
    """The one `Core` of this process."""
    return openvino().Core()
