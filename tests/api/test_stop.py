"""A server that is asked to stop: jobs are kept, whoever waits gets an answer, and it ends in time."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.processes import workers_of
from tests.servers import Server, running_server, wait_until

_SLACK = 10.0
"""Seconds beyond `stop_seconds`: connections, workers, and a busy machine."""


def gone(workers: list[psutil.Process]) -> None:
    psutil.wait_procs(workers, timeout=10)
    assert not [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT])
def test_a_running_job_waits_in_its_place_and_is_drawn_after_the_restart(
    folder: Path, tmp_path: Path, signal_: signal.Signals
) -> None:
    go = tmp_path / "go"
    with running_server(folder, stop_seconds=0.5) as server:
        first, second = server.queue({"wait": str(go)}, seed=5), server.queue(seed=6)
        server.wait_for(first, "running")
        workers = workers_of(server.process.pid)
        begun = time.monotonic()
        server.process.send_signal(signal_)
        assert server.process.wait(60) == 0
        assert time.monotonic() - begun < 0.5 + _SLACK
        gone(workers)
    go.touch()
    with running_server(folder) as server:
        jobs = [server.wait_for(job, "completed") for job in (first, second)]
    assert [job["images"][0]["seed"] for job in jobs] == [5, 6]
    assert jobs[0]["attempt"] == 1
    assert jobs[0]["started"] < jobs[1]["started"]


def test_a_job_that_ends_in_time_is_finished_first(folder: Path, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with running_server(folder, stop_seconds=60) as server, ThreadPoolExecutor() as pool:
        job = server.queue({"wait": str(go)})
        server.wait_for(job, "running")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.client.get("/readyz").json()["status"] == "stopping")
        refused = server.client.post("/api/v1/generate", json={"prompt": "x", "wait": False})
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        go.touch()
        assert pool.submit(server.process.wait, 60).result() == 0
    with running_server(folder) as server:
        found = server.job(job)
    assert (found["status"], found["attempt"]) == ("completed", 1)


def test_a_signal_to_the_whole_process_group_leaves_the_worker_to_the_server(folder: Path, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with running_server(folder, stop_seconds=60) as server:
        job = server.queue({"wait": str(go)})
        server.wait_for(job, "running")
        workers = workers_of(server.process.pid)
        os.killpg(server.process.pid, signal.SIGTERM)
        go.touch()
        assert server.process.wait(60) == 0
        gone(workers)
    with running_server(folder) as server:
        assert server.job(job)["attempt"] == 1
        types = []
        for event in server.events(job, after=0):
            types.append(event["type"])
            if event["type"] in ("completed", "failed"):
                break
    assert types == ["queued", "loading", "running", "picture", "completed"]


def test_who_waits_and_who_listens_gets_an_end(folder: Path, tmp_path: Path) -> None:
    with running_server(folder, stop_seconds=0) as server, ThreadPoolExecutor() as pool:
        prompt = f'{{"wait": "{tmp_path / "never"}"}}'
        body = {"prompt": prompt, "model": "scripted", "width": 64, "height": 64, "steps": 2}
        waiting = pool.submit(server.client.post, "/api/v1/generate", json=body)
        [job] = wait_until(lambda: server.client.get("/api/v1/jobs").json()["jobs"])
        server.wait_for(job["job_id"], "running")
        listening = pool.submit(lambda: [event["type"] for event in server.events(job["job_id"])])
        wait_until(lambda: "safelight_listeners 1.0" in server.client.get("/metrics").text)
        server.process.send_signal(signal.SIGTERM)
        answer = waiting.result(30)
        assert answer.status_code == 503
        assert "goes on when it starts again" in answer.json()["hint"]
        assert listening.result(30)[-1] == "queued"
        assert server.process.wait(60) == 0


def test_a_second_signal_waits_for_nobody(folder: Path, tmp_path: Path) -> None:
    with running_server(folder, stop_seconds=600) as server:
        job = server.queue({"wait": str(tmp_path / "go")})
        server.wait_for(job, "running")
        workers = workers_of(server.process.pid)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.client.get("/readyz").json()["status"] == "stopping")
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert time.monotonic() - begun < _SLACK
        gone(workers)
    (tmp_path / "go").touch()
    with running_server(folder) as server:
        assert server.wait_for(job, "completed")["attempt"] == 1


def test_a_server_without_work_stops_at_once(folder: Path) -> None:
    with running_server(folder, stop_seconds=600) as server:
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < _SLACK


def test_nothing_is_dumped(server: Server) -> None:
    assert resource.prlimit(server.process.pid, resource.RLIMIT_CORE) == (0, 0)


def test_the_server_is_small(server: Server) -> None:
    """Before its first worker; the figure is that of the issue."""
    assert psutil.Process(server.process.pid).memory_info().rss <= 130 * 2**20


def test_a_taken_port_is_one_sentence(server: Server, folder: Path) -> None:
    port = server.url.rpartition(":")[2]
    environment = os.environ | {"SAFELIGHT_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "safelight", "serve", "--port", port]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"safelight: Address 127.0.0.1, port {port} is in use already.")
