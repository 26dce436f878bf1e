"""Every error Safelight reports: one tree, each with a code, an HTTP status, a safe message and a hint what to do.

::

    SafelightError
    ├── InvalidInput            the request or a file it names is wrong; the user can mend it
    │   ├── UnsupportedModel    a model file that no engine here can run
    │   ├── CorruptFile         a file that is not what it claims to be
    │   └── TooLarge            more bytes than are accepted
    ├── Unauthorized            no key, or a wrong one
    ├── Forbidden               a key that may not do this, or a page that may not ask
    ├── NotFound                a model, picture or job that is not there
    ├── Conflict                not possible in the state that something is in
    ├── Cancelled               stopped because somebody asked
    ├── QueueFull               more work waits than is admitted
    ├── Unavailable             the server is stopping or not ready yet
    │   └── Unreachable         … or nothing answers at its address
    ├── NotBuilt                named in a dialect, not offered yet
    ├── StorageFailed           a result could not be written
    ├── DownloadFailed          another host did not give what was asked of it
    │   └── DownloadRefused     … because it wants a login, a key or a consent
    └── EngineFailure           the engine failed on a request that looked right
        ├── OutOfMemory         … for want of memory
        ├── DeviceLost          … because a device or its driver gave up
        ├── WorkerDied          … its process ended
        └── WorkerHung          … its process stopped answering
"""

from __future__ import annotations

from typing import ClassVar


class SafelightError(Exception):
    """Base of all errors.

    Args:
        message: One sentence that says what happened, safe to show to anyone.
        hint: One sentence that says what to do about it, if there is something.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class InvalidInput(SafelightError):
    """The request is wrong and would fail again unchanged."""

    code, status = "invalid_input", 422


class UnsupportedModel(InvalidInput):
    """A model file was read but no engine here can run what it holds; the message says what was seen."""

    code = "unsupported_model"


class CorruptFile(InvalidInput):
    """A file is truncated, malformed or not of the type that its name says."""

    code = "corrupt_file"


class TooLarge(InvalidInput):
    """A request or a file in it has more bytes than are accepted."""

    code, status = "too_large", 413


class Unauthorized(SafelightError):
    """A key is needed and none, or a wrong one, was given."""

    code, status = "unauthorized", 401


class Forbidden(SafelightError):
    """The key does not allow this, or the request comes from a page or under a name that is not allowed."""

    code, status = "forbidden", 403


class NotFound(SafelightError):
    """Something named in a request does not exist."""

    code, status = "not_found", 404


class Conflict(SafelightError):
    """Not possible in the present state, such as cancelling a job that is completed."""

    code, status = "conflict", 409


class Cancelled(SafelightError):
    """The work was stopped on request."""

    code, status = "cancelled", 409


class QueueFull(SafelightError):
    """As much work waits as is admitted. `retry_after` is in seconds."""

    code, status = "queue_full", 429
    retry_after = 10


class Unavailable(SafelightError):
    """The server is stopping, or not ready yet."""

    code, status = "unavailable", 503


class Unreachable(Unavailable):
    """No server answers, or the connection to it was lost. Clients raise it; servers never do."""

    code = "unreachable"


class NotBuilt(SafelightError):
    """A part of a dialect that is not offered yet."""

    code, status = "not_built", 501


class StorageFailed(SafelightError):
    """A result could not be written (no space, no permission); nothing partial was left behind."""

    code, status = "storage_failed", 507


class DownloadFailed(SafelightError):
    """Another host can't be reached, breaks off, or answers what nobody can use; trying again may help."""

    code, status = "download_failed", 502


class DownloadRefused(DownloadFailed):
    """Another host knows the file and does not give it: it wants a login, a key or a consent."""

    code, status = "download_refused", 403


class EngineFailure(SafelightError):
    """The engine failed on a request that had passed validation."""

    code, status = "engine_failure", 500


class OutOfMemory(EngineFailure):
    """The device or the machine ran out of memory."""

    code, status = "out_of_memory", 507


class DeviceLost(EngineFailure):
    """A device was lost or its driver failed; what computes on it can't be trusted any more."""

    code, status = "device_lost", 503


class WorkerDied(EngineFailure):
    """A worker process ended before it had answered.

    Args:
        message: As for every error; may quote the last lines of the worker's log.
        hint: As for every error.
        exit_code: Of the process, when known; negative is the signal that ended it.
    """

    code, status = "worker_died", 503

    def __init__(self, message: str, *, hint: str | None = None, exit_code: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


class WorkerHung(EngineFailure):
    """A worker process made no progress for longer than its limit."""

    code, status = "worker_hung", 504


BY_CODE: dict[str, type[SafelightError]] = {
    error.code: error
    for error in (
        SafelightError,
        InvalidInput,
        UnsupportedModel,
        CorruptFile,
        TooLarge,
        Unauthorized,
        Forbidden,
        NotFound,
        Conflict,
        Cancelled,
        QueueFull,
        Unavailable,
        Unreachable,
        NotBuilt,
        StorageFailed,
        DownloadFailed,
        DownloadRefused,
        EngineFailure,
        OutOfMemory,
        DeviceLost,
        WorkerDied,
        WorkerHung,
    )
}
"""Error code → class, so that an error crosses the wire, or HTTP, as the type it was."""
