"""What serving costs: start, memory, admission, a long queue, many listeners, cancelling, a killed worker.

Each figure is taken on a real server in a folder of its own. Run one by name: `python -m benchmarks.serve admission`.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psutil
from tests.processes import workers_of
from tests.servers import Server, running_server, start_server

from safelight.domain.jobs import Job
from safelight.jobs.database import open_database, sqlite_url
from safelight.jobs.store import JobStore

DOODLE: dict[str, Any] = {"model": "doodle", "prompt": "red apple", "seed": 1}
_LISTENERS, _QUEUED, _ADMITTED = 500, 10_000, 500
_ASKED, _BETWEEN = 500, 0.02


def show(what: str, value: str, target: str) -> None:
    """Print one row of the table in README.md."""
    print(f"| {what} | {value} | {target} |", flush=True)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all are at most."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def start(folder: Path) -> None:
    """Time from the process's start to the ready line, and memory without workers; median of 5."""
    seconds, memory = [], []
    for turn in range(5):
        begun = time.monotonic()
        with running_server(folder / str(turn)) as server:
            seconds.append(time.monotonic() - begun)
            server.client.get("/api/v1/health").raise_for_status()
            memory.append(psutil.Process(server.process.pid).memory_info().rss / 1e6)
    show("server ready after its start", f"{statistics.median(seconds):.2f} s", "1.2 s")
    show("its memory without workers", f"{statistics.median(memory):.0f} MB", "130 MB")


def overhead(folder: Path) -> None:
    """A job of more than five seconds, as its client sees it, over the engine's own time; median of 3."""
    with running_server(folder) as server:
        ratios = []
        server.draw(**DOODLE)
        for seed in range(3):
            begun = time.monotonic()
            job = server.draw(**DOODLE | {"seed": seed, "width": 512, "height": 512, "steps": 20})
            ratios.append((time.monotonic() - begun) / job["generation_time"])
        seconds = job["generation_time"]
    show(f"end-to-end over the engine's own time, jobs of {seconds:.0f} s", f"{statistics.median(ratios):.3f}", "1.02")


def admission(folder: Path) -> None:
    """Time of a `POST` that queues a job while a worker computes."""
    with running_server(folder) as server:
        server.draw(**DOODLE)
        server.queue(**DOODLE | {"width": 1024, "height": 1024, "steps": 500})
        times = []
        for seed in range(_ADMITTED):
            begun = time.monotonic()
            server.queue(seed=seed)
            times.append((time.monotonic() - begun) * 1000)
    show(
        "admission of a job while a worker computes, p50 / p99",
        f"{percentile(times, 0.5):.1f} / {percentile(times, 0.99):.1f} ms",
        "15 ms",
    )


def health(folder: Path) -> None:
    """Time of the probes' answers while a worker computes on all cores."""
    with running_server(folder) as server:
        server.draw(**DOODLE)
        job = server.queue(**DOODLE | {"width": 1024, "height": 1024, "steps": 500})
        next(event for event in server.events(job, after=0) if event.get("step", 0) > 0)
        for path in ("/livez", "/readyz", "/api/v1/health"):
            times = []
            for _ in range(_ASKED):
                begun = time.monotonic()
                server.client.get(path).raise_for_status()
                times.append((time.monotonic() - begun) * 1000)
                time.sleep(_BETWEEN)
            show(
                f"`{path}` while a worker computes, p50 / p99",
                f"{percentile(times, 0.5):.1f} / {percentile(times, 0.99):.1f} ms",
                "20 ms",
            )


def queue(folder: Path) -> None:
    """Ten thousand queued jobs: list a page, restart on them, cancel them."""
    with running_server(folder, queue_limit=2 * _QUEUED) as server:
        server.client.post("/api/v1/queue/pause").raise_for_status()
        sample = server.job(server.queue())
        server.kill()
    asyncio.run(_fill(folder, sample["job_id"]))
    begun = time.monotonic()
    server = start_server(folder, queue_limit=2 * _QUEUED)
    server.client.post("/api/v1/queue/pause").raise_for_status()
    restarted = time.monotonic() - begun
    begun = time.monotonic()
    page = server.client.get("/api/v1/jobs", params={"status": "queued"}).json()
    listed = time.monotonic() - begun
    begun = time.monotonic()
    server.client.post("/api/v1/queue/clear").raise_for_status()
    cleared = time.monotonic() - begun
    server.kill()
    show(f"{page['total']:,} queued jobs: restart and recover", f"{restarted:.2f} s", "3 s")
    show("the same: list a page of 100", f"{listed:.2f} s", "3 s")
    show("the same: cancel them all", f"{cleared:.2f} s", "3 s")


async def _fill(folder: Path, like: str) -> None:
    store = JobStore(await open_database(sqlite_url(folder / "data" / "jobs.sqlite3")), "benchmark")
    job = await store.get(like)
    now = datetime.now(UTC)
    fields = {"created": now, "sequence": 0, "attempt": 0}
    for number in range(_QUEUED):
        fresh = Job.model_validate(
            {**job.model_dump(), **fields, "id": f"{number:032d}", "position": job.position + number, "state": "queued"}
        )
        await store.admit(fresh.admitted())
    await store.close()


def listeners(folder: Path) -> None:
    """From the moment that a progress event is told to its arrival at each of 500 listeners; scripted engine."""
    with running_server(folder) as server:
        server.draw()
        delays = asyncio.run(_listen(server))
    show(
        f"{_LISTENERS} listeners: a progress event arrives, p50 / p99",
        f"{percentile(delays, 0.5):.0f} / {percentile(delays, 0.99):.0f} ms",
        "100 ms",
    )


async def _listen(server: Server) -> list[float]:
    address = urlsplit(server.url)
    delays: list[float] = []
    ready = asyncio.Semaphore(0)

    async def listener() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"retry: 2000")
        ready.release()
        while line := await reader.readline():
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                if event["type"] == "progress":
                    told = datetime.fromisoformat(event["at"]).timestamp()
                    delays.append((time.time() - told) * 1000)
                if event["type"] == "completed":
                    break
        writer.close()

    tasks = [asyncio.create_task(listener()) for _ in range(_LISTENERS)]
    for _ in tasks:
        await ready.acquire()
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False, timeout=60) as client:
        body = {"prompt": '{"pace": 0.5}', "model": "scripted", "width": 64, "height": 64, "steps": 20, "wait": False}
        (await client.post("/api/v1/generate", json=body)).raise_for_status()
        await asyncio.gather(*tasks)
    return delays


def cancel(folder: Path) -> None:
    """From the request to the answer, and to the end of the next job; doodle at 512x512."""
    with running_server(folder) as server:
        server.draw(**DOODLE)
        answers, freed = [], []
        for _ in range(3):
            job = server.queue(**DOODLE | {"width": 512, "height": 512, "steps": 100})
            next(event for event in server.events(job, after=0) if event.get("step", 0) > 1)
            begun = time.monotonic()
            server.client.post(f"/api/v1/jobs/{job}/cancel").raise_for_status()
            answers.append(time.monotonic() - begun)
            following = server.draw(**DOODLE)
            freed.append(time.monotonic() - begun - following["generation_time"])
    show(
        "cancel of a running job: answered / its worker free, worst of 3",
        f"{max(answers):.2f} / {max(freed):.2f} s",
        "2 s",
    )


def killed(folder: Path) -> None:
    """What `kill -9` of the worker costs a job beyond the time of loading the model again; worst of 3."""
    with running_server(folder) as server:
        begun = time.monotonic()
        first = server.draw(**DOODLE)
        load = time.monotonic() - begun - first["generation_time"]
        costs = []
        for _ in range(3):
            big = DOODLE | {"width": 256, "height": 256, "steps": 20}
            calm = server.draw(**big)["generation_time"]
            begun = time.monotonic()
            job = server.queue(**big)
            next(event for event in server.events(job, after=0) if event.get("step", 0) > 0)
            lost = time.monotonic() - begun
            workers_of(server.process.pid)[0].kill()
            server.wait_for(job, "completed")
            costs.append(time.monotonic() - begun - lost - calm)
    show("a killed worker costs, beyond what it had done", f"{max(costs):.1f} s", f"load {load:.1f} s + 1 s")


FIGURES: tuple[Callable[[Path], None], ...] = (start, overhead, admission, health, queue, listeners, cancel, killed)


def main() -> None:
    """Take the figures that are named, or all."""
    wanted = sys.argv[1:]
    for figure in FIGURES:
        if not wanted or figure.__name__ in wanted:
            with tempfile.TemporaryDirectory() as folder:
                figure(Path(folder))


if __name__ == "__main__":
    main()
