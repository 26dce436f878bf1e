"""What `safelight` and `safelight.client` promise: names and signatures, so that a change of them is on purpose."""

from __future__ import annotations

import inspect
import subprocess
import sys

import httpx2
import pytest

import safelight
import safelight.client
from safelight.client.problems import Lost, translated
from safelight.client.views import JobView, Parameters, Picture
from safelight.domain.errors import BY_CODE, SafelightError, Unreachable
from safelight.domain.jobs import EventType
from safelight.jobs import events
from safelight.server import views

METHODS = {
    "generate": "prompt, init_image, mask, on_progress, on_preview, fields",
    "submit": "prompt, init_image, mask, key, fields",
    "wait": "job, on_event",
    "events": "job, after",
    "jobs": "status, limit, offset",
    "job": "job",
    "cancel": "job",
    "retry": "job",
    "delete": "job",
    "images": "job",
    "files": "job",
    "file": "job, name",
    "pull": "source, sha256, type, name",
    "models": "page, limit",
    "presets": "",
    "add_preset": "name, settings",
    "replace_preset": "name, settings, new_name",
    "delete_preset": "name",
}


def test_the_names_of_the_package() -> None:
    assert safelight.__all__ == ["AsyncClient", "Client", "LocalEngine", "Result", "__version__", "load"]
    assert [getattr(safelight, name).__name__ for name in safelight.__all__ if name != "__version__"] == [
        "AsyncClient",
        "Client",
        "LocalEngine",
        "Result",
        "load",
    ]


def test_the_names_of_the_client() -> None:
    public = {name for name in vars(safelight.client) if not name.startswith("_")}
    modules = {name for name in public if inspect.ismodule(getattr(safelight.client, name))}
    assert public - modules - {"annotations"} == set(safelight.client.__all__)


@pytest.mark.parametrize("client", [safelight.Client, safelight.AsyncClient])
def test_the_methods_of_the_clients(client: type) -> None:
    found = {
        name: ", ".join(list(inspect.signature(method).parameters)[1:])
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_")
    }
    assert found == METHODS | {"close" if client is safelight.Client else "aclose": ""}
    given = "self, url, api_key, timeout, patience, transport"
    assert ", ".join(inspect.signature(client.__init__).parameters) == given  # type: ignore[misc]


def test_both_clients_take_the_same_arguments() -> None:
    for name in METHODS:
        waiting, awaited = (getattr(client, name) for client in (safelight.Client, safelight.AsyncClient))
        assert inspect.signature(waiting).parameters == inspect.signature(awaited).parameters, name


def test_what_clients_read_is_what_servers_send() -> None:
    for seen, sent in (
        (JobView, views.JobView),
        (Parameters, views.Parameters),
        (Picture, views.PictureView),
        (safelight.client.JobProgress, events.JobProgress),
        (safelight.client.JobPreview, events.JobPreview),
    ):
        names = {field.alias or name for name, field in seen.model_fields.items()}
        assert names <= set(sent.model_fields), seen


def test_every_error_of_httpx2_becomes_ours() -> None:
    pending, known = [httpx2.RequestError], set()
    while pending:
        known.add(kind := pending.pop())
        pending += kind.__subclasses__()
    assert len(known) > 15
    for kind in known:
        with pytest.raises(SafelightError), translated("http://x"):
            raise kind("oh")


def test_what_was_never_sent_is_told_from_what_may_have_arrived() -> None:
    with pytest.raises(Unreachable, match="No server answers at http://x") as caught, translated("http://x"):
        raise httpx2.ConnectError("refused")
    assert not isinstance(caught.value, Lost)
    assert "safelight serve" in str(caught.value)
    with pytest.raises(Lost, match="broke"), translated("http://x"):
        raise httpx2.ReadTimeout("")


def test_every_error_has_a_code_of_its_own() -> None:
    assert BY_CODE["unreachable"] is Unreachable
    assert all(kind.code == code for code, kind in BY_CODE.items())


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys, safelight; print([m for m in ('pydantic', 'PIL', 'httpx2', 'asyncio') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_imports_no_more_than_it_shows() -> None:
    code = (
        "import sys, safelight.cli.main;"
        "print([m for m in ('pydantic', 'PIL', 'httpx2', 'fastapi', 'sqlalchemy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_kind_of_event_is_read() -> None:
    assert {"progress", "preview"} < set(EventType)
