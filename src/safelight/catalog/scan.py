"""Where models lie: walks folders and says of every model its place, without opening a file.

Links are followed: who puts one into a models folder says that what it leads to belongs there. Requests name models by
what a scan found, so they reach nothing else.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from safelight.catalog.diffusers_folder import INDEX
from safelight.catalog.folders import FORMATS, TEXTS, FolderType, folder_type, type_named
from safelight.catalog.shards import SHARD_INDEX

MAX_DEPTH = 8
_DEPTH_IN_REPOSITORY = 3

_SHARD = re.compile(r"(?P<stem>.+?)(\.\w+)?-\d{5}-of-\d{5}(\.\w+)?\.safetensors", re.IGNORECASE)
NAMELESS = frozenset({"model", "diffusion_pytorch_model", "pytorch_model"})
"""Stems that libraries give every file; the folder's name says more."""

_REPO = "models--"


class Source(StrEnum):
    """Who put models where they are."""

    EMBEDDED = "embedded"
    MODELS = "models"
    HUGGINGFACE = "huggingface"


class Layout(StrEnum):
    """How a model lies on the disk."""

    FILE = "file"
    FOLDER = "folder"
    SHARDS = "shards"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Root:
    """A folder in which models are looked for; it need not exist."""

    path: Path
    source: Source
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """A model's place.

    Attributes:
        path: File, folder, or index of shards.
        place: Below its root, with slashes; in the Hugging Face cache `org/repo` or `org/repo/file`.
        name: What people call it: the file's stem, or the folder's name.
        type: What the folder that it lies in is for.
    """

    path: Path
    root: Root
    place: str
    name: str
    layout: Layout
    type: FolderType | None = None

    def names(self) -> set[str]:
        """Everything it may be called: its names with and without folders and suffix."""
        names = {self.name, self.path.name, self.place, f"{self.root.name}/{self.place}"}
        if self.layout is Layout.FILE:
            names.add(self.place.removesuffix(self.path.suffix))
        if os.sep != "/":
            names |= {name.replace("/", os.sep) for name in names}
        return names


def find(roots: tuple[Root, ...], depth: int = MAX_DEPTH) -> Iterator[Found]:
    """Models below `roots`, in the order of the roots and then of their paths; hidden files are left out.

    Args:
        roots: Where to look.
        depth: How many folders deep.
    """
    seen: set[tuple[int, int]] = set()
    for root in roots:
        if root.source is Source.HUGGINGFACE:
            yield from _find_cached(root, seen)
        else:
            yield from _walk(root, root.path, "", seen, depth)


def lone(path: Path) -> Found:
    """A model outside every root, by its path."""
    root = Root(path.parent, Source.MODELS, path.parent.name)
    shards = SHARD_INDEX.fullmatch(path.name)
    if os.path.isdir(path):
        return Found(path, root, path.name, path.resolve().name, Layout.FOLDER)
    return Found(
        path,
        root,
        path.name,
        _shards_name(shards["stem"], path) if shards else short_name(path.name),
        Layout.SHARDS if shards else Layout.FILE,
        type_named(path.parent.name),
    )


def short_name(name: str) -> str:
    """A file's name without the suffix of a model, or a folder's name."""
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in FORMATS else name


def stamp_of(found: Found) -> str | None:
    """What changes when a model's files do (times of change, sizes, inodes), or None when it is gone."""
    try:
        if found.layout in {Layout.FILE, Layout.TEXT}:
            return _stamp(os.stat(found.path))
        folder = found.path if found.layout is Layout.FOLDER else found.path.parent
        lines = sorted(_stamps_in(folder, 2 if found.layout is Layout.FOLDER else 0))
        return hashlib.sha1("\n".join(lines).encode(), usedforsecurity=False).hexdigest()
    except OSError:
        return None


def _stamp(facts: os.stat_result) -> str:
    return f"{facts.st_mtime_ns}.{facts.st_size}.{facts.st_ino}"


def _stamps_in(folder: Path, depth: int) -> Iterator[str]:
    for name in os.listdir(folder):
        path = folder / name
        try:
            if not os.path.isdir(path):
                yield f"{name} {_stamp(os.stat(path))}"
            elif depth:
                for line in _stamps_in(path, depth - 1):
                    yield f"{name}/{line}"
        except OSError:  # a link to nothing: that, too, is what it is
            yield f"{name} gone"


def _walk(root: Root, folder: Path, place: str, seen: set[tuple[int, int]], depth: int) -> Iterator[Found]:
    """Models in `folder`, which lies at `place` below `root`, and in folders of it down to `depth` further ones."""
    if not _is_new(folder, seen):
        return
    files, folders = _entries(folder)
    indexes = [(name, found["stem"]) for name in files if (found := SHARD_INDEX.fullmatch(name))]
    sharded = {stem for _, stem in indexes}
    kind = folder_type(PurePosixPath(place, "x")) if place else type_named(folder.name)
    for name in sorted(files + folders):
        here = f"{place}/{name}" if place else name
        path = folder / name
        suffix = os.path.splitext(name)[1].lower()
        if name in folders:
            if os.path.isfile(path / INDEX):
                yield Found(path, root, here, name, Layout.FOLDER, kind)
            elif depth:
                yield from _walk(root, path, here, seen, depth - 1)
        elif suffix in FORMATS:
            shard = _SHARD.fullmatch(name)
            if not (shard and shard["stem"] in sharded):
                yield Found(path, root, here, os.path.splitext(name)[0], Layout.FILE, kind)
        elif SHARD_INDEX.fullmatch(name):
            stem = next(stem for index, stem in indexes if index == name)
            yield Found(path, root, here, _shards_name(stem, path), Layout.SHARDS, kind)
        elif kind and kind.kind in TEXTS and suffix in kind.suffixes:
            yield Found(path, root, here, name, Layout.TEXT, kind)


def _shards_name(stem: str, path: Path) -> str:
    return path.parent.name if stem.partition(".")[0] in NAMELESS else stem


def _is_new(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether a folder was not walked before: links may lead in circles, and roots may lie in one another."""
    try:
        facts = os.stat(folder)
    except OSError:
        return False
    before = len(seen)
    seen.add((facts.st_dev, facts.st_ino))
    return len(seen) > before


def _entries(folder: Path) -> tuple[list[str], list[str]]:
    """Names of files and of folders that are not hidden; none of a folder that can't be read."""
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    (folders if _is_folder(entry) else files).append(entry.name)
    except OSError:
        pass  # what could be read before is what there is
    return files, folders


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False


def _find_cached(root: Root, seen: set[tuple[int, int]]) -> Iterator[Found]:
    """Models in the Hugging Face cache, of each repository the revision that `refs/main` names, or the newest.

    Layout: https://huggingface.co/docs/hub/local-cache (`models--org--repo/{refs,snapshots,blobs}`; what lies in a
    snapshot are links into `blobs`).
    """
    for name in sorted(_entries(root.path)[1]):
        snapshot = _snapshot(root.path / name) if name.startswith(_REPO) else None
        if snapshot is None:
            continue
        repo = name.removeprefix(_REPO).replace("--", "/")
        if os.path.isfile(snapshot / INDEX):
            yield Found(snapshot, root, repo, repo, Layout.FOLDER)
            continue
        for found in _walk(root, snapshot, "", seen, _DEPTH_IN_REPOSITORY):
            place = f"{repo}/{found.place}"
            yield Found(found.path, root, place, place, found.layout, found.type)


def _snapshot(repository: Path) -> Path | None:
    try:
        revision = (repository / "refs" / "main").read_text("utf-8").strip()
    except (OSError, ValueError):
        revision = ""
    if revision and re.fullmatch(r"[0-9a-fA-F]{1,64}", revision) and (repository / "snapshots" / revision).is_dir():
        return repository / "snapshots" / revision
    snapshots = [repository / "snapshots" / name for name in _entries(repository / "snapshots")[1]]
    return max(snapshots, key=_changed, default=None)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # it went meanwhile
        return 0.0
