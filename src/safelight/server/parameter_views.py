"""Describes the parameters of generation calls from the types that validate them, so that the two can't disagree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic_core import PydanticUndefined

from safelight.domain.models import ModelInfo
from safelight.domain.request import GenerationRequest
from safelight.domain.samplers import SAMPLERS, SCHEDULERS, SamplerFacts
from safelight.domain.values import Value
from safelight.server.orders import GenerateBody

_FLAT = {
    ("prompts", "positive"): "prompt",
    ("prompts", "negative"): "negative_prompt",
    ("batch", "count"): "batch_count",
    ("init", "image"): "init_image",
    ("init", "mask"): "mask_image",
    ("previews", "every"): "preview_every",
}
"""Names in bodies, where they are not those of the domain."""

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "maxLength")


class ParameterView(Value):
    """One parameter.

    Attributes:
        aliases: Other names it is taken by.
        type: JSON type: string, integer, number or boolean.
        default: What is used when it is left out; null where that is random, or nothing.
        exclusive_minimum: The value must be above this.
        choices: All values there are, where these can be listed.
    """

    name: str
    aliases: tuple[str, ...]
    type: str
    description: str
    required: bool
    default: Any
    minimum: float | None = None
    exclusive_minimum: float | None = None
    maximum: float | None = None
    multiple_of: float | None = None
    max_length: int | None = None
    choices: tuple[str, ...] | None = None


def parameter_views(model: ModelInfo | None, facts: SamplerFacts | None) -> tuple[ParameterView, ...]:
    """Every parameter; with a model and what its engine has of samplers, with their defaults and choices."""
    body = GenerateBody.model_json_schema(by_alias=False)
    domain = dict(_domain())
    defaults = _defaults(model)
    choices = {
        "sampler": tuple(facts.pairs) if facts else tuple(item.name for item in SAMPLERS),
        "scheduler": _schedulers(facts),
    }
    views = []
    for name, field in GenerateBody.model_fields.items():
        schema = _plain(body["properties"][name], body)
        if schema["type"] == "null":  # accepted for clients that send it, and without effect
            continue
        bounds = {key: domain.get(name, {}).get(key, schema.get(key)) for key in _BOUNDS}
        alias = getattr(field.validation_alias, "choices", ())
        known = None if field.default is PydanticUndefined else schema.get("default")
        default = domain.get(name, {}).get("default") if known is None else known
        views.append(
            ParameterView(
                name=name,
                aliases=tuple(str(other) for other in alias if other != name),
                type=schema["type"],
                description=field.description or "",
                required=field.is_required(),
                default=defaults.get(name, default),
                minimum=bounds["minimum"],
                exclusive_minimum=bounds["exclusiveMinimum"],
                maximum=bounds["maximum"],
                multiple_of=bounds["multipleOf"],
                max_length=bounds["maxLength"],
                choices=choices.get(name, tuple(schema["enum"]) if "enum" in schema else None),
            )
        )
    return tuple(views)


def _domain() -> Iterator[tuple[str, dict[str, Any]]]:
    """Flat name → JSON schema of every field of a complete request."""
    for part, field in GenerationRequest.model_fields.items():
        values = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        for owner in (kind for kind in values if issubclass(kind, Value)):
            schema = owner.model_json_schema()
            for name, found in schema["properties"].items():
                yield _FLAT.get((part, name), name), _plain(found, schema)


def _plain(found: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A property's schema without `null` and references."""
    options = [option for option in found.get("anyOf", ()) if option.get("type") != "null"]
    plain = {**found, **options[0]} if options else dict(found)
    if "$ref" in plain:
        plain = {**document["$defs"][plain["$ref"].rpartition("/")[2]], **plain}
    return plain


def _defaults(model: ModelInfo | None) -> dict[str, Any]:
    if model is None:
        return {}
    return {
        "model": model.id,
        "width": model.defaults.size.width,
        "height": model.defaults.size.height,
        "steps": model.defaults.steps,
        "cfg_scale": model.defaults.cfg_scale,
        "sampler": model.defaults.sampler,
        "scheduler": model.defaults.scheduler,
    }


def _schedulers(facts: SamplerFacts | None) -> tuple[str, ...]:
    if facts is None:
        return tuple(item.name for item in SCHEDULERS)
    usable = {scheduler for able in facts.pairs.values() for scheduler in able}
    return tuple(item.name for item in SCHEDULERS if item.name in usable)
