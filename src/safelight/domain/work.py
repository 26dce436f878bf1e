"""Long work besides drawing: what is asked for, how far it is, and the files that come of it."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from safelight.domain.errors import InvalidInput
from safelight.domain.events import Phase
from safelight.domain.models import ModelKind
from safelight.domain.values import Value

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=500)]

_MOST_HASHED = 1000
"""Models in one job that hashes: it tells each of them."""


class JobKind(StrEnum):
    """What a job does. Pictures are drawn one job at a time; every other kind has a lane of its own beside them."""

    GENERATE = "generate"
    DOWNLOAD = "download"
    HASH = "hash"
    CONVERT = "convert"


class DownloadRequest(Value):
    """A model to fetch from another host into the models folder.

    Attributes:
        source: `hf:org/repo[/file][@revision]`, `civitai:MODEL[@VERSION]`, `https://…`, or `missing:NAME` for the
            companions that model NAME lacks.
        sha256: What the one file must have; refused for several files.
        type: What it is, where its header does not say.
        name: What to call the file here; else as it is called there.
    """

    kind: Literal["download"] = "download"
    source: Annotated[str, Field(min_length=1, max_length=4000)]
    sha256: Sha256 | None = None
    type: ModelKind | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @classmethod
    def of(
        cls, source: str, *, sha256: str | None = None, type: str | None = None, name: str | None = None
    ) -> DownloadRequest:
        """The request for what a user has written.

        Raises:
            InvalidInput: A part of it can't be.
        """
        given = {"source": source, "sha256": sha256.lower() if sha256 else None, "type": type, "name": name}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise InvalidInput(f"{where}: {problem['msg'][0].lower()}{problem['msg'][1:]}.") from error

    @property
    def shown(self) -> DownloadRequest:
        """The same, fit to be shown: the query of an address may be a signature."""
        if not self.source.lower().startswith(("http:", "https:")):
            return self
        return self.model_copy(update={"source": self.source.partition("?")[0]})


class HashRequest(Value):
    """Models whose SHA-256 to compute, by name."""

    kind: Literal["hash"] = "hash"
    models: Annotated[tuple[Name, ...], Field(min_length=1, max_length=_MOST_HASHED)]

    @classmethod
    def of(cls, models: tuple[str, ...]) -> HashRequest:
        """The request for these models. Raises InvalidInput for none, or too many."""
        if not 0 < len(models) <= _MOST_HASHED:
            raise InvalidInput(
                f"A job hashes 1 to {_MOST_HASHED} models, and {len(models)} were asked for.",
                hint="Name those that are wanted.",
            )
        return cls(models=models)


class ConversionRequest(Value):
    """A model to store in another number type, as GGUF.

    Attributes:
        model: Its name in the catalog.
        type: Number type of its tensors: f32, f16, bf16, q8_0, q5_0, q5_1, q4_0, q4_1, q6_k … q2_k.
        output: File to write, below the models folder; None names it after model and type.
        rules: Types for tensors by name, `pattern=type` separated by commas; None for one type throughout.
        vae: Name of a VAE to merge into it.
        overwrite: Whether a file of that name may be replaced.
    """

    kind: Literal["convert"] = "convert"
    model: Name
    type: Annotated[str, Field(min_length=2, max_length=20)]
    output: Name | None = None
    rules: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    vae: Name | None = None
    overwrite: bool = False


def fingerprint(request: DownloadRequest | HashRequest | ConversionRequest) -> str:
    """SHA-256 that is the same for requests that ask for exactly the same; lower-case hex."""
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()


class WorkProgress(Value):
    """How far work is that is counted in bytes.

    Attributes:
        phase: What is being done.
        done: Bytes so far, of all files.
        total: Bytes in all; None while that is not known.
        item: The file that is being worked on.
    """

    phase: Phase
    done: int = Field(default=0, ge=0)
    total: int | None = Field(default=None, ge=0)
    item: str | None = None


class WorkedFile(Value):
    """A file that work was about: fetched, hashed or written.

    Attributes:
        name: Its path below the models folder, or a model's name; never a path of the machine.
        bytes: Its size.
        sha256: Lower-case hex, when it was computed.
        notes: What the user should know of it, one sentence each.
    """

    name: str
    bytes: int = Field(ge=0)
    sha256: Sha256 | None = None
    notes: tuple[str, ...] = ()
