"""Every error Safelight reports: one tree, each with a code, an HTTP status, a safe message and a hint what to do.

::

    SafelightError
    ├── InvalidInput            the request or a file it names is wrong; the user can mend it
    │   ├── UnsupportedModel    a model file that no engine here can run
    │   └── CorruptFile         a file that is not what it claims to be
    ├── NotFound                a model, picture or job that is not there
    ├── Cancelled               stopped because somebody asked
    ├── StorageFailed           a result could not be written
    └── EngineFailure           the engine failed on a request that looked right
        ├── OutOfMemory         … for want of memory
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


class NotFound(SafelightError):
    """Something named in a request does not exist."""

    code, status = "not_found", 404


class Cancelled(SafelightError):
    """The work was stopped on request."""

    code, status = "cancelled", 409


class StorageFailed(SafelightError):
    """A result could not be written (no space, no permission); nothing partial was left behind."""

    code, status = "storage_failed", 507


class EngineFailure(SafelightError):
    """The engine failed on a request that had passed validation."""

    code, status = "engine_failure", 500


class OutOfMemory(EngineFailure):
    """The device or the machine ran out of memory."""

    code, status = "out_of_memory", 507


class WorkerDied(EngineFailure):
    """A worker process ended before it had answered."""

    code, status = "worker_died", 503


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
        NotFound,
        Cancelled,
        StorageFailed,
        EngineFailure,
        OutOfMemory,
        WorkerDied,
        WorkerHung,
    )
}
"""Error code → class, so that an error crosses the wire as the type it was."""
