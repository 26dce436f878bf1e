"""What a running job tells its watchers, and the pictures it yields."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from safelight.domain.plans import Plan
from safelight.domain.request import OutputFormat
from safelight.domain.values import Value


class Phase(StrEnum):
    """Parts of a job, in order: first those of drawing, then those of other kinds of work."""

    STARTING = "starting"
    LOADING = "loading"
    ENCODING = "encoding"
    DENOISING = "denoising"
    DECODING = "decoding"

    ASKING = "asking"
    WAITING = "waiting"
    DOWNLOADING = "downloading"
    HASHING = "hashing"
    CONVERTING = "converting"
    CHECKING = "checking"


class Progress(Value):
    """How far a job is.

    Attributes:
        picture: Index of the picture being drawn, from 0, of `count`.
        together: How many are drawn at once, this one being the first of them.
        step: Denoising steps done of `steps` for this picture (0 before the first).
        seconds: Time the last step took, or None when there was none.
    """

    phase: Phase
    picture: int = Field(default=0, ge=0)
    count: int = Field(default=1, ge=1)
    together: int = Field(default=1, ge=1)
    step: int = Field(default=0, ge=0)
    steps: int = Field(default=0, ge=0)
    seconds: float | None = None


class Artifact(Value):
    """A finished picture, described; its encoded bytes travel beside it.

    Attributes:
        index: Place in the request, from 0.
        seed: The seed that draws this picture alone.
        infotext: The A1111 `parameters` text, also inside the file.
        notes: What the user should know (a memory mode that was needed, a cast), one sentence each.
    """

    index: int = Field(ge=0)
    seed: int
    width: int
    height: int
    format: OutputFormat
    infotext: str
    notes: tuple[str, ...] = ()


class Fallback(Value):
    """A plan failed and another takes over: the same request is drawn again, with the same seed.

    Attributes:
        failed: How it was tried.
        plan: How it is tried now.
        reason: One sentence of what was seen; safe to show, it quotes no log.
    """

    failed: Plan
    plan: Plan
    reason: str
