"""Workers that die at random moments: while they start, load, step, decode and send."""

from __future__ import annotations

import contextlib
import io
import random
import signal
import time
from collections import Counter
from collections.abc import Callable

import psutil
from PIL import Image

from tests.chaos.audit import TERMINAL, audit
from tests.chaos.conftest import Counts
from tests.processes import workers_of
from tests.servers import Server

_SIGNALS = (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV)
_MOMENTS = ("start", "loading", "denoising", "decoding", "picture")
_CANCELLED = 0.3
_SCRIPT = {"pace": 0.03, "at": "decode", "deaf": 0.03}


def test_every_job_ends_though_workers_are_killed_at_random(start: Callable[..., Server], count: Counts) -> None:
    server = start()
    chance = random.Random(7)  # noqa: S311
    jobs: list[str] = []
    kills: Counter[str] = Counter()
    while kills.total() < count(10, 200):
        jobs += [server.queue(_SCRIPT, batch_count=2, seed=len(jobs)) for _ in range(2)]
        for _ in range(chance.choice((1, 1, 1, 2))):
            moment = chance.choice(_MOMENTS)
            kills[moment] += _kill_at(server, jobs[-2], moment, chance)
        if chance.random() < _CANCELLED:
            assert server.client.post(f"/api/v1/jobs/{chance.choice(jobs[-2:])}/cancel").status_code in (200, 409)
        for job in jobs[-2:]:
            server.wait_for(job, *TERMINAL)
    ends = audit(server, jobs)
    print(f"{kills.total()} kills {dict(kills)}, {len(jobs)} jobs: {dict(ends)}")
    assert ends["completed"] > len(jobs) / 2
    assert server.draw(seed=1)["images"][0]["seed"] == 1
    assert len(workers_of(server.process.pid)) == 1


def _kill_at(server: Server, job: str, moment: str, chance: random.Random) -> int:
    """Kill the workers a little after a job reached a moment; return how many, 0 when it ended before."""
    for event in server.events(job, after=0):
        if event["type"] in TERMINAL:
            return 0
        if moment in (event["type"], event.get("phase")) or (moment == "start" and event["type"] == "loading"):
            break
    time.sleep(chance.uniform(0, 0.15))
    killed = 0
    for worker in workers_of(server.process.pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.send_signal(chance.choice(_SIGNALS))
            killed += 1
    return killed


def test_pictures_are_the_same_bits_whatever_died_meanwhile(start: Callable[..., Server]) -> None:
    server = start()
    calm = server.draw(seed=11, batch_count=3)
    job = server.queue({"pace": 0.2}, seed=11, batch_count=3)
    server.wait_for(job, "picture")
    workers_of(server.process.pid)[0].kill()
    disturbed = server.wait_for(job, "completed", "failed")
    files = [[server.client.get(p["url"]).content for p in drawn["images"]] for drawn in (calm, disturbed)]
    pixels = [[_pixels(file) for file in drawn] for drawn in files]
    assert pixels[0] == pixels[1]


def _pixels(file: bytes) -> bytes:
    return Image.open(io.BytesIO(file)).tobytes()
