"""Event streams that don't fall silent: a proxy or a client must not take a queued job for a dead server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from safelight.jobs.events import Listening, Told

_ALIVE_SECONDS = 15.0

ALIVE = b": still here\n\n"
"""A comment in a `text/event-stream`, which clients pass over."""


async def or_silence(listening: Listening) -> AsyncIterator[Told | None]:
    """What is heard, and None whenever nothing was for 15 seconds."""
    heard = aiter(listening)
    following = asyncio.ensure_future(anext(heard))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=_ALIVE_SECONDS)
            if not done:
                yield None
                continue
            try:
                told = following.result()
            except StopAsyncIteration:
                return
            yield told
            following = asyncio.ensure_future(anext(heard))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
