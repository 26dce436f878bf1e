"""OpenAI dialect: a request that an SDK repeats, because it would not wait longer, finds the job of its first try.

OpenAI's SDKs give up after ten minutes and ask again, twice, without an idempotency key; but they count
(`x-stainless-retry-count`). Without this a slow machine would draw everything three times.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Header
from starlette.requests import HTTPConnection

from safelight.domain.jobs import Job
from safelight.jobs.attempt import now
from safelight.jobs.orders import Order
from safelight.jobs.service import JobService

_REMEMBERED = 10_000
_USUAL_TIMEOUT, _LONGEST_PAUSE = 600.0, 120.0  # of the SDKs, in seconds

RetryCount = Annotated[
    str | None,
    Header(alias="x-stainless-retry-count", include_in_schema=False),
]
ReadTimeout = Annotated[str | None, Header(alias="x-stainless-read-timeout", include_in_schema=False)]


def fingerprint(owner: str, path: str, body: bytes) -> str:
    """What a repeated request has in common with its first try."""
    parts = (owner.encode(), path.encode(), body)
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


class FirstTries:
    """When a request was last sent for the first time: a job that is older belongs to an earlier, equal one."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, datetime] = OrderedDict()

    async def submit(self, jobs: JobService, order: Order, owner: str, request: str, sent: Sent) -> Job:
        """Admit an order, or return the job of its first try.

        Args:
            jobs: The job service.
            order: What is asked for.
            owner: Who asks.
            request: Its fingerprint.
            sent: What the client says about the try.
        """
        if sent.retry is None or order.key is not None:  # a key says more than a count
            return await jobs.submit(order, owner)
        if sent.retry > 0:
            since = self._seen.get(request, now() - sent.patience)
            known = await jobs.store.by_fingerprint(owner, request)
            if known and known.created >= since:
                return known
        else:
            self._seen[request] = now()
            self._seen.move_to_end(request)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return await jobs.submit(replace(order, fingerprint=request), owner)


class Sent:
    """What a client's headers say about a try. `retry` is None for clients that do not count."""

    def __init__(self, retry: RetryCount = None, timeout: ReadTimeout = None) -> None:
        counted = retry is not None and retry.isascii() and retry.isdigit()
        self.retry = min(int(retry[:4]), 100) if retry and counted else None
        try:
            seconds = float(timeout or _USUAL_TIMEOUT)
        except ValueError:
            seconds = _USUAL_TIMEOUT
        bounded = seconds if 0 < seconds < _USUAL_TIMEOUT * 10 else _USUAL_TIMEOUT
        self.patience = timedelta(seconds=(self.retry or 0) * (bounded + _LONGEST_PAUSE))
        """How long ago the first try may have been."""


def _first_tries(connection: HTTPConnection) -> FirstTries:
    state = connection.app.state
    if not hasattr(state, "first_tries"):
        state.first_tries = FirstTries()
    found: FirstTries = state.first_tries
    return found


Tries = Annotated[FirstTries, Depends(_first_tries)]
Try = Annotated[Sent, Depends(Sent)]
