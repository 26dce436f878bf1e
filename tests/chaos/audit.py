"""What must be true of every job after whatever happened."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable

from PIL import Image

from tests.servers import Server

TERMINAL = ("completed", "failed", "cancelled")


def audit(server: Server, jobs: Iterable[str]) -> Counter[str]:
    """Check that each job ended once, with its pictures or a reason, and that its events tell a whole story.

    Returns:
        How many jobs ended how.
    """
    ends: Counter[str] = Counter()
    for job in jobs:
        shown = server.job(job)
        state = shown["status"]
        assert state in TERMINAL, f"job {job} is {state}"
        ends[state] += 1
        told = []
        for event in server.events(job, after=0):
            told.append(event)
            if event["type"] in TERMINAL:
                break
        assert [event["sequence"] for event in told] == list(range(1, len(told) + 1)), told
        assert sum(event["type"] in TERMINAL for event in told) == 1
        assert told[-1]["type"] == state
        if state == "failed":
            assert shown["error"]["message"], f"job {job} failed without a reason"
        if state == "completed":
            wanted = shown["parameters"]["batch_count"]
            assert [picture["index"] for picture in shown["images"]] == list(range(wanted))
        for picture in shown["images"]:
            file = server.client.get(picture["url"]).raise_for_status().content
            assert len(file) == picture["bytes"]
            Image.open(io.BytesIO(file)).load()
    return ends
