"""What Prometheus scrapes is what happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.processes import workers_of
from tests.servers import Server, running_server, wait_until

KEY = "reader-0123456789"


class Figures(dict[str, float]):
    """Sample name and labels → value; 0 for what is not there."""

    def __missing__(self, name: str) -> float:
        return 0.0


def scrape(server: Server) -> Figures:
    answer = server.client.get("/metrics").raise_for_status()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    figures = Figures()
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            figures[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return figures


@pytest.fixture
def own(folder: Path) -> Iterator[Server]:
    with running_server(folder) as running:
        yield running


def test_a_drawn_job_is_counted_and_timed(own: Server) -> None:
    own.draw({"pace": 0.05}, steps=5, batch_count=2)
    own.client.get("/nope")
    figures = scrape(own)
    assert figures["safelight_requests_total{dialect=native,status=200}"] == 1
    assert figures["safelight_requests_total{dialect=other,status=404}"] == 1
    assert figures["safelight_jobs_total{state=completed}"] == 1
    assert figures["safelight_pictures_total"] == 2
    assert figures["safelight_queue_wait_seconds_count"] == 1
    assert figures["safelight_model_load_seconds_count"] == 1
    assert 1 <= figures["safelight_step_seconds_count"] <= 8
    # Steps are timed as they arrive: one that is told late shortens those after it.
    assert figures["safelight_step_seconds_sum"] / figures["safelight_step_seconds_count"] >= 0.02
    assert figures["safelight_worker_memory_bytes{device=cpu,model=scripted}"] > 2**20


def test_the_queue_and_listeners_are_seen_while_they_are_there(own: Server, tmp_path: Path) -> None:
    go = tmp_path / "go"
    running = own.queue({"wait": str(go)})
    waiting = own.queue()
    own.wait_for(running, "running")
    events = own.events(waiting)
    assert next(events)["type"] == "queued"
    now = scrape(own)
    assert now["safelight_jobs_now{state=running}"] == 1
    assert now["safelight_jobs_now{state=queued}"] == 1
    assert now["safelight_listeners"] == 1
    go.touch()
    assert own.wait_for(waiting, "completed")["status"] == "completed"
    assert scrape(own)["safelight_jobs_now{state=queued}"] == 0


def test_a_cancelled_and_a_failed_job_are_counted(own: Server, tmp_path: Path) -> None:
    job = own.queue({"wait": str(tmp_path / "never")})
    own.wait_for(job, "running")
    own.client.post(f"/api/v1/jobs/{job}/cancel").raise_for_status()
    own.wait_for(own.queue({"raise": "invalid"}), "failed")
    figures = scrape(own)
    assert figures["safelight_jobs_total{state=cancelled}"] == 1
    assert figures["safelight_jobs_total{state=failed}"] == 1


def test_a_crash_is_counted_by_its_signal(own: Server) -> None:
    own.draw()
    for worker in workers_of(own.process.pid):
        worker.kill()
    wait_until(lambda: scrape(own)["safelight_worker_crashes_total{cause=SIGKILL}"] == 1)
    own.draw()
    assert scrape(own)["safelight_model_load_seconds_count"] == 2


def test_scraping_needs_a_key_where_there_are_any(folder: Path) -> None:
    with running_server(folder, api_keys=f"prometheus:read:{KEY}") as server:
        assert server.client.get("/metrics").status_code == 401
        allowed = server.client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
        assert "safelight_requests_total" in allowed.text
