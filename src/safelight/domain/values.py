"""The base of all domain types: small, frozen, validated, with unknown fields refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value object; equal when its fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
