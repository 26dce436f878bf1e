"""The server's log: one line per request, with its id, and nothing in it that is nobody's business."""

from __future__ import annotations

import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from safelight.server import problems
from safelight.server.logs import JsonLines, RequestLog, TextLines
from tests.servers import Server, running_server, wait_until

WORDS = "a secret garden"


def lines(server: Server, path: str) -> list[dict[str, Any]]:
    """The JSON lines of requests to a path, once there are some."""

    def found() -> list[dict[str, Any]]:
        parsed = [json.loads(line) for line in server.log if line.startswith("{")]
        return [line for line in parsed if line.get("path") == path]

    return list(wait_until(found))


def test_json_lines_tell_of_requests_and_not_of_prompts(folder: Path) -> None:
    with running_server(folder, log_format="json", api_keys="ann:admin:sesame-0123456789") as server:
        server.client.headers["Authorization"] = "Bearer sesame-0123456789"
        server.draw(WORDS)
        server.client.get("/api/v1/jobs?limit=7", headers={"X-Request-ID": "mine-1"})
        [drawn], [listed] = lines(server, "/api/v1/generate"), lines(server, "/api/v1/jobs")
        assert {name: drawn[name] for name in ("level", "method", "status", "caller")} == {
            "level": "INFO",
            "method": "POST",
            "status": 200,
            "caller": "ann",
        }
        assert drawn["ms"] > 0
        assert re.fullmatch("[0-9a-f]{16}", drawn["request_id"])
        assert listed["request_id"] == "mine-1"
        text = "".join(server.log)
        assert WORDS not in text
        assert "sesame" not in text
        assert "limit=7" not in text
        assert [line for line in server.log if not line.startswith("{")] == [
            f"Safelight is ready at {server.url}\n",
        ]


def test_text_is_one_line_a_request(server: Server) -> None:
    server.client.get("/api/v1/jobs/n%0Aone")
    [line] = wait_until(lambda: [line for line in server.log if "one" in line])
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(
        rf"{moment} INFO safelight\.requests GET /api/v1/jobs/n%0Aone 404 [\d.]+ ms [0-9a-f]{{16}}\n", line
    )


@pytest.mark.parametrize(("given", "kept"), [("abc-1", True), ("a b", False), ("x" * 65, False), ("", False)])
def test_a_sane_request_id_comes_back(server: Server, given: str, kept: bool) -> None:
    answer = server.client.get("/api/v1/jobs/none", headers={"X-Request-ID": given})
    assert answer.status_code == 404
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.headers["x-request-id"]


def test_refused_requests_have_ids_too(server: Server) -> None:
    assert server.client.get("/livez", headers={"Host": "evil.example"}).headers["x-request-id"]
    assert server.client.post("/api/v1/queue/pause", headers={"Origin": "null"}).headers["x-request-id"]


def test_a_private_server_tells_nothing_of_jobs(folder: Path) -> None:
    with running_server(folder, "--private") as server:
        job = server.draw(WORDS)["job_id"]
        server.client.get(f"/api/v1/jobs/{job}").raise_for_status()
        failed = server.queue({"raise": "unknown"})
        assert server.wait_for(failed, "failed")
        wait_until(lambda: any("GET /api/v1/jobs/{job_id} 200" in line for line in server.log))
        for path in ("/api/generate", "/sdapi/v1/options", "/v1/models", "/livez", "/nowhere"):
            server.client.request("POST" if "generate" in path else "GET", path)
        wait_until(lambda: any("GET - 404" in line for line in server.log))
        text = "".join(server.log)
        for seen in ("POST /api/v1/generate 200", "POST /api/v1/generate 422", "GET /sdapi/v1/options 200"):
            assert seen in text
        assert "GET /v1/models 200" in text and "GET /livez 200" in text
        assert "failed" in text
        assert job not in text
        assert failed not in text
        assert WORDS not in text
        assert "something nobody thought of" not in text


def record(words: str) -> logging.LogRecord:
    try:
        raise LookupError(words)
    except LookupError:
        return logging.LogRecord("safelight", logging.ERROR, "", 1, "job %s failed\n", ("f" * 32,), sys.exc_info())


@pytest.mark.parametrize("private", [True, False])
def test_tracebacks_of_a_private_server_have_no_texts(private: bool) -> None:
    text = TextLines(private=private).format(record(WORDS))
    parsed = json.loads(JsonLines(private=private).format(record(WORDS)))
    for seen in (text, parsed["exception"]):
        assert "LookupError" in seen
        assert "in record" in seen
        assert (WORDS in seen) is not private
    assert ("f" * 32 in parsed["message"]) is not private
    assert "\n" not in parsed["message"]


async def test_an_unforeseen_error_is_answered_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    app, seen = FastAPI(), []
    problems.install(app)
    app.add_middleware(RequestLog, private=False, answered=lambda path, status: seen.append((path, status)))

    @app.get("/broken")
    async def broken() -> None:
        raise LookupError(WORDS)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        with caplog.at_level(logging.INFO):
            answer = await client.get("/broken")
    assert answer.status_code == 500
    assert WORDS not in answer.text
    assert answer.headers["x-request-id"]
    assert seen == [("/broken", 500)]
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]


def test_a_client_that_leaves_is_told_from_one_that_was_answered(folder: Path, tmp_path: Path) -> None:
    """Every layer between the socket and the route passes the leaving on."""
    with running_server(folder, log_format="json") as server:
        body = {"prompt": json.dumps({"wait": str(tmp_path / "never")}), "model": "scripted", "disconnect": "cancel"}
        with pytest.raises(httpx2.ReadTimeout):
            server.client.post("/api/v1/generate", json=body | {"width": 64, "height": 64}, timeout=1)
        [line] = lines(server, "/api/v1/generate")
        assert (line["status"], line["level"]) == (499, "INFO")
        [job] = server.client.get("/api/v1/jobs").json()["jobs"]
        assert server.wait_for(job["job_id"], "cancelled")
        assert not [line for line in server.log if "ERROR" in line]
