"""Safelight: a private darkroom for AI pictures.

In process, with the same workers as the command line and the server::

    import safelight

    with safelight.load("doodle") as engine:
        result = engine.generate(prompt="red apple on a blue background", seed=7)
        result.images[0].save("apple.png")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safelight.version import __version__

if TYPE_CHECKING:
    from safelight.engine import LocalEngine, Result, load

__all__ = ["LocalEngine", "Result", "__version__", "load"]


def __getattr__(name: str) -> object:
    """Import the public API when it is first used: `import safelight` alone costs nothing."""
    if name in __all__:
        from safelight import engine  # noqa: PLC0415

        return getattr(engine, name)
    raise AttributeError(f"module 'safelight' has no attribute {name!r}")
