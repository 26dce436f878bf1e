"""Which models of a list are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Literal

from safelight.domain.models import ModelInfo, ModelKind

TypeName = ModelKind | Literal["esrgan"]
"""What a list can be narrowed to; `esrgan` is another word for upscalers."""


class SortBy(StrEnum):
    """What a list of models can be sorted by."""

    NAME = "name"
    SIZE = "size"
    DATE = "date"
    TYPE = "type"


def selected(
    models: Sequence[ModelInfo],
    type_: TypeName | None = None,
    search: str = "",
    by: SortBy = SortBy.NAME,
    descending: bool = False,
) -> list[ModelInfo]:
    """Those of one type whose names or descriptions hold every word of `search`, sorted, then by name."""
    kind = ModelKind.UPSCALER if type_ == "esrgan" else type_
    words = search.casefold().split()
    found = [
        model
        for model in models
        if (kind is None or model.kind is kind) and (not words or _holds(_description(model), words))
    ]
    found.sort(key=lambda model: model.id.casefold(), reverse=descending and by is SortBy.NAME)
    keys: dict[SortBy, Callable[[ModelInfo], float | str]] = {
        SortBy.SIZE: lambda model: model.bytes,
        SortBy.DATE: modified,
        SortBy.TYPE: lambda model: model.kind.value,
    }
    if by in keys:
        found.sort(key=keys[by], reverse=descending)
    return found


def modified(model: ModelInfo) -> float:
    """When a model's file last changed, in seconds since 1970; 0 when it went meanwhile."""
    try:
        return model.path.stat().st_mtime
    except OSError:
        return 0.0


def _description(model: ModelInfo) -> str:
    parts = (model.id, model.path.name, model.kind.value, model.architecture or "", model.format.value, *model.evidence)
    return " ".join(parts).casefold()


def _holds(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)
