"""Families of models, one declarative file each; a new file in this folder is found by itself.

Plugins add theirs through the entry point group `safelight.architectures`, each entry a tuple of `Architecture`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from safelight.catalog.architectures.base import Architecture, Signature

__all__ = ["Architecture", "Signature", "architecture", "architectures"]

GROUP = "safelight.architectures"


@cache
def architectures() -> tuple[Architecture, ...]:
    """All known families, by name."""
    found: dict[str, Architecture] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        declared: tuple[Architecture, ...] = getattr(import_module(module.name), "ARCHITECTURES", ())
        found.update((family.name, family) for family in declared)
    for entry in entry_points(group=GROUP):
        found.update((family.name, family) for family in entry.load())
    return tuple(found[name] for name in sorted(found))


def architecture(name: str) -> Architecture | None:
    """The family called `name`, or None."""
    return next((family for family in architectures() if family.name == name), None)
