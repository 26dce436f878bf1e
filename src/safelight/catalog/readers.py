"""Reads many models at once, in child processes: a server stays quick meanwhile, and every core is used."""

from __future__ import annotations

import gc
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import ValidationError

from safelight.catalog.reading import Reading, read_or_tell, unreadable
from safelight.catalog.scan import Found, Layout
from safelight.domain.models import ModelKind

log = logging.getLogger(__name__)

_FEW = 48
"""So many are read at once here: a child takes as long to start."""

_MOST_CHILDREN = 4


def read_many(found: Sequence[Found]) -> Iterator[tuple[Found, Reading]]:
    """What each of `found` holds, in no certain order; what can't be read has a problem."""
    if len(found) <= _FEW:
        yield from ((one, read_here(one)) for one in found)
        return
    children = min(_MOST_CHILDREN, os.cpu_count() or 1)
    batches = [found[start::children] for start in range(children)]  # large files lie together: each gets some
    with ThreadPoolExecutor(children, thread_name_prefix="catalog") as threads:
        for batch, readings in zip(batches, threads.map(_read_in_child, batches), strict=True):
            yield from zip(batch, readings, strict=True)


def read_here(one: Found) -> Reading:
    """What one model holds, read in this process."""
    return read_or_tell(one.path, one.layout, one.type.kind if one.type else ModelKind.UNKNOWN)


def _read_in_child(batch: Sequence[Found]) -> list[Reading]:
    """Readings of a batch. The one on which a child dies is told to be unreadable, and the rest is read by another."""
    done: list[Reading] = []
    while len(done) < len(batch):
        answered = _ask_child(batch[len(done) :])
        if not answered and not done:  # no child can be started here
            return [read_here(one) for one in batch]
        done += answered
        if len(done) < len(batch):
            path = batch[len(done)].path
            log.warning("reading %s ended the process that did it", path)
            done.append(unreadable(path, "internal", "Reading its header ended the process that did it."))
    return done


def _ask_child(batch: Sequence[Found]) -> list[Reading]:
    """Readings of the first of a batch, up to the one on which the child died."""
    lines = (
        json.dumps([str(one.path), one.layout.value, one.type.kind.value if one.type else ModelKind.UNKNOWN.value])
        for one in batch
    )
    command = [sys.executable, "-m", "safelight.catalog.readers"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, input="\n".join(lines).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        )
    except OSError:
        return []
    readings = []
    for line in done.stdout.splitlines():
        try:
            readings.append(Reading.model_validate_json(line))
        except ValidationError:  # cut off in the middle
            break
    return readings


def main() -> None:
    """Answer for every place on standard input, one line each, in order."""
    gc.disable()  # headers are made of many small things and no circles: looking for them takes a third of the time
    for line in sys.stdin.buffer.read().splitlines():
        path, layout, kind = json.loads(line)
        reading = read_or_tell(Path(path), Layout(layout), ModelKind(kind))
        sys.stdout.buffer.write(reading.model_dump_json().encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
