"""Where `safelight generate` writes, checked before anything is drawn."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from safelight.domain.errors import InvalidInput, StorageFailed
from safelight.domain.request import GenerationRequest, OutputFormat

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


def plan_targets(output: Path, request: GenerationRequest) -> list[Path] | None:
    """The files to write, one for each picture; None means stdout.

    A folder gets `SEED.png` and so on, or `SEED-2.png` where that is taken; a file name is taken as it is, with `-1`,
    `-2`, … before its ending when there are several.

    Raises:
        InvalidInput: Several pictures can't go to stdout.
        StorageFailed: The folder can't be written to; for a file: it is not there.
    """
    count = request.batch.count
    if str(output) == "-":
        if count > 1:
            raise InvalidInput("Only one picture fits into stdout.", hint="Name a folder with -o.")
        return None
    if is_folder(output):
        folder = output
        suffix = _SUFFIX[request.output.format]
        targets = [_free(folder, str(request.sampling.seed + index), suffix) for index in range(count)]
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
