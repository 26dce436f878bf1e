"""A download from the first question to the file in its folder: ask, make sure of room, bring, check, land."""

from __future__ import annotations

import asyncio
import glob
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from safelight.catalog.checksums import checksum
from safelight.catalog.downloads import civitai, hub, landing
from safelight.catalog.downloads.missing import missing_offer
from safelight.catalog.downloads.offers import Offer, RemoteFile, check_name, fit_name
from safelight.catalog.downloads.part import Part
from safelight.catalog.downloads.sources import CivitaiSource, HubSource, MissingSource, parse_source
from safelight.catalog.downloads.tally import Tally, Tell
from safelight.catalog.downloads.transfer import Transfer, in_thread
from safelight.catalog.downloads.web import Web, open_web
from safelight.catalog.downloads.workspace import check_room, is_unfinished, workspace
from safelight.catalog.folders import FORMATS
from safelight.catalog.hashing import HashCache
from safelight.domain.errors import CorruptFile, InvalidInput, SafelightError, TooLarge
from safelight.domain.events import Phase
from safelight.domain.models import ModelKind
from safelight.domain.work import DownloadRequest, WorkedFile, fingerprint
from safelight.outbound.addresses import Reach
from safelight.settings import Settings

_THERE = "It was there already."


async def look(request: DownloadRequest, settings: Settings, *, reach: Reach | None = None) -> Offer:
    """What a request would fetch, without fetching it.

    Raises:
        InvalidInput: The source is none, or leaves open which file is meant.
        NotFound, DownloadRefused, DownloadFailed: The host does not have it, or not for this caller.
    """
    async with open_web(settings, reach) as web:
        return await _offer(request, web)


async def download(
    request: DownloadRequest,
    settings: Settings,
    tell: Tell,
    *,
    keep: Callable[[], bool] = lambda: True,
    offer: Offer | None = None,
    reach: Reach | None = None,
) -> tuple[WorkedFile, ...]:
    """Fetch what a request names into the models folder; return the files with what is to know of them.

    What has arrived when this ends early is kept for the next time, unless it turned out to be of no use.

    Args:
        request: What to fetch.
        settings: Folders, keys and limits.
        tell: Hears how far it is.
        keep: Asked when this is cancelled: whether it will go on later.
        offer: What `look` has found, to fetch exactly that.
        reach: Where requests may go, instead of what the settings allow.

    Raises:
        InvalidInput: As `look`; or the file is no model, or a dangerous one. Nothing of it is kept.
        CorruptFile: It is not what the host publishes.
        Conflict: Another file has its name, or the same is being downloaded.
        StorageFailed, TooLarge: There is no room for it.
        NotFound, DownloadRefused, DownloadFailed: The host does not give it.
    """
    async with open_web(settings, reach) as web:
        offer = offer or await _offer(request, web)
        return await _Download(request, offer, web, tell, keep).run()


async def _offer(request: DownloadRequest, web: Web) -> Offer:
    source = parse_source(request.source)
    match source:
        case HubSource():
            offer = await hub.offer(source, web)
        case CivitaiSource():
            offer = await civitai.offer(source, web)
        case MissingSource():
            offer = await missing_offer(source, web)
        case _:
            place = source.url.partition("?")[0]
            name = fit_name(unquote(PurePosixPath(urlsplit(place).path).name) or "model")
            remote = RemoteFile(url=source.url, name=name, source=place)
            offer = Offer(title=name, files=(remote,))
    if request.name:
        check_name(request.name)
    if len(offer.files) != 1 and (request.sha256 or (request.name and not offer.folder)):
        raise InvalidInput(f"{offer.title} is {len(offer.files)} files; a SHA-256 or a name is for one.")
    return offer


class _Download:
    """One download under way."""

    def __init__(self, request: DownloadRequest, offer: Offer, web: Web, tell: Tell, keep: Callable[[], bool]) -> None:
        self._request, self._offer, self._web, self._keep = request, offer, web, keep
        self._settings, self._models = web.settings, web.settings.models_dir
        self._cache = None if web.settings.private else web.settings.cache_dir
        self._tally = Tally(offer, tell)
        self._attached: str | None = None

    async def run(self) -> tuple[WorkedFile, ...]:
        if self._offer.folder:
            return (await self._all_into(self._offer.folder),)
        return tuple([await self._single(file) for file in self._offer.files])

    async def _single(self, file: RemoteFile) -> WorkedFile:
        expected = self._expected(file)
        self._tally.begin(file)
        if expected and (there := await self._find(file, expected)):
            self._tally.end(file)
            return self._worked(there, expected, (*file.notes, _THERE))
        async with self._room_for(file.url) as folder:
            sha256 = await self._bring(file, folder / file.name, expected)
            arrived = folder / file.name
            found = await self._examine(arrived, folder)
            kind = self._request.type or ModelKind.UNKNOWN if found.kind is ModelKind.UNKNOWN else found.kind
            target = landing.folder_for(self._models, kind) / self._name(file, found.suffix)
            notes = (*file.notes, *found.notes, *self._contradiction(kind))
            if os.path.lexists(target):
                if not target.is_file() or await self._checksum(target) != sha256:
                    raise landing.taken(target)
                notes = (*notes, _THERE)
            else:
                await in_thread(landing.land, arrived, target)
                if self._cache:
                    await in_thread(HashCache(self._cache).remember, sha256, target)
            landing.clear(folder)
        self._tally.end(file)
        return self._worked(target, sha256, notes)

    async def _all_into(self, name: str) -> WorkedFile:
        """A whole repository, as one folder that appears when it is complete."""
        target = landing.folder_for(self._models, ModelKind.CHECKPOINT) / (self._request.name or name)
        if os.path.lexists(target):
            if not await self._is_whole(target):
                raise landing.taken(target)
            return self._worked(target, None, (_THERE,))
        async with self._room_for("\n".join(file.url for file in self._offer.files)) as folder:
            for file in self._offer.files:
                self._tally.begin(file)
                await self._bring(file, folder / name / file.name, file.sha256)
                self._tally.end(file)
            found = await self._examine(folder / name, folder)
            await in_thread(landing.land, folder / name, target)
            landing.clear(folder)
        notes = (*self._offer.files[0].notes, *found.notes, *self._contradiction(found.kind))
        return self._worked(target, None, notes)

    @asynccontextmanager
    async def _room_for(self, key: str) -> AsyncIterator[Path]:
        """A workspace, emptied when what is in it is of no use to anybody."""
        with workspace(self._models, key, fingerprint(self._request)) as folder:
            here = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.exists() else 0
            check_room(self._models, max(0, self._tally.left - here), self._offer.title)
            try:
                yield folder
            except asyncio.CancelledError:
                if self._settings.private or not self._keep():
                    landing.clear(folder)
                raise
            except SafelightError:
                if self._settings.private:
                    landing.clear(folder)
                raise

    async def _bring(self, file: RemoteFile, target: Path, expected: str | None) -> str:
        """Make `target` the whole file; return its SHA-256."""
        if target.exists():  # whole since an earlier try, and checked then
            sha256 = await self._checksum(target)
            if expected in (None, sha256):
                return sha256
            target.unlink()
        part = Part(target, file.url, checked=expected is not None)
        with _closing(part):
            await in_thread(part.open)
            more = part.have > 0
            while more:
                more = await in_thread(part.hash_some)
                self._tally.tell(Phase.HASHING, part.hashed, part.notes.total)
            transfer = Transfer(
                self._web,
                file,
                part,
                sha256=expected,
                tell=self._tally.tell,
                check_room=lambda needed: check_room(self._models, needed, file.name),
            )
            sha256 = await transfer.run()
            self._attached = transfer.attached
            await in_thread(part.finish)
        return sha256

    async def _examine(self, arrived: Path, folder: Path) -> landing.Examined:
        self._tally.tell(Phase.CHECKING, None, None)
        try:
            return await in_thread(landing.examine, arrived)
        except InvalidInput:
            landing.clear(folder)
            raise

    def _contradiction(self, kind: ModelKind) -> tuple[str, ...]:
        """What to say when it is not what it was said to be."""
        said = self._request.type
        if said is None or said is kind:
            return ()
        return (f"It was asked for as {said.value}, and its header says that it is {kind.value}: it lies with those.",)

    def _expected(self, file: RemoteFile) -> str | None:
        given = self._request.sha256
        if given and file.sha256 and given != file.sha256:
            raise CorruptFile(
                f"{file.name} is published with the SHA-256 {file.sha256[:16]}…, not with {given[:16]}….",
                hint="Nothing was fetched: it is another file or another version.",
            )
        return given or file.sha256

    def _name(self, file: RemoteFile, suffix: str) -> str:
        if self._request.name is None and self._attached and PurePosixPath(file.name).suffix.lower() not in FORMATS:
            return self._attached  # an address such as …/download?id=5 says nothing
        name = self._request.name or file.name
        return name if PurePosixPath(name).suffix.lower() in FORMATS else f"{name}{suffix}"

    async def _find(self, file: RemoteFile, sha256: str) -> Path | None:
        """A file of this name and content that is in the models folder already."""
        name = self._request.name or file.name

        def alike() -> list[Path]:
            found = [path for path in self._models.rglob(glob.escape(name)) if path.is_file()]
            whole = [path for path in found if not file.exact or file.bytes in (None, path.stat().st_size)]
            return [path for path in whole if not is_unfinished(path)]

        for path in await in_thread(alike):
            if await self._checksum(path) == sha256:
                return path
        return None

    async def _is_whole(self, target: Path) -> bool:
        """Whether a folder has every file of the offer."""
        for file in self._offer.files:
            path = target / file.name
            if not path.is_file() or (file.bytes is not None and path.stat().st_size != file.bytes):
                return False
            if file.sha256 and await self._checksum(path) != file.sha256:
                return False
        return True

    async def _checksum(self, path: Path) -> str:
        if not path.stat().st_size:  # configurations may be empty, models may not
            return hashlib.sha256().hexdigest()
        return await checksum([path], self._cache, lambda done, total: self._tally.tell(Phase.HASHING, done, total))

    def _worked(self, path: Path, sha256: str | None, notes: tuple[str, ...]) -> WorkedFile:
        files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
        return WorkedFile(
            name=path.relative_to(self._models).as_posix(),
            bytes=sum(file.stat().st_size for file in files),
            sha256=sha256,
            notes=tuple(dict.fromkeys(notes)),
        )


@contextmanager
def _closing(part: Part) -> Iterator[None]:
    try:
        yield
    except (CorruptFile, TooLarge):  # a web page, another file than was published: nothing to go on with
        part.discard()
        raise
    finally:
        part.close()
