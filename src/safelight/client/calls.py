"""Every call that the clients make: what is sent, and how the answer is read. Nothing here waits or connects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import TypeAdapter

from safelight.client.orders import Order
from safelight.client.problems import reading, refuse_failure
from safelight.client.views import JobPage, JobView, ModelPage
from safelight.domain.errors import InvalidInput
from safelight.domain.jobs import JobState
from safelight.domain.preset import NamedPreset, Preset
from safelight.domain.values import Value
from safelight.domain.work import DownloadRequest

T = TypeVar("T")
V = TypeVar("V", bound=Value)

EVENTS = "/api/v1/events"


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request to the server, and what becomes of a successful answer."""

    method: str
    url: str
    content: Callable[[httpx2.Response], T]
    params: dict[str, Any] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, Any]:
        """For `request` of httpx2's clients."""
        names = ("method", "url", "params", "json", "headers")
        return {name: getattr(self, name) for name in names}

    def read(self, response: httpx2.Response) -> T:
        """The answer.

        Raises:
            SafelightError: It is a refusal, or not an answer of a Safelight server.
        """
        refuse_failure(response)
        with reading():
            return self.content(response)


def submit(order: Order, key: str) -> Call[JobView]:
    """Queue a job; under the same key the same one."""
    headers = {"Idempotency-Key": key}
    return Call("POST", "/api/v1/generate", _value(JobView), json=order.body, headers=headers)


def jobs(status: Sequence[JobState | str], limit: int, offset: int) -> Call[JobPage]:
    """Jobs, newest first. Raises InvalidInput for a state that there is not."""
    for state in status:
        if state not in set(JobState):
            raise InvalidInput(f"There is no state {state!r}.", hint=f"There are: {', '.join(JobState)}.")
    params = {"status": list(status), "limit": limit, "offset": offset}
    return Call("GET", "/api/v1/jobs", _value(JobPage), params=params)


def job(id_: str) -> Call[JobView]:
    """One job."""
    return Call("GET", _job(id_), _value(JobView))


def cancel(id_: str) -> Call[JobView]:
    """Cancel a job."""
    return Call("POST", f"{_job(id_)}/cancel", _value(JobView))


def retry(id_: str) -> Call[JobView]:
    """Try a failed or cancelled job again."""
    return Call("POST", f"{_job(id_)}/retry", _value(JobView))


def delete(id_: str) -> Call[None]:
    """Delete an ended job and its pictures."""
    return Call("DELETE", _job(id_), lambda response: None)


def output(id_: str, name: str) -> Call[bytes]:
    """A picture's file."""
    return Call("GET", f"{_job(id_)}/output/{quote(name, safe='')}", lambda response: response.content)


def pull(request: DownloadRequest) -> Call[JobView]:
    """Download a model to the server."""
    body = request.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    return Call("POST", "/api/v1/models/pull", _value(JobView), json=body)


def models(page: int, limit: int) -> Call[ModelPage]:
    """The models that the server has, by name."""
    return Call("GET", "/api/v1/models", _value(ModelPage), params={"page": page, "limit": limit})


def presets() -> Call[tuple[NamedPreset, ...]]:
    """All presets, by name."""
    known = TypeAdapter(tuple[NamedPreset, ...])
    return Call("GET", "/api/v1/presets", lambda response: known.validate_json(response.content))


def add_preset(name: str, settings: Preset) -> Call[NamedPreset]:
    """Save a new preset."""
    body = {"name": name, "settings": _said(settings)}
    return Call("POST", "/api/v1/presets", _value(NamedPreset), json=body)


def replace_preset(name: str, settings: Preset, new_name: str | None) -> Call[NamedPreset]:
    """Write a preset anew, or under another name."""
    body = {"settings": _said(settings), "name": new_name}
    return Call("PUT", _preset(name), _value(NamedPreset), json=body)


def delete_preset(name: str) -> Call[None]:
    """Delete a preset."""
    return Call("DELETE", _preset(name), lambda response: None)


def _preset(name: str) -> str:
    return f"/api/v1/presets/{quote(name, safe='')}"


def _said(settings: Preset) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_none=True)


def _job(id_: str) -> str:
    return f"/api/v1/jobs/{quote(id_, safe='')}"


def _value(kind: type[V]) -> Callable[[httpx2.Response], V]:
    return lambda response: kind.model_validate_json(response.content, extra="ignore")
