"""The rules of supervision: what a worker's end means, when it hangs, how fast it is replaced, when no longer."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from safelight.domain.errors import DeviceLost, EngineFailure, OutOfMemory, WorkerDied, WorkerHung
from safelight.domain.events import Phase, Progress
from safelight.settings import Settings
from safelight.workers.placement import Cause

CRASHES = frozenset({"SIGABRT", "SIGSEGV", "SIGILL", "SIGBUS", "SIGFPE", "SIGTRAP"})
"""Signals that a process brings upon itself: the libraries or the driver under this plan are at fault."""

_WINDOWS_ABORT, _WINDOWS_FAULTS = 3, 0xC0000000
_SLOWER = 20
_FREE_RESPAWNS, _FIRST_DELAY, _LONGEST_DELAY = 2, 0.5, 4.0
_HOPELESS, _REST = 6, 30.0


@dataclass
class Counters:
    """What happened since the pool was made. `crashes` counts by signal, exit code (`exit 7`) or `hung`."""

    loads: int = 0
    load_seconds_total: float = 0.0
    crashes: Counter[str] = field(default_factory=Counter)
    fallbacks: int = 0
    evictions: int = 0
    respawns: int = 0


class KernelKills:
    """How often the kernel killed a process for want of memory, here or in this process's memory cgroup."""

    def __init__(self, *files: Path) -> None:
        self._files = files or _counting_files()

    def count(self) -> int:
        """The sum of `oom_kill` lines; only its changes mean something. 0 where the system does not count."""
        total = 0
        for file in self._files:
            try:
                lines = file.read_text().splitlines()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
        return total


def _counting_files() -> tuple[Path, ...]:
    files = [Path("/proc/vmstat")]
    try:
        groups = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:  # no Linux
        return ()
    for _, controllers, path in groups:
        if not controllers:
            files.append(Path("/sys/fs/cgroup") / path.lstrip("/") / "memory.events")
        elif controllers == "memory":
            files.append(Path("/sys/fs/cgroup/memory") / path.lstrip("/") / "memory.oom_control")
    return tuple(files)


def ended_by(exit_code: int | None) -> str:
    """A short name for a process's end: a signal's name, or `exit 7`."""
    if exit_code is not None and exit_code < 0:
        try:
            return signal.Signals(-exit_code).name
        except ValueError:  # a real-time signal
            return f"signal {-exit_code}"
    return f"exit {exit_code}"


def cause_of(error: EngineFailure, *, killed_by_kernel: bool) -> Cause | None:
    """What a failure says about the plan; None when it says nothing and another plan would not help.

    Args:
        error: What loading or drawing ended in.
        killed_by_kernel: Whether the kernel's count of out-of-memory kills rose meanwhile.
    """
    if isinstance(error, OutOfMemory):
        return Cause.MEMORY
    if isinstance(error, DeviceLost):
        return Cause.CRASH
    if isinstance(error, WorkerHung):
        return Cause.UNEXPLAINED
    if isinstance(error, WorkerDied):
        code = error.exit_code
        if ended_by(code) in CRASHES or code == _WINDOWS_ABORT or (code or 0) >= _WINDOWS_FAULTS:
            return Cause.CRASH
        return Cause.MEMORY if killed_by_kernel and ended_by(code) == "SIGKILL" else Cause.UNEXPLAINED
    return None


def reason_for(error: EngineFailure, cause: Cause) -> str:
    """One sentence of what was seen, without the worker's last words, which may quote a prompt."""
    if isinstance(error, WorkerDied):
        if cause is Cause.MEMORY:
            return "The kernel ended the worker process because memory ran out."
        code = error.exit_code or 0
        return f"The worker process {f'was ended by {ended_by(code)}' if code < 0 else f'ended with exit code {code}'}."
    return error.message


class Pace:
    """Tells a slow worker from one that hangs.

    While nothing but silence can be expected (loading, reading the prompt, the first step, decoding) the limit is
    `worker_silence_seconds`. Once a step of this job was seen, the next one may take `worker_step_seconds`, or 20 times
    the slowest step so far, whichever is longer, and never longer than `worker_silence_seconds`.
    """

    def __init__(self, settings: Settings) -> None:
        self._silence, self._step = settings.worker_silence_seconds, settings.worker_step_seconds
        self._slowest: float | None = None
        self._last: float | None = time.monotonic()
        self._stepping = False

    def saw(self, progress: Progress) -> None:
        """Take note of a progress report."""
        now = time.monotonic()
        self._stepping = progress.phase is Phase.DENOISING and progress.step < progress.steps
        if progress.phase is Phase.DENOISING and progress.step:
            since_last = now - self._last if self._last is not None else 0.0
            self._slowest = max(self._slowest or 0.0, progress.seconds or 0.0, since_last)
        # Decoding lies between the last step of a picture and the first of the next: that is no step's time.
        between = progress.phase is Phase.DECODING or (progress.phase is Phase.DENOISING and not self._stepping)
        self._last = None if between else now

    @property
    def limit(self) -> float:
        """Seconds that the worker may be silent from now on."""
        if not self._stepping or self._slowest is None:
            return self._silence
        return min(self._silence, max(self._step, _SLOWER * self._slowest))


class Respawns:
    """When the next worker of an engine may be started after others died.

    The first two deaths in a row cost no delay; from the third on 0.5 s, doubling up to 4 s. Anything finished ends the
    row. Each job gives up by itself (see `descent.Descent`), so a bad model or request does not stop others. Only an
    engine whose workers ended by themselves six times in a row before they could say hello is given up as such: for
    30 s, what asks for it fails at once with what was last seen. Workers killed from outside do not count there.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deaths = 0
        self._stillborn = 0
        self._last: WorkerDied | WorkerHung | None = None
        self._rest_until = 0.0

    @property
    def row(self) -> int:
        """Deaths since something was last finished."""
        return self._deaths

    @property
    def delay(self) -> float:
        """Seconds to wait before the next start.

        Raises:
            WorkerDied, WorkerHung: The engine is given up for now.
        """
        left = self._rest_until - self._clock()
        if self._last is not None and left > 0:
            raise type(self._last)(
                f"{self._stillborn} workers in a row ended while they started. {self._last.message}",
                hint=f"It is tried again in {left:.0f} s; safelight doctor may say what is wrong.",
            )
        beyond = self._deaths - _FREE_RESPAWNS
        return min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (beyond - 1)) if beyond > 0 else 0.0

    def died(self, error: WorkerDied | WorkerHung, *, started: bool) -> None:
        """A worker died or was ended for hanging; `started` says whether it had said hello."""
        self._deaths += 1
        killed = isinstance(error, WorkerDied) and ended_by(error.exit_code) == "SIGKILL"
        self._stillborn = 0 if started else self._stillborn + (not killed)
        self._last = error
        if self._stillborn >= _HOPELESS:
            self._rest_until = self._clock() + _REST

    def worked(self) -> None:
        """A worker finished what it was asked for."""
        self._deaths = self._stillborn = 0
        self._last, self._rest_until = None, 0.0
