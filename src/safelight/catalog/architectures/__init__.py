"""Families of models and their companions, one declarative file each; a new file in this folder is found by itself.

Plugins add theirs through the entry point group `safelight.architectures`, each entry a tuple of `Architecture`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from safelight.catalog.architectures.base import AddOn, Architecture, Companion, Need, Signature, Variant

__all__ = [
    "AddOn",
    "Architecture",
    "Companion",
    "Need",
    "Signature",
    "Variant",
    "add_ons",
    "architecture",
    "architectures",
    "companions",
]

GROUP = "safelight.architectures"


@cache
def architectures() -> tuple[Architecture, ...]:
    """All known families, by name."""
    found: dict[str, Architecture] = {}
    for module in _modules():
        declared: tuple[Architecture, ...] = getattr(module, "ARCHITECTURES", ())
        found.update((family.name, family) for family in declared)
    for entry in entry_points(group=GROUP):
        found.update((family.name, family) for family in entry.load())
    return tuple(found[name] for name in sorted(found))


@cache
def companions() -> tuple[Companion, ...]:
    """All known VAEs, text encoders and image encoders."""
    return tuple(companion for module in _modules() for companion in getattr(module, "COMPANIONS", ()))


@cache
def add_ons() -> tuple[AddOn, ...]:
    """All known upscalers, ControlNets of transformers and the like."""
    return tuple(add_on for module in _modules() for add_on in getattr(module, "ADD_ONS", ()))


def architecture(name: str) -> Architecture | None:
    """The family called `name`, or None."""
    return next((family for family in architectures() if family.name == name), None)


def _modules() -> tuple[ModuleType, ...]:
    return tuple(import_module(module.name) for module in pkgutil.iter_modules(__path__, f"{__name__}."))
