"""One job's way down the ladder: what failed under it so far, and what that leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from safelight.domain.errors import EngineFailure, OutOfMemory, WorkerDied, WorkerHung
from safelight.domain.events import Fallback
from safelight.domain.plans import Plan
from safelight.workers.fit import Work
from safelight.workers.placement import Cause, Failure, safest
from safelight.workers.supervision import reason_for

_HINT = "If memory ran out, try a smaller size or --memory-mode tiled."


class Exhausted(Exception):
    """No plan is left for a job; `error` is what to report."""

    def __init__(self, error: EngineFailure) -> None:
        super().__init__(error.message)
        self.error = error


class Descent:
    """What one job has gone through.

    The rules, by what was seen (`supervision.cause_of`):

    - memory: the next memory mode of the same device, then the next device.
    - crash: the next device or engine at once; on the last device f32; when nothing is left, the same plan once more.
    - unexplained: the same plan once more; a second time, the next device or engine.

    A job for which nothing is left fails. So one that kills its worker twice on the safest plan fails.

    Args:
        pixels: Size class of what is drawn.
        sampling: Sampler and scheduler, which another engine must have; None when only loading matters.
        work: What is drawn; None for what the model usually draws.
    """

    def __init__(self, pixels: int, sampling: tuple[str, str] | None = None, work: Work | None = None) -> None:
        self.pixels, self.sampling, self.work = pixels, sampling, work
        self.failures: list[Failure] = []
        self.crashes = 0
        self.plan: Plan | None = None
        self.began = False
        self.kills = 0
        self.made_room = False
        self.refused = False
        self.second_try = False
        """Whether the worker that is started now is the second and last one for the same plan."""
        self._error: EngineFailure | None = None
        self._deaths: Counter[Plan] = Counter()
        self._lessons: list[Failure] = []
        self._unannounced: Failure | None = None

    def tries(self, plan: Plan, *, began: bool, kills: int) -> None:
        """A plan is being tried; `began` when its model is ready and drawing starts. `kills`: the kernel's count."""
        self.plan, self.began, self.kills = plan, began, kills

    def died(self) -> None:
        """A worker died under this job."""
        self.crashes += 1

    def failed(self, error: EngineFailure, cause: Cause, *, alone: bool) -> None:
        """The plan that was being tried failed.

        Args:
            error: What was seen.
            cause: What that means.
            alone: Whether no other model took memory at the time; else want of memory teaches nothing for later.
        """
        assert self.plan is not None  # noqa: S101 - `tries` was called
        self._error = error
        if isinstance(error, WorkerDied | WorkerHung):
            self._deaths[self.plan] += 1
        failure = Failure(
            plan=self.plan,
            cause=cause,
            pixels=self.pixels if self.began else 0,
            reason=reason_for(error, cause),
        )
        self.second_try = cause is Cause.UNEXPLAINED and self._deaths[self.plan] == 1
        if self.second_try:
            return
        self.failures.append(failure)
        self._unannounced = failure
        if cause is Cause.CRASH or (cause is Cause.MEMORY and alone):
            self._lessons.append(failure)

    def last_resort(self, ladder: Sequence[Plan]) -> Plan:
        """What to try when every plan is ruled out.

        Raises:
            Exhausted: Nothing; the error says what was seen.
        """
        if self._error is None or self.plan is None:  # all of it was known before: still try what is safest
            return safest(ladder)
        crashed = self.failures and self.failures[-1].cause is Cause.CRASH
        if crashed and self._deaths[self.plan] == 1:
            self.second_try = True
            return self.plan
        raise self.exhausted(self._error)

    def fallback_to(self, plan: Plan) -> Fallback | None:
        """The announcement of `plan`, once for each change."""
        failure, self._unannounced = self._unannounced, None
        if failure is None or failure.plan == plan:
            return None
        return Fallback(failed=failure.plan, plan=plan, reason=failure.reason)

    def lessons(self) -> list[Failure]:
        """What `plan`, which worked, proves to have been the fault of other plans and not of the request."""
        return [failure for failure in self._lessons if failure.plan != self.plan]

    def too_large(self, error: OutOfMemory) -> Exhausted:
        """The end of the job when it fits by no plan, so that none was tried."""
        self.refused = True
        return Exhausted(error)

    def ran_out(self) -> bool:
        """Whether drawing, not loading, last failed for want of memory, or would have."""
        last = self.failures[-1] if self.failures else None
        return self.refused or (last is not None and last.cause is Cause.MEMORY and last.pixels > 0)

    def lesser(self, pixels: int, work: Work) -> Descent:
        """The way of a smaller request after this one: on the last plan, which has not failed for that size yet."""
        after = Descent(pixels, self.sampling, work)
        after.crashes = self.crashes
        after.failures = [failure for failure in self.failures if failure.plan != self.plan]
        after._lessons = [failure for failure in self._lessons if failure.plan != self.plan]
        return after

    def exhausted(self, error: EngineFailure) -> Exhausted:
        """The end of the job, with what there is to say about it."""
        return Exhausted(self._final(error))

    def _final(self, error: EngineFailure) -> EngineFailure:
        if isinstance(error, WorkerDied) and self.failures and self.failures[-1].cause is Cause.MEMORY:
            return OutOfMemory(self.failures[-1].reason, hint="Try a smaller size, or a smaller model.")
        if not isinstance(error, WorkerDied | WorkerHung):
            return error
        message = f"{self.crashes} worker processes died drawing this. {error.message}"
        if isinstance(error, WorkerDied):
            return WorkerDied(message, hint=_HINT, exit_code=error.exit_code)
        return WorkerHung(message, hint=error.hint)
