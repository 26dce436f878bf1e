"""Which job is next: priority, then the owner who had least, then the order of admission; a loaded model may go first.

Fair share follows the idea of start-time fair queueing (Goyal, Vin, Cheng 1996): each owner has a virtual time that
advances by the seconds the device worked for them; whoever is furthest behind is next, and who comes anew starts at the
present, not at zero, so that nobody saves up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from safelight.domain.jobs import Job

EACH = 4
"""How many jobs of every owner are looked at: the window in which a loaded model may be preferred."""

MAX_PASSED = 4
"""How often a job may be passed over by others whose model is loaded."""


class FairShare:
    """Remembers what each owner had. Pure: the dispatcher tells it what happens."""

    def __init__(self) -> None:
        self._virtual: dict[str, float] = {}
        self._passed: Counter[str] = Counter()

    def choose(self, candidates: Sequence[Job], is_loaded: Callable[[str], bool] | None) -> Job | None:
        """The job to run next, or None when none waits.

        Args:
            candidates: The first `EACH` queued jobs of every owner.
            is_loaded: Whether the model of an id is in memory; None for jobs that need none.
        """
        if not candidates:
            return None
        highest = max(job.priority for job in candidates)
        due = [job for job in candidates if job.priority == highest]
        now = min(self._virtual.get(job.owner, 0.0) for job in due)
        order = sorted(due, key=lambda job: (max(now, self._virtual.get(job.owner, 0.0)), job.position))
        first = order[0]
        chosen = first
        if is_loaded and not is_loaded(first.drawing.model) and self._passed[first.id] < MAX_PASSED:
            own = (job for job in order if job.owner == first.owner and is_loaded(job.drawing.model))
            chosen = next(own, first)
        if chosen is first:
            del self._passed[first.id]
        else:
            self._passed[first.id] += 1
        return chosen

    def used(self, owner: str, seconds: float, waiting: Sequence[str]) -> None:
        """The device worked `seconds` for an owner, while the owners in `waiting` had jobs queued."""
        present = min((self._virtual.get(other, 0.0) for other in waiting), default=0.0)
        self._virtual[owner] = max(self._virtual.get(owner, 0.0), present) + seconds
        if not waiting:
            self._virtual.clear()
