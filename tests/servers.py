"""Real servers under test: started as a user starts them, with the scripted engine's models in their folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import safetensors.numpy

SCRIPTED = Path(__file__).parent / "scripted"
_TENSORS = ("model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.x", "cond_stage_model.scripted.x")


def save_scripted_model(folder: Path, name: str = "scripted") -> Path:
    """Write a checkpoint that the scripted engine runs."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    safetensors.numpy.save_file({tensor: np.zeros((1, 4, 1, 1), np.float32) for tensor in _TENSORS}, path)
    return path


class Server:
    """A server process. `url` is where it answers; `client` asks it."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: list[str]) -> None:
        self.process, self.url, self.log = process, url, log
        self.client = httpx2.Client(base_url=url, timeout=60, trust_env=False)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
        self.client.close()

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.client.close()
        return code

    def draw(self, prompt: str | dict[str, Any] = "x", **body: Any) -> dict[str, Any]:
        """`POST /api/v1/generate`, which must answer 200; a dict is a script for the scripted engine."""
        answer = self.client.post("/api/v1/generate", json=_body(prompt, body))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def queue(self, prompt: str | dict[str, Any] = "x", **body: Any) -> str:
        """The same without waiting; returns the job's id."""
        answer = self.client.post("/api/v1/generate", json=_body(prompt, {"wait": False} | body))
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def job(self, job: str) -> dict[str, Any]:
        """A job as the server shows it."""
        found: dict[str, Any] = self.client.get(f"/api/v1/jobs/{job}").raise_for_status().json()
        return found

    def events(self, job: str | None = None, after: int | None = None) -> Iterator[dict[str, Any]]:
        """Events as they come, with their SSE id as `id`."""
        params = {"job": job, "after": after}
        given = {name: value for name, value in params.items() if value is not None}
        with self.client.stream("GET", "/api/v1/events", params=given) as stream:
            yield from read_events(stream.iter_lines())

    def wait_for(self, job: str, *states: str) -> dict[str, Any]:
        """Wait for the event that says that a job reached one of `states`; return the job then."""
        for event in self.events(job, after=0):
            if event["type"] in states:
                return self.job(job)
        raise AssertionError(f"the stream ended before {job} was {states}: {self.job(job)}")


def read_events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Parse `text/event-stream`."""
    identity: str | None = None
    for line in lines:
        if line.startswith("id: "):
            identity = line[4:]
        elif line.startswith("data: "):
            yield json.loads(line[6:]) | ({"id": int(identity)} if identity else {})
            identity = None


def _body(prompt: str | dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    words = prompt if isinstance(prompt, str) else json.dumps(prompt)
    return {"prompt": words, "model": "scripted", "width": 64, "height": 64, "steps": 4} | body


def start_server(folder: Path, *arguments: str, **settings: object) -> Server:
    """Start `safelight serve` on a free port, its data, models and caches in `folder`; return when it is ready.

    Args:
        folder: Kept between servers that are to find what the last one left.
        arguments: More flags.
        settings: More settings, by name.
    """
    save_scripted_model(folder / "models")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAFELIGHT_")}
    given = {"data_dir": folder / "data", "models_dir": folder / "models", "cache_dir": folder / "cache"} | settings
    (folder / "safelight.toml").touch()
    environment |= {f"SAFELIGHT_{name.upper()}": str(value) for name, value in given.items()}
    environment |= {"SAFELIGHT_CONFIG": str(folder / "safelight.toml"), "PYTHONPATH": str(SCRIPTED)}
    command = [sys.executable, "-m", "safelight", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(  # a process group of its own, as shells and systemd give it
        command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    log: list[str] = []
    ready = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                log.append(line)
                if "ready at" in line:
                    ready.set()
        ready.set()

    threading.Thread(target=read, daemon=True).start()
    assert ready.wait(60), "the server was not ready within a minute"
    line = next((line for line in log if "ready at" in line), None)
    if line is None:
        raise RuntimeError(f"the server ended with exit code {process.wait()}: {''.join(log)}")
    return Server(process, line.rpartition(" ")[2].strip(), log)


@contextmanager
def running_server(folder: Path, *arguments: str, **settings: object) -> Iterator[Server]:
    """A server for the length of a block."""
    server = start_server(folder, *arguments, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()
        server.client.close()


def wait_until(condition: Any, seconds: float = 10) -> Any:
    """Ask until the answer is true, where there is no event to wait for; return it."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
    return answer
