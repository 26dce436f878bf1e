"""Keeps finished pictures, and those that requests bring along, on the disk or in memory only."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from safelight.disk import sync_folder
from safelight.domain.errors import NotFound, StorageFailed
from safelight.domain.events import Artifact
from safelight.domain.request import OutputFormat
from safelight.images.folder import Folder, no_picture
from safelight.images.thumbnails import ThumbnailMemory, check_size, make_thumbnail

_SUFFIXES = {OutputFormat.PNG: "png", OutputFormat.JPEG: "jpg", OutputFormat.WEBP: "webp"}

_JOB = re.compile(r"[0-9a-z_-]{1,64}")
_NAME = re.compile(r"[0-9]{4,9}\.(png|jpg|webp)")
_SHA256 = re.compile(r"[0-9a-f]{64}")

_THUMBS = ".thumbs"
_THUMBNAILS_AT_ONCE = 2


def picture_name(artifact: Artifact) -> str:
    """File name of a picture: derived from its place in the job alone, so that a repeated attempt replaces it."""
    return f"{artifact.index:04d}.{_SUFFIXES[artifact.format]}"


class ImageStore(Protocol):
    """Where pictures are kept.

    `job` is a job's id and `created` its time of creation (without a zone: UTC). Names that can't be of this store,
    whatever they hold, are names of nothing: NotFound.
    """

    async def tidy(self) -> int:
        """Remove what a crash left half written, before the first write; returns how many files."""
        ...

    async def save(self, job: str, created: datetime, artifact: Artifact, data: bytes) -> str:
        """Keep a picture durably and return its file name; StorageFailed leaves nothing partial."""
        ...

    async def read(self, job: str, created: datetime, name: str) -> bytes:
        """A picture's file; NotFound."""
        ...

    async def path(self, job: str, created: datetime, name: str) -> Path | None:
        """Where a picture's file is, or None when it is in memory only; NotFound."""
        ...

    async def thumbnail(self, job: str, created: datetime, name: str, size: int) -> bytes:
        """A picture as WebP, its longest side at most `size` (16 to 1024, or InvalidInput); NotFound."""
        ...

    async def delete(self, job: str, created: datetime) -> None:
        """Remove all pictures and thumbnails of a job; no error if there are none."""
        ...

    async def delete_one(self, job: str, created: datetime, name: str) -> None:
        """Remove one picture and its thumbnails; no error if it is not there."""
        ...

    async def keep_input(self, sha256: str, data: bytes) -> None:
        """Keep a picture that came with a request, durably, until it is dropped."""
        ...

    async def read_input(self, sha256: str) -> bytes:
        """A picture that came with a request; NotFound."""
        ...

    async def drop_inputs(self, keep: Collection[str]) -> int:
        """Remove inputs that are not in `keep` and return how many.

        The caller sees to it that no input is kept meanwhile for a job that `keep` does not know of yet.
        """
        ...


class DiskImageStore:
    """An `ImageStore` in a folder: `images/YYYY/MM/DD/<job>/<name>` and `inputs/<sha256>`.

    Args:
        root: The folder; made when first needed. `images` and `inputs` in it may be links, nothing below them.
    """

    def __init__(self, root: Path) -> None:
        self._images = Folder(root / "images")
        self._inputs = Folder(root / "inputs")
        self._drawing = asyncio.Semaphore(_THUMBNAILS_AT_ONCE)

    async def tidy(self) -> int:
        """See `ImageStore`. Temporary files all lie in two folders, so this takes no longer with many pictures."""
        return await asyncio.to_thread(lambda: self._images.tidy() + self._inputs.tidy())

    async def save(self, job: str, created: datetime, artifact: Artifact, data: bytes) -> str:
        """See `ImageStore`."""
        name = picture_name(artifact)
        await asyncio.to_thread(self._images.write, self._folder(job, created) / name, data)
        return name

    async def read(self, job: str, created: datetime, name: str) -> bytes:
        """See `ImageStore`."""
        return await asyncio.to_thread(self._images.read, self._place(job, created, name))

    async def path(self, job: str, created: datetime, name: str) -> Path | None:
        """See `ImageStore`."""
        place = self._place(job, created, name)
        if not await asyncio.to_thread(self._images.has, place):
            raise no_picture(name)
        return place

    async def thumbnail(self, job: str, created: datetime, name: str, size: int) -> bytes:
        """See `ImageStore`."""
        check_size(size)
        place = self._place(job, created, name)
        async with self._drawing:
            return await asyncio.to_thread(self._thumbnail, place, size)

    async def delete(self, job: str, created: datetime) -> None:
        """See `ImageStore`."""
        await asyncio.to_thread(self._images.remove, self._folder(job, created))

    async def delete_one(self, job: str, created: datetime, name: str) -> None:
        """See `ImageStore`."""
        await asyncio.to_thread(self._delete_one, self._place(job, created, name))

    async def keep_input(self, sha256: str, data: bytes) -> None:
        """See `ImageStore`."""
        await asyncio.to_thread(self._keep_input, self._input(sha256), data)

    async def read_input(self, sha256: str) -> bytes:
        """See `ImageStore`."""
        return await asyncio.to_thread(self._inputs.read, self._input(sha256))

    async def drop_inputs(self, keep: Collection[str]) -> int:
        """See `ImageStore`."""
        return await asyncio.to_thread(self._drop_inputs, frozenset(keep))

    def _folder(self, job: str, created: datetime) -> Path:
        day = created.astimezone(UTC) if created.tzinfo else created
        return self._images.root / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}" / _valid(_JOB, job)

    def _place(self, job: str, created: datetime, name: str) -> Path:
        return self._folder(job, created) / _valid(_NAME, name)

    def _input(self, sha256: str) -> Path:
        return self._inputs.root / _valid(_SHA256, sha256)

    def _thumbnail(self, place: Path, size: int) -> bytes:
        """The cached thumbnail or a new one. Its name tells the file it was made of: a replaced picture has another."""
        try:
            picture = place.stat()
        except OSError as error:
            raise no_picture(place.name) from error
        cached = place.parent / _THUMBS / f"{place.name}.{size}.{picture.st_mtime_ns:x}-{picture.st_ino:x}.webp"
        with contextlib.suppress(NotFound):
            return self._images.read(cached)
        made = make_thumbnail(self._images.read(place), size)
        with contextlib.suppress(StorageFailed):  # full disk, or the job was deleted meanwhile: it is only a cache
            self._images.write(cached, made, parents=False)
        return made

    def _delete_one(self, place: Path) -> None:
        try:
            for cached in (place.parent / _THUMBS).glob(f"{place.name}.*"):
                cached.unlink(missing_ok=True)
            place.unlink(missing_ok=True)
            if place.parent.is_dir():
                sync_folder(place.parent)
        except OSError as error:
            raise StorageFailed(f"{place} could not be deleted: {error.strerror or error}.") from error

    def _keep_input(self, place: Path, data: bytes) -> None:
        if self._inputs.has(place):
            with contextlib.suppress(OSError):  # written again then, which says what is wrong
                sync_folder(self._inputs.root)  # whoever wrote it may not have come to that yet
                return
        self._inputs.write(place, data)

    def _drop_inputs(self, keep: frozenset[str]) -> int:
        dropped = 0
        try:
            for name in os.listdir(self._inputs.root):
                place = self._inputs.root / name
                if _SHA256.fullmatch(name) and name not in keep:
                    place.unlink()
                    dropped += 1
        except FileNotFoundError:  # nothing was ever kept
            return dropped
        except OSError as error:
            raise StorageFailed(f"{self._inputs.root} could not be cleared: {error.strerror or error}.") from error
        return dropped


class MemoryImageStore:
    """An `ImageStore` that never touches the disk, for private mode: what it holds ends with the process."""

    def __init__(self) -> None:
        self._pictures: dict[str, dict[str, bytes]] = {}
        self._inputs: dict[str, bytes] = {}
        self._thumbnails = ThumbnailMemory()
        self._drawing = asyncio.Semaphore(_THUMBNAILS_AT_ONCE)

    async def tidy(self) -> int:
        """See `ImageStore`."""
        return 0

    async def save(self, job: str, created: datetime, artifact: Artifact, data: bytes) -> str:
        """See `ImageStore`."""
        name = picture_name(artifact)
        self._pictures.setdefault(_valid(_JOB, job), {})[name] = data
        return name

    async def read(self, job: str, created: datetime, name: str) -> bytes:
        """See `ImageStore`."""
        try:
            return self._pictures[job][name]
        except KeyError as error:
            raise no_picture(name) from error

    async def path(self, job: str, created: datetime, name: str) -> Path | None:
        """See `ImageStore`."""
        await self.read(job, created, name)
        return None

    async def thumbnail(self, job: str, created: datetime, name: str, size: int) -> bytes:
        """See `ImageStore`."""
        check_size(size)
        async with self._drawing:
            picture = await self.read(job, created, name)
            made = self._thumbnails.get(job, name, size, picture)
            if made is None:
                made = await asyncio.to_thread(make_thumbnail, picture, size)
                if self._pictures.get(job, {}).get(name) is picture:  # neither deleted nor replaced meanwhile
                    self._thumbnails.put(job, name, size, picture, made)
            return made

    async def delete(self, job: str, created: datetime) -> None:
        """See `ImageStore`."""
        self._pictures.pop(_valid(_JOB, job), None)
        self._thumbnails.forget(job)

    async def delete_one(self, job: str, created: datetime, name: str) -> None:
        """See `ImageStore`."""
        self._pictures.get(_valid(_JOB, job), {}).pop(_valid(_NAME, name), None)
        self._thumbnails.forget(job)

    async def keep_input(self, sha256: str, data: bytes) -> None:
        """See `ImageStore`."""
        self._inputs[_valid(_SHA256, sha256)] = data

    async def read_input(self, sha256: str) -> bytes:
        """See `ImageStore`."""
        try:
            return self._inputs[sha256]
        except KeyError as error:
            raise no_picture(sha256) from error

    async def drop_inputs(self, keep: Collection[str]) -> int:
        """See `ImageStore`."""
        gone = self._inputs.keys() - frozenset(keep)
        for sha256 in gone:
            del self._inputs[sha256]
        return len(gone)


def _valid(pattern: re.Pattern[str], name: str) -> str:
    if not pattern.fullmatch(name):
        raise no_picture(name)
    return name
