"""The models on this machine: those that come with Safelight, and what lies in the user's folders."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path

from safelight.catalog.components import Companions, Missing, Store, complete, missing
from safelight.catalog.headers.header import shown
from safelight.catalog.naming import named
from safelight.catalog.reading import Reading, read
from safelight.catalog.readings import Readings
from safelight.catalog.scan import Found, Root, Source, find, lone
from safelight.domain.errors import InvalidInput, NotFound
from safelight.domain.models import ModelInfo, ModelKind
from safelight.settings import Settings, embedded_models, hub_cache

_ALIKE = (
    frozenset({ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL}),
    frozenset({ModelKind.VAE, ModelKind.TAESD}),
    frozenset({ModelKind.TEXT_ENCODER, ModelKind.CLIP_VISION}),
)
"""Kinds that people keep in each other's folders."""


class Catalog:
    """Finds models by name, and says what each is.

    Files are read when they are new or have changed; what was read is kept in memory, and in `cache_dir` for the next
    process. A catalog may be used from several threads.

    Args:
        models_dir: The user's folder; sub-folders are searched too, it need not exist.
        embedded_dir: Folder whose sub-folders are the models that come with Safelight.
        more_dirs: Further folders of the user's.
        hub_dir: The Hugging Face cache; what is recognised in it is listed by its repository.
        cache_dir: Where to keep what was read; None keeps it in memory only.
    """

    def __init__(
        self,
        models_dir: Path,
        embedded_dir: Path,
        *,
        more_dirs: Sequence[Path] = (),
        hub_dir: Path | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        self.models_dir = models_dir
        self.embedded_dir = embedded_dir
        self.roots = (
            Root(embedded_dir, Source.EMBEDDED, "embedded"),
            Root(models_dir, Source.MODELS, "models"),
            *(Root(folder, Source.MODELS, f"models{number}") for number, folder in enumerate(more_dirs, 2)),
            *((Root(hub_dir, Source.HUGGINGFACE, "huggingface"),) if hub_dir else ()),
        )
        self._readings = Readings(cache_dir)
        self._places: dict[Path, Found] = {}

    def list(self) -> list[ModelInfo]:
        """All models, embedded ones first, then by name; those that can't be run with `problem` set.

        An id is the file's stem or the folder's name, and the path below the models folder where these are ambiguous.
        """
        ids = named(find(self.roots))
        readings = self._readings.of(ids.values())
        self._readings.keep_only(readings, [root.path for root in self.roots])
        self._places = {found.path: found for found in ids.values()}
        store = Store((found, readings[found.path]) for found in ids.values())
        listed = []
        for name, found in ids.items():
            reading = readings[found.path]
            if found.root.source is not Source.HUGGINGFACE or reading.model.kind is not ModelKind.UNKNOWN:
                model = _titled(name, found, reading)
                listed.append(complete(model, reading, store.companions_of(found, reading)))
        return listed

    def inspect(self, path: Path) -> ModelInfo:
        """What is at `path`, with the companions that the catalog has for it.

        Raises:
            NotFound, CorruptFile, UnsupportedModel, InvalidInput: As `inspection.inspect`.
        """
        found = lone(path)
        return self._complete(found.name, found)

    def resolve(self, name_or_path: str, *, paths: bool = True) -> ModelInfo:
        """The model called `name_or_path`: an id, a file name, a path below the models folder, or any path.

        Args:
            name_or_path: What the user said.
            paths: Whether paths outside the catalog are allowed; a server passes False.

        Raises:
            NotFound: There is no such model; the message names the nearest.
            InvalidInput: Several models have this name, or the model is one that can't be read (as `inspect`).
        """
        embedded = named(find(self.roots[:1]))
        if name_or_path in embedded:
            return self._complete(name_or_path, embedded[name_or_path])
        ids = named(find(self.roots))
        if name_or_path in ids:
            return self._complete(name_or_path, ids[name_or_path])
        matches = [(name, found) for name, found in ids.items() if name_or_path in found.names()]
        if len(matches) > 1:
            raise InvalidInput(
                f'Several models are called "{shown(name_or_path)}".',
                hint=f"Say which: {', '.join(shown(name) for name, _ in matches)}.",
            )
        if matches:
            return self._complete(*matches[0])
        if paths and name_or_path and "\0" not in name_or_path:
            path = Path(os.path.expanduser(name_or_path))  # leaves an unknown ~user as it is
            if os.path.lexists(path):
                return self.inspect(path)
        raise self._unknown(name_or_path, tuple(ids), paths=paths)

    def missing(self, model: ModelInfo) -> tuple[Missing, ...]:
        """Companions that a model of this catalog lacks, and where to get them."""
        lacking = [component.role for component in model.components if component.path is None]
        if not lacking:
            return ()
        found = self.place_of(model)
        needs = self._readings.of((found,))[found.path].needs
        return tuple(missing(need, model.architecture) for need in needs if need.role in lacking)

    def read_again(self, model: ModelInfo) -> None:
        """Read a model's header whatever is known of it.

        Raises:
            NotFound, CorruptFile, UnsupportedModel, InvalidInput: As `inspection.inspect`.
        """
        _read(self.place_of(model))

    def place_of(self, model: ModelInfo) -> Found:
        """Where a model lies."""
        return self._places.get(model.path) or lone(model.path)

    def name_of(self, path: Path) -> str:
        """What to call a file to people who need not know where the machine keeps it: its place below its folder."""
        found = self._places.get(path)
        return found.place if found else path.name

    def _complete(self, name: str, found: Found) -> ModelInfo:
        self._places[found.path] = found
        reading = self._reading(found)
        return complete(_titled(name, found, reading), reading, self._companions(found, reading))

    def _companions(self, found: Found, reading: Reading) -> Companions:
        """What it has and lacks, with what lies beside it if it is outside of the catalog."""
        if not reading.needs:
            return Companions()
        others, listed = list(find(self.roots)), found.root in self.roots
        if not listed:
            others += find((found.root,), depth=0)
        self._places |= {other.path: other for other in others}
        readings = self._readings.of(others)
        return Store((other, readings[other.path]) for other in others).companions_of(found, reading, listed=listed)

    def _reading(self, found: Found) -> Reading:
        """What was read of one model; raises what reading it raises."""
        reading = self._readings.of((found,))[found.path]
        return _read(found) if reading.error else reading

    def _unknown(self, asked: str, names: tuple[str, ...], *, paths: bool) -> NotFound:
        by_folded = {name.casefold(): name for name in reversed(names)}
        near = difflib.get_close_matches(asked[:200].casefold(), by_folded, n=3, cutoff=0.5)
        meant = f"Did you mean {' or '.join(shown(by_folded[name]) for name in near)}? " if near else ""
        where = f"Models are looked for in {self.models_dir}; `safelight models list` shows them." if paths else ""
        return NotFound(
            f'There is no model called "{shown(asked, 200)}".',
            hint=f"{meant}{where}".strip() or None,
        )


def open_catalog(settings: Settings) -> Catalog:
    """The catalog that the settings describe."""
    return Catalog(
        settings.models_dir,
        embedded_models(),
        more_dirs=settings.more_models_dirs,
        hub_dir=hub_cache() if settings.huggingface_cache else None,
        cache_dir=settings.cache_dir,
    )


def _read(found: Found) -> Reading:
    return read(found.path, found.layout, found.type.kind if found.type else ModelKind.UNKNOWN)


def _titled(name: str, found: Found, reading: Reading) -> ModelInfo:
    """What was read, under its name and with what its folder says."""
    kind, type_ = reading.model.kind, found.type
    evidence = reading.model.evidence
    if type_ and type_.kind is not kind and not any({kind, type_.kind} <= alike for alike in _ALIKE):
        evidence += (f"It lies in a folder for files of type {type_.name}, which what it holds does not bear out.",)
    return reading.model.model_copy(update={"id": name, "evidence": evidence})
