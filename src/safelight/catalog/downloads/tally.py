"""How far a download of several files is, as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable

from safelight.catalog.downloads.offers import Offer, RemoteFile
from safelight.domain.events import Phase
from safelight.domain.work import WorkProgress

Tell = Callable[[WorkProgress], None]

_EVERY_SECONDS = 0.2


class Tally:
    """Adds up what is told of single files, and passes it on a few times a second.

    Args:
        offer: All that is fetched.
        tell: Hears of it.
    """

    def __init__(self, offer: Offer, tell: Tell) -> None:
        self._offer, self._tell = offer, tell
        self._before, self._last = 0, 0.0
        self._now = WorkProgress(phase=Phase.ASKING, total=offer.bytes)

    @property
    def left(self) -> int:
        """Bytes of the files that are not brought yet, as far as their sizes are known."""
        return max(0, sum(file.bytes or 0 for file in self._offer.files) - self._before)

    def begin(self, file: RemoteFile) -> None:
        """A file's turn has come."""
        self._pass_on(WorkProgress(phase=Phase.ASKING, done=self._before, total=self._offer.bytes, item=file.name))

    def tell(self, phase: Phase, done: int | None, total: int | None) -> None:
        """A file is so far; None leaves it as it was."""
        changed: dict[str, object] = {"phase": phase}
        if done is not None:
            changed["done"] = self._before + done
        if total is not None and len(self._offer.files) == 1:
            changed["total"] = total
        self._pass_on(self._now.model_copy(update=changed))

    def end(self, file: RemoteFile) -> None:
        """A file is where it belongs."""
        self._before += file.bytes or 0

    def _pass_on(self, progress: WorkProgress) -> None:
        now = time.monotonic()
        whole = progress.total is not None and progress.done >= progress.total
        if progress.phase is not self._now.phase or whole or now - self._last >= _EVERY_SECONDS:
            self._last = now
            self._tell(progress)
        self._now = progress
