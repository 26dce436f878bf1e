"""The OpenAPI document, held against the server by schemathesis: no failure inside, no answer that it does not name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.servers import Server, running_server

_EXAMPLES = 5
_NOT_BUILT = 501
_LEFT_OUT = ["/api/v1/events", "/api/v1/queue/resume"]  # streams for ever; lets the queue go on
_ONE_SMALL = {"n": 1, "n_iter": 1, "batch_size": 1, "width": 64, "height": 64, "size": "64x64"}
_CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that draws nothing, as it is paused, and soon has a full queue."""
    with running_server(tmp_path_factory.mktemp("openapi"), model="scripted", queue_limit=5) as running:
        drawn = running.draw()
        running.client.post("/api/v1/queue/pause").raise_for_status()
        running.job(drawn["job_id"])
        yield running


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that draws, as the dialects' calls wait for their pictures."""
    with running_server(tmp_path_factory.mktemp("drawing"), model="scripted") as running:
        yield running


def test_every_answer_is_one_that_the_document_names(server: Server) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json").include(path_regex="^/api/v1/")
    job = server.client.get("/api/v1/jobs").json()["jobs"][-1]
    real = {"job_id": job["job_id"], "model_id": "scripted", "filename": job["images"][0]["name"]}
    assert try_all(schema.exclude(path=_LEFT_OUT), real) > 40


def test_the_other_dialects_answer_what_the_document_names(drawing: Server) -> None:
    schema = schemathesis.openapi.from_url(f"{drawing.url}/api/v1/openapi.json").exclude(path_regex="^/api/v1/")
    assert try_all(schema, {"model_id": "scripted"}) > 40
    jobs = drawing.client.get("/api/v1/jobs", params={"limit": 1000, "status": "completed"}).json()["jobs"]
    assert jobs, "no example was good enough to be drawn"


def try_all(schema: Any, real: dict[str, str]) -> int:
    """Hold every operation of `schema` against its server, none may fail; return how many there are."""
    wrong = []
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]
    for operation in sorted(operations, key=lambda one: bool(one.method == "delete")):
        for mode in GenerationMode:
            try:
                for_each_example(operation.as_strategy(generation_mode=mode), real)
            except Unsatisfiable:  # nothing can be wrong with a call that takes nothing
                continue
            except (FailureGroup, Failure) as failure:
                wrong.append(f"{operation.label}: {failure}")
    assert not wrong, "\n\n".join(wrong)
    return len(operations)


def for_each_example(cases: Any, real: dict[str, str]) -> None:
    """Send some of `cases`, half of them about what is `real`ly there, and check the answers."""

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, about_real=booleans())
    def check(case: Any, about_real: bool) -> None:
        if about_real:
            case.path_parameters |= {name: real[name] for name in real if name in case.path_parameters}
        if "/generate" in case.path and isinstance(case.body, dict):
            case.body["wait"] = False  # nothing is drawn while the queue is paused
        if about_real and not case.path.startswith("/api/v1/") and isinstance(case.body, dict):
            case.body |= {name: small for name, small in _ONE_SMALL.items() if name in case.body}
        response = case.call(timeout=60)
        built = [] if response.status_code == _NOT_BUILT else [not_a_server_error]
        case.validate_response(response, checks=[*built, *_CHECKS])

    check()


def test_the_document_names_every_path_once(server: Server) -> None:
    paths = server.client.get("/api/v1/openapi.json").json()["paths"]
    operations = [one["operationId"] for path in paths.values() for one in path.values()]
    assert len(operations) == len(set(operations))
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation.get("summary"), (method, path)
            if path.startswith("/api/v1/"):
                assert {"401", "403", "422", "503"} <= operation["responses"].keys(), (method, path)


def test_every_error_has_the_documented_form(server: Server) -> None:
    form = server.client.get("/api/v1/openapi.json").json()["components"]["schemas"]["Problem"]
    for method, path in (("GET", "/api/v1/jobs/nobody"), ("GET", "/api/v1/nowhere"), ("PUT", "/api/v1/generate")):
        answer = server.client.request(method, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(form["required"]) <= answer.json().keys() <= form["properties"].keys()
        assert answer.json()["status"] == answer.status_code
