"""Where `safelight generate` writes, checked before anything is drawn, and what it says of it."""

from __future__ import annotations

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

from safelight.domain.errors import InvalidInput, StorageFailed
from safelight.domain.events import Artifact
from safelight.domain.request import OutputFormat
from safelight.images.files import write_file

_ENDINGS = {
    ".png": OutputFormat.PNG,
    ".jpg": OutputFormat.JPEG,
    ".jpeg": OutputFormat.JPEG,
    ".webp": OutputFormat.WEBP,
}
_SUFFIX = {OutputFormat.PNG: ".png", OutputFormat.JPEG: ".jpg", OutputFormat.WEBP: ".webp"}


def output_format_of(given: str | None, output: Path) -> OutputFormat:
    """The format that was named, or the one that the file's ending asks for.

    Raises:
        InvalidInput: Neither is a format that can be written.
    """
    ending = f".{given.lower()}" if given else output.suffix.lower()
    if given or (ending and not is_folder(output)):
        if ending not in _ENDINGS:
            raise InvalidInput(f"Pictures can't be written as {ending!r}.", hint="Use .png, .jpg or .webp.")
        return _ENDINGS[ending]
    return OutputFormat.PNG


def is_folder(output: Path) -> bool:
    """Whether `-o` names a folder: one that is there, or a name without an ending."""
    return output.is_dir() or not output.suffix


def plan_targets(output: Path, *, count: int, seed: int, format_: OutputFormat) -> list[Path] | None:
    """The files to write, one for each picture; None means stdout.

    A folder gets `SEED.png` and so on, or `SEED-2.png` where that is taken; a file name is taken as it is, with `-1`,
    `-2`, … before its ending when there are several.

    Args:
        output: As the user named it.
        count: Number of pictures.
        seed: Of the first; each has the one after the last.
        format_: What they are written as.

    Raises:
        InvalidInput: Several pictures can't go to stdout.
        StorageFailed: The folder can't be written to; for a file: it is not there.
    """
    if str(output) == "-":
        if count > 1:
            raise InvalidInput("Only one picture fits into stdout.", hint="Name a folder with -o.")
        return None
    if is_folder(output):
        folder = output
        targets = [_free(folder, str(seed + index), _SUFFIX[format_]) for index in range(count)]
    else:
        folder = output.parent
        names = [output.name] if count == 1 else [f"{output.stem}-{n + 1}{output.suffix}" for n in range(count)]
        targets = [folder / name for name in names]
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise StorageFailed(f"The folder {there} can't be written to.")
    if output == folder / output.name and not folder.is_dir():
        raise StorageFailed(f"The folder {folder} is not there.", hint="Create it first.")
    return targets


def _free(folder: Path, stem: str, suffix: str) -> Path:
    """A name in `folder` that nothing has yet."""
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(path for name in names if not (path := folder / f"{name}{suffix}").exists())


class Delivery:
    """Takes finished pictures to their files, or to stdout, and says afterwards what was drawn.

    Args:
        targets: From `plan_targets`.
        quiet: Say nothing but notes.
        as_json: Say it as JSON.
    """

    def __init__(self, targets: list[Path] | None, *, quiet: bool, as_json: bool) -> None:
        self._targets, self._quiet, self._as_json = targets, quiet, as_json
        self._drawn: dict[int, dict[str, Any]] = {}
        self._notes: list[str] = []

    @property
    def is_stdout(self) -> bool:
        """Whether the picture goes to stdout, which takes it once."""
        return self._targets is None

    def keep(self, artifact: Artifact, data: bytes) -> None:
        """Write a picture; one that was drawn anew replaces the one before. Raises StorageFailed."""
        facts = artifact.model_dump(mode="json")
        if self._targets is None:
            _to_stdout(data)
        else:
            write_file(self._targets[artifact.index], data)
            facts["file"] = str(self._targets[artifact.index])
        self._drawn[artifact.index] = facts

    def note(self, sentence: str) -> None:
        """Say something afterwards."""
        self._notes.append(sentence)

    def report(self) -> None:
        """Say what was drawn, and what is to be known of it."""
        told = sys.stderr if self.is_stdout else sys.stdout
        drawn = [self._drawn[index] for index in sorted(self._drawn)]
        if self._as_json:
            print(json.dumps(drawn, indent=2), file=told)
        elif not self._quiet:
            for facts in drawn:
                print(f"{facts.get('file', 'stdout')}  seed {facts['seed']}", file=told)
        for note in [*self._notes, *sorted({note for facts in drawn for note in facts["notes"]})]:
            print(f"note: {note}", file=sys.stderr)


def _to_stdout(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StorageFailed(f"The picture could not be written to stdout: {error.strerror}.") from error
