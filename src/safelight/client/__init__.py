"""Python clients of a Safelight server: `Client` waits, `AsyncClient` is awaited; both do the same."""

from __future__ import annotations

from safelight.client.aclient import AsyncClient
from safelight.client.client import Client
from safelight.client.connection import DEFAULT_URL
from safelight.client.events import Event, JobPreview, JobProgress
from safelight.client.views import JobPage, JobView, ModelPage, ModelView, Parameters, Picture
from safelight.domain.jobs import JobEvent
from safelight.domain.preset import NamedPreset, Preset
from safelight.images.result import Result

__all__ = [
    "DEFAULT_URL",
    "AsyncClient",
    "Client",
    "Event",
    "JobEvent",
    "JobPage",
    "JobPreview",
    "JobProgress",
    "JobView",
    "ModelPage",
    "ModelView",
    "NamedPreset",
    "Parameters",
    "Picture",
    "Preset",
    "Result",
]
