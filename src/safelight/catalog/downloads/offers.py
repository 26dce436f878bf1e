"""What a host offers: the files to fetch, with what it publishes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import Message
from pathlib import PurePosixPath

from pydantic import Field

from safelight.catalog.folders import FORMATS
from safelight.domain.errors import InvalidInput
from safelight.domain.values import Value

_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 200


class RemoteFile(Value):
    """A file at a host.

    Attributes:
        url: Where it is.
        name: What it is called here: a file name, or a path below `Offer.folder`.
        bytes: Its size, as far as the host tells.
        exact: Whether that size is to the byte.
        sha256: As the host publishes it.
        source: The page or place it comes from, for people.
        license: Under which it is offered, when told.
        notes: What the host says of it, one sentence each.
    """

    url: str
    name: str
    bytes: int | None = Field(default=None, ge=0)
    exact: bool = True
    sha256: str | None = None
    source: str
    license: str | None = None
    notes: tuple[str, ...] = ()


class Offer(Value):
    """What a source stands for at this moment.

    Attributes:
        title: What it is, for people.
        files: What to fetch.
        folder: Name of the folder that the files form together; None when each is for itself.
    """

    title: str
    files: tuple[RemoteFile, ...]
    folder: str | None = None

    @property
    def bytes(self) -> int | None:
        """Of all files; None when one's size is not known."""
        sizes = [file.bytes for file in self.files]
        return None if None in sizes else sum(size or 0 for size in sizes)


def fit_name(name: str) -> str:
    """A host's name for a file, as a file can be called on every system; never a path, never hidden.

    Raises:
        InvalidInput: Nothing is left of it.
    """
    last = re.split(r"[/\\]", name)[-1]
    fit = _UNFIT.sub("_", last).strip(" .")
    if _DEVICES.fullmatch(fit):
        fit = f"_{fit}"
    stem, dot, suffix = fit.rpartition(".")
    while len(fit.encode()) > _LONGEST:
        stem = stem[:-1] if dot else stem
        fit = f"{stem}.{suffix}" if dot and stem else fit[: _LONGEST // 4]
    if not fit:
        raise InvalidInput("The host gives the file no name.", hint="Name it: --name FILE.safetensors.")
    return fit


def attached_name(headers: Mapping[str, str]) -> str | None:
    """The name of a model file that an answer's `Content-Disposition` (RFC 6266) gives; None without a fit one."""
    told = Message()
    told["Content-Disposition"] = headers.get("content-disposition", "")
    name = told.get_filename()
    if not name or PurePosixPath(name).suffix.lower() not in FORMATS:
        return None
    return fit_name(name)


def check_name(name: str) -> str:
    """A name that a user gives a file; returned when it is one.

    Raises:
        InvalidInput: It is a path, hidden, or no name on some system.
    """
    if fit_name(name) != name:
        raise InvalidInput(f"{name[:100]!r} can't be the name of a model file.", hint=f"Such as {fit_name(name)!r}.")
    return name


def check_path(path: str) -> str:
    """A path below a repository as it may be written here; returned when it is one.

    Raises:
        InvalidInput: Part of it is no name on some system, or leads elsewhere.
    """
    for part in path.split("/"):
        if not part.strip(" .") or fit_name(part) != part:
            raise InvalidInput(f"The repository has a file called {path[:200]!r}, which is not written here.")
    return path
