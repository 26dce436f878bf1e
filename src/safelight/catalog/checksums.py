"""SHA-256 of large files beside an event loop: in a thread that tells how far it is and stops when nobody waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from safelight.catalog.hashing import HashCache, sha256_of
from safelight.domain.errors import Cancelled


async def checksum(files: Sequence[Path], cache_dir: Path | None, tell: Callable[[int, int], None]) -> str:
    """SHA-256 of files joined in order, from what is remembered or by reading them; lower-case hex.

    Args:
        files: What to read.
        cache_dir: Where hashes are remembered; None leaves no trace of them.
        tell: Called in the event loop with bytes done and bytes in all.

    Raises:
        NotFound, InvalidInput, CorruptFile: A file could not be read.
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()

    def progress(done: int, total: int) -> None:
        if stop.is_set():
            raise Cancelled("Hashing was stopped.")
        loop.call_soon_threadsafe(tell, done, total)

    def work() -> str:
        if cache_dir is None:
            return sha256_of(*files, progress=progress)
        return HashCache(cache_dir).sha256(*files, progress=progress)

    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({working})
        raise
