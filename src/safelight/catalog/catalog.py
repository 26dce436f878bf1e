"""The models on this machine: the one that comes with Safelight, and what lies in the user's models folder."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from safelight.catalog.diffusers_folder import is_diffusers_folder
from safelight.catalog.headers.header import shown
from safelight.catalog.inspection import inspect
from safelight.domain.errors import InvalidInput, NotFound, SafelightError
from safelight.domain.models import ModelFormat, ModelInfo, ModelKind

_FORMATS = {
    ".safetensors": ModelFormat.SAFETENSORS,
    ".gguf": ModelFormat.GGUF,
    ".ckpt": ModelFormat.CKPT,
    ".pt": ModelFormat.CKPT,
    ".pth": ModelFormat.CKPT,
    ".bin": ModelFormat.CKPT,
}
_MAX_DEPTH = 8

Names = list[tuple[str, Path]]
"""Ids of models and where they are."""


class Catalog:
    """Finds models by name.

    Args:
        models_dir: The user's folder; sub-folders are searched too, it need not exist.
        embedded_dir: Folder whose sub-folders are the models that come with Safelight.
    """

    def __init__(self, models_dir: Path, embedded_dir: Path) -> None:
        self.models_dir = models_dir
        self.embedded_dir = embedded_dir

    def list(self) -> list[ModelInfo]:
        """All models, embedded ones first, then by name; broken ones with `problem` set.

        An id is the file's stem or the folder's name, and the path below the models folder where these are ambiguous.
        """
        return [_look(path, name) for name, path in self._named()]

    def inspect(self, path: Path) -> ModelInfo:
        """What is at `path`; see `inspection.inspect` for the errors."""
        return inspect(path)

    def resolve(self, name_or_path: str, *, paths: bool = True) -> ModelInfo:
        """The model called `name_or_path`: an id, a file name, a path below the models folder, or any path.

        Args:
            name_or_path: What the user said.
            paths: Whether paths outside the catalog are allowed; a server passes False.

        Raises:
            NotFound: There is no such model; the message names the nearest.
            InvalidInput: Several models have this name, or the model is one that can't be read (as `inspect`).
        """
        named = self._named()
        for name, path in named:
            if name == name_or_path:
                return inspect(path).model_copy(update={"id": name})
        matches = [(name, path) for name, path in named if name_or_path in self._other_names(path)]
        if len(matches) > 1:
            raise InvalidInput(
                f'Several models are called "{shown(name_or_path)}".',
                hint=f"Say which: {', '.join(shown(name) for name, _ in matches)}.",
            )
        if matches:
            name, path = matches[0]
            return inspect(path).model_copy(update={"id": name})
        if paths and name_or_path and "\0" not in name_or_path:
            path = Path(os.path.expanduser(name_or_path))  # leaves an unknown ~user as it is
            if os.path.lexists(path):
                return inspect(path)
        raise self._unknown(name_or_path, tuple(name for name, _ in named), paths=paths)

    def _unknown(self, asked: str, names: tuple[str, ...], *, paths: bool) -> NotFound:
        by_folded = {name.casefold(): name for name in reversed(names)}
        near = difflib.get_close_matches(asked[:200].casefold(), by_folded, n=3, cutoff=0.5)
        meant = f"Did you mean {' or '.join(shown(by_folded[name]) for name in near)}? " if near else ""
        where = f"Models are looked for in {self.models_dir}; `safelight models list` shows them." if paths else ""
        return NotFound(
            f'There is no model called "{shown(asked, 200)}".',
            hint=f"{meant}{where}".strip() or None,
        )

    def _named(self) -> Names:
        """Unique name and path of every model."""
        embedded = [(path.name, path) for path in _find(self.embedded_dir)]
        taken = {name for name, _ in embedded}
        relative = {path: path.relative_to(self.models_dir).as_posix() for path in _find(self.models_dir)}
        counts = Counter(_short_name(path) for path in relative)
        taken.update(place for path, place in relative.items() if place != _short_name(path))
        mine = []
        for path, place in relative.items():
            short = _short_name(path)
            mine.append((short if counts[short] == 1 and short not in taken else place, path))
        return embedded + sorted(mine, key=lambda pair: pair[0].casefold())

    def _other_names(self, path: Path) -> set[str]:
        """What a model may be called besides its id: its names with and without folders and suffix."""
        root = self.models_dir if path.is_relative_to(self.models_dir) else self.embedded_dir
        relative = path.relative_to(root)
        names = {_short_name(path), path.name, relative.as_posix(), str(relative)}
        if path.suffix.lower() in _FORMATS:
            names |= {relative.with_suffix("").as_posix(), str(relative.with_suffix(""))}
        return names


def _short_name(path: Path) -> str:
    return path.stem if path.suffix.lower() in _FORMATS else path.name


def _find(root: Path) -> Iterator[Path]:
    """Model files and diffusers folders below `root`, in order of their paths; hidden ones are left out."""
    yield from _walk(root, 0, set())


def _walk(folder: Path, depth: int, seen: set[Path]) -> Iterator[Path]:
    try:
        real = folder.resolve()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (OSError, RuntimeError):  # not there, not readable, or a loop of links
        return
    if real in seen:
        return
    seen.add(real)
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if os.path.isdir(path):
            if is_diffusers_folder(path):
                yield path
            elif depth < _MAX_DEPTH:
                yield from _walk(path, depth + 1, seen)
        elif path.suffix.lower() in _FORMATS:
            yield path


def _look(path: Path, name: str) -> ModelInfo:
    """What `path` holds; what is wrong with it becomes its `problem`."""
    try:
        return inspect(path).model_copy(update={"id": name})
    except SafelightError as error:
        return ModelInfo(
            id=name,
            path=path,
            kind=ModelKind.UNKNOWN,
            format=_FORMATS.get(path.suffix.lower(), ModelFormat.DIFFUSERS),
            architecture=None,
            bytes=path.stat().st_size if os.path.isfile(path) else 0,
            modes=frozenset(),
            problem=str(error),
        )
