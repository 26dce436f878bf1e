"""The presets: files in folders called `presets` below the models folders, read, written, renamed and deleted."""

from __future__ import annotations

import contextlib
import json
import threading
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from safelight.catalog.downloads.landing import folder_for
from safelight.catalog.folders import type_named
from safelight.disk import sync_folder
from safelight.domain.errors import Conflict, InvalidInput, NotFound, StorageFailed
from safelight.domain.models import ModelKind
from safelight.domain.preset import NamedPreset, Preset, preset_name
from safelight.images.files import write_file

_SUFFIXES = (".json", ".yaml", ".yml")
_MOST_BYTES = 1 << 17
_MOST_CHANGES = 32


class Presets:
    """Presets of a server. Looks at the disk at every call, so call it in a thread.

    Args:
        models_dir: Where presets are written: into its folder for them.
        more_dirs: Further folders of models, whose presets are read only; a name that is there twice is the first's.
        private: Whether nothing may be written, as presets hold prompts.
    """

    def __init__(self, models_dir: Path, more_dirs: Sequence[Path] = (), *, private: bool = False) -> None:
        self._models_dir, self._more_dirs, self._private = models_dir, tuple(more_dirs), private
        self._changing = threading.Lock()
        self._before: dict[str, tuple[Path, bytes, bool]] = {}

    def list(self) -> list[NamedPreset]:
        """All presets, by name; broken ones with their problem."""
        found = []
        for name, path in self._files().items():
            with contextlib.suppress(NotFound):  # deleted since
                found.append(_read(name, path))
        return found

    def get(self, name: str) -> NamedPreset:
        """A preset. Raises NotFound."""
        return _read(*self._find(name))

    def settings(self, name: str) -> Preset:
        """What a preset says. Raises NotFound, or InvalidInput when its file can't be read as one."""
        found = self.get(name)
        if found.settings is None:
            raise InvalidInput(f"The preset {found.name!r} can't be used: {found.problem}")
        return found.settings

    def add(self, name: str, preset: Preset) -> NamedPreset:
        """Write a new preset. Raises Conflict when there is one of that name, in whatever case; InvalidInput."""
        self._refuse_if_private()
        wanted = preset_name(name)
        with self._changing:
            self._refuse_if_taken(wanted)
            self._before.pop(_folded(wanted), None)
            return self._write(wanted, preset)

    def replace(self, name: str, preset: Preset, new_name: str | None = None) -> NamedPreset:
        """Write a preset anew, or under another name. Raises NotFound, Conflict, InvalidInput."""
        self._refuse_if_private()
        with self._changing:
            known, old = self._own(name)
            wanted = known if new_name is None else preset_name(new_name)
            if _folded(wanted) != _folded(known):
                self._refuse_if_taken(wanted)
            self._remember(wanted, old, deleted=False)
            written = self._write(wanted, preset)
            with contextlib.suppress(FileNotFoundError):  # somebody else deleted it
                if not old.samefile(self._place(wanted)):
                    _remove(old)
        return written

    def delete(self, name: str) -> None:
        """Delete a preset. Raises NotFound, Conflict."""
        self._refuse_if_private()
        with self._changing:
            known, path = self._own(name)
            self._remember(known, path, deleted=True)
            _remove(path)

    def restore(self, name: str) -> NamedPreset:
        """Take the last replacement or deletion back: the file is as it was, to the byte. Raises NotFound, Conflict."""
        self._refuse_if_private()
        with self._changing:
            if _folded(name) not in self._before:
                raise NotFound(
                    f"Of the preset {name[:80]!r} nothing can be taken back.",
                    hint="A server remembers the last changes until it ends.",
                )
            path, content, deleted = self._before[_folded(name)]
            now = next((one for known, one in self._files().items() if _folded(known) == _folded(name)), None)
            if deleted or _folded(path.stem) != _folded(name):
                self._refuse_if_taken(path.stem)
            write_file(path, content)
            with contextlib.suppress(FileNotFoundError):  # somebody else deleted it
                if now is not None and not now.samefile(path):
                    _remove(now)
            del self._before[_folded(name)]
        return _read(unicodedata.normalize("NFC", path.stem), path)

    def _remember(self, name: str, path: Path, *, deleted: bool) -> None:
        """Keep what a file says, to have it back: comments and mistakes too."""
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise Conflict(f"{path.name} is too large for a preset and is left alone.", hint="Delete it by hand.")
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise no_preset(name) from error
        except OSError as error:
            raise StorageFailed(f"{path.name} can't be read: {error.strerror or error}.") from error
        self._before.pop(_folded(name), None)
        while len(self._before) >= _MOST_CHANGES:
            del self._before[next(iter(self._before))]
        self._before[_folded(name)] = (path, content, deleted)

    def _files(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        known: set[str] = set()
        for root in (self._models_dir, *self._more_dirs):
            for path in _inside(root):
                if _folded(path.stem) not in known:
                    known.add(_folded(path.stem))
                    found[unicodedata.normalize("NFC", path.stem)] = path
        return dict(sorted(found.items(), key=lambda one: one[0].casefold()))

    def _find(self, name: str) -> tuple[str, Path]:
        files = self._files()
        for known, path in files.items():
            if _folded(known) == _folded(name):
                return known, path
        raise no_preset(name)

    def _own(self, name: str) -> tuple[str, Path]:
        """One that may be changed."""
        known, path = self._find(name)
        if self._models_dir not in path.parents:
            raise Conflict(
                f"The preset {known!r} lies in a folder that is only read.", hint="Save it under another name."
            )
        return known, path

    def _refuse_if_private(self) -> None:
        if self._private:
            raise Conflict("A private server writes no presets: they hold prompts.", hint="Start it without --private.")

    def _refuse_if_taken(self, name: str) -> None:
        if any(_folded(known) == _folded(name) for known in self._files()):
            raise Conflict(f"There is a preset {name!r} already.", hint="Replace it, or choose another name.")

    def _place(self, name: str) -> Path:
        return folder_for(self._models_dir, ModelKind.PRESETS) / f"{name}.json"

    def _write(self, name: str, preset: Preset) -> NamedPreset:
        said = preset.model_dump(mode="json", exclude_none=True)
        path = self._place(name)
        write_file(path, json.dumps(said, indent=2, ensure_ascii=False).encode() + b"\n")
        return _read(name, path)


def _inside(root: Path) -> list[Path]:
    """Files of presets directly in the folders for them, of a name as `.json` first."""
    try:
        folders = [entry for entry in sorted(root.iterdir()) if entry.is_dir() and _is_for_presets(entry)]
        files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    except OSError:  # not there, or not readable
        return []
    known = [path for path in files if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")]
    return sorted(known, key=lambda path: (path.stem, _SUFFIXES.index(path.suffix.lower())))


def _is_for_presets(folder: Path) -> bool:
    known = type_named(folder.name)
    return known is not None and known.kind is ModelKind.PRESETS


def _read(name: str, path: Path) -> NamedPreset:
    settings, problem = None, None
    try:
        facts = path.stat()
    except OSError as error:
        raise no_preset(name) from error
    try:
        if facts.st_size > _MOST_BYTES:
            raise InvalidInput(f"It has more than {_MOST_BYTES // 1024} KiB.")
        settings = Preset.model_validate(_parsed(path))
    except OSError as error:
        problem = f"It can't be read: {error.strerror or error}."
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        problem = f"{where}: {first['msg']}."
    except InvalidInput as error:
        problem = error.message
    return NamedPreset(
        name=name, settings=settings, problem=problem, changed=datetime.fromtimestamp(facts.st_mtime, UTC)
    )


def _folded(name: str) -> str:
    """Names that are the same to people, and to some disks, are the same: in case, and in how letters are composed."""
    return unicodedata.normalize("NFC", name).casefold()


def no_preset(name: str) -> NotFound:
    """The error for a preset that there is not."""
    return NotFound(f"There is no preset {name[:80]!r}.")


def _parsed(path: Path) -> Any:
    """What a file says. YAML without aliases, of which a few lines could mean gigabytes."""
    try:
        text = path.read_bytes().decode()
        if path.suffix.lower() == ".json":
            return json.loads(text)
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise InvalidInput("It has YAML aliases, which presets have no use for.")
        return yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidInput(f"It is no {path.suffix[1:].upper()}: {str(error).splitlines()[0]}.") from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageFailed(f"{path.name} could not be deleted: {error.strerror or error}.") from error
