"""Safelight: a private darkroom for AI pictures.

In process, with the same workers as the command line and the server::

    import safelight

    with safelight.load("doodle") as engine:
        result = engine.generate(prompt="red apple on a blue background", seed=7)
        result.images[0].save("apple.png")

By a server, with the same results::

    with safelight.Client("http://127.0.0.1:7860") as client:
        result = client.generate("red apple on a blue background", seed=7)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from safelight.version import __version__

if TYPE_CHECKING:
    from safelight.client import AsyncClient, Client
    from safelight.engine import LocalEngine, load
    from safelight.images.result import Result

__all__ = ["AsyncClient", "Client", "LocalEngine", "Result", "__version__", "load"]

_HOMES = {
    "AsyncClient": "safelight.client",
    "Client": "safelight.client",
    "LocalEngine": "safelight.engine",
    "Result": "safelight.images.result",
    "load": "safelight.engine",
}


def __getattr__(name: str) -> object:
    """Import the public API when it is first used: `import safelight` alone costs nothing."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'safelight' has no attribute {name!r}")
