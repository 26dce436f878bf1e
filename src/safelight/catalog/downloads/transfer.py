"""One file from its host onto the disk: resumed where it broke off, begun anew where it changed, hashed as it comes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from safelight.catalog.downloads.offers import RemoteFile, attached_name
from safelight.catalog.downloads.part import Part
from safelight.catalog.downloads.refusals import Passing
from safelight.catalog.downloads.web import Backoff, Web
from safelight.domain.errors import CorruptFile, DownloadFailed, TooLarge
from safelight.domain.events import Phase

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")

Tell = Callable[[Phase, int, int | None], None]
"""Takes the phase, bytes done and bytes in all of one file."""

_WRITTEN_AT_ONCE = 1 << 20
_SNIFFED = 512
_FURTHER = 1 << 20
"""So many bytes more are a step forward: after them, all tries are left again."""

_KEPT = "What has arrived is kept: ask again to go on from there."
_LEAST_PER_SECOND = 1024
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OK, _PARTIAL, _NOT_SATISFIABLE = 200, 206, 416


class Transfer:
    """Brings one file. `attached` is what its host calls it, when it says so.

    Args:
        web: Asks the host.
        file: What to bring.
        part: Where it grows; opened and hashed.
        sha256: What it must have; None where nobody says.
        tell: Hears how far it is.
        check_room: Called with the bytes still to come, once they are known.
    """

    def __init__(
        self,
        web: Web,
        file: RemoteFile,
        part: Part,
        *,
        sha256: str | None,
        tell: Tell,
        check_room: Callable[[int], None],
    ) -> None:
        self._web, self._file, self._part = web, file, part
        self._expected, self._tell, self._check_room = sha256, tell, check_room
        self._label = file.name
        self.attached: str | None = None
        self._joined, self._anew = part.have > 0, 0

    async def run(self) -> str:
        """Bring all of it; return its SHA-256.

        Raises:
            CorruptFile: It is not what was published, or a web page.
            TooLarge, StorageFailed: There is no room for it.
            NotFound, DownloadRefused, DownloadFailed, InvalidInput: The host does not give it.
        """
        backoff, mark = Backoff(self._web.settings), self._part.have
        while True:
            try:
                if not self._is_whole():
                    await self._attempt()
                return await self._checked()
            except Passing as failure:
                if self._part.have >= mark + _FURTHER:
                    backoff.reset()
                mark = self._part.have
                seconds = backoff.after(failure, self._label)
                self._tell(Phase.WAITING, self._part.have, self._part.notes.total)
                await asyncio.sleep(seconds)

    def _is_whole(self) -> bool:
        total = self._part.notes.total
        return total is not None and self._part.have == total

    async def _attempt(self) -> None:
        headers = self._going_on()
        async with self._web.get(self._file.url, headers, what=self._label) as answer:
            response = answer.response
            self._learn_hash(answer.first)
            self.attached = attached_name(response.headers)
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise DownloadFailed(f"{answer.host} packs {self._label} on the way, which was not asked for.")
            if response.status_code == _NOT_SATISFIABLE:
                await self._beyond_the_end(response)
            elif response.status_code == _PARTIAL and "Range" in headers:
                await self._go_on(response)
            elif response.status_code == _OK:
                await self._begin(response)
            else:
                raise DownloadFailed(f"{answer.host} answers {self._label} with a part that was not asked for.")
            await self._receive(response)

    def _going_on(self) -> dict[str, str]:
        """Headers that ask for the rest of the same content; none when all of it is needed."""
        part = self._part
        if not part.have or not (part.notes.validator or self._expected):
            return {}
        condition = {"If-Range": part.notes.validator} if part.notes.validator else {}
        return {"Range": f"bytes={part.have}-", **condition}

    def _learn_hash(self, first: Mapping[str, str]) -> None:
        """Hugging Face names the SHA-256 of a large file in the answer that redirects to it."""
        linked = first.get("x-linked-etag", "").strip('"')
        if self._expected is None and _SHA256.fullmatch(linked):
            self._expected = linked

    async def _begin(self, response: httpx2.Response) -> None:
        if response.headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml")):
            if self._part.have:  # what came before was no page: a login has ended, or a host is being mended
                raise DownloadFailed(f"The host of {self._label} now answers with a web page.", hint=_KEPT)
            raise self._page()
        length = response.headers.get("content-length", "")
        total = int(length[:18]) if length.isascii() and length.isdigit() else None
        self._refuse_size(total)
        self._check_room(total or 0)
        await in_thread(self._part.begin, _validator(response), total)

    async def _go_on(self, response: httpx2.Response) -> None:
        part = self._part
        found = _RANGE.fullmatch(response.headers.get("content-range", ""))
        total = int(found[3]) if found and found[3] != "*" else part.notes.total
        changed = part.notes.validator is not None and _validator(response) not in (part.notes.validator, None)
        other_size = part.notes.total is not None and total != part.notes.total
        if not found or int(found[1]) != part.have or changed or other_size:
            await in_thread(part.begin, None, None)
            raise Passing("it changed in between")
        self._refuse_size(total)
        self._check_room((total or part.have) - part.have)
        self._joined = True

    async def _beyond_the_end(self, response: httpx2.Response) -> None:
        """Nothing is left to send: the part is whole, or of something else."""
        found = _UNSATISFIED.fullmatch(response.headers.get("content-range", ""))
        part = self._part
        if found and int(found[1]) == part.have:
            part.notes = part.notes.model_copy(update={"total": part.have})
            return
        await in_thread(part.begin, None, None)
        raise Passing("it is shorter than before")

    async def _receive(self, response: httpx2.Response) -> None:
        if response.status_code == _NOT_SATISFIABLE:
            return
        part, pending = self._part, bytearray()
        pace, sniffing = _Pace(self._web.settings.download_stall_seconds), self._part.have == 0
        try:
            async for chunk in response.aiter_raw():
                pending += chunk
                pace.got(len(chunk))
                self._refuse_size(part.have + len(pending))
                if sniffing and len(pending) >= _SNIFFED:
                    self._refuse_page(pending)
                    sniffing = False
                if len(pending) >= _WRITTEN_AT_ONCE:
                    await self._keep(pending)
        finally:
            if pending and not (sniffing and _is_page(pending)):
                await self._keep(pending)
        if sniffing:
            self._refuse_page(pending)
        if part.notes.total is None:
            part.notes = part.notes.model_copy(update={"total": part.have})
        if part.have != part.notes.total:
            raise Passing("it broke off")
        if self._file.exact and self._file.bytes not in (None, part.have):
            raise DownloadFailed(f"{self._label} has {part.have:,} bytes, and its host lists {self._file.bytes:,}.")

    async def _keep(self, pending: bytearray) -> None:
        """Write what came and empty `pending` at once: a cancel waits for the write, which must not be done twice."""
        data = bytes(pending)
        pending.clear()
        await in_thread(self._part.write, data)
        self._tell(Phase.DOWNLOADING, self._part.have, self._part.notes.total)

    async def _checked(self) -> str:
        found = self._part.sha256
        if self._expected in (None, found):
            return found
        await in_thread(self._part.begin, None, None)
        if self._joined and not self._anew:  # its beginning was of something else: once more, from the first byte
            self._anew += 1
            raise Passing("its parts do not belong together")
        raise CorruptFile(
            f"{self._label} has the SHA-256 {found[:16]}…, and should have {(self._expected or '')[:16]}….",
            hint="It was deleted: it was damaged on the way, or is not the file that was meant.",
        )

    def _refuse_size(self, total: int | None) -> None:
        limit, announced = self._web.settings.max_download_bytes, self._file.bytes
        if total is not None and total > limit:
            raise TooLarge(
                f"{self._label} has more than the {limit:,} bytes that are downloaded.",
                hint="Set SAFELIGHT_MAX_DOWNLOAD_BYTES to allow more.",
            )
        if self._file.exact and announced is not None and total is not None and total > announced:
            raise DownloadFailed(f"{self._label} has more than the {announced:,} bytes that its host lists.")

    def _refuse_page(self, start: bytes | bytearray) -> None:
        if _is_page(start):
            raise self._page()

    def _page(self) -> CorruptFile:
        return CorruptFile(
            f"The address of {self._label} leads to a web page, not to a model.",
            hint="The site may want a login or a consent first: open the address in a browser.",
        )


class _Pace:
    """Notices a host that only trickles."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since, self._bytes = time.monotonic(), 0

    def got(self, count: int) -> None:
        self._bytes += count
        now = time.monotonic()
        if now - self._since < self._seconds:
            return
        if self._bytes < _LEAST_PER_SECOND * (now - self._since):
            raise Passing("it came too slowly")
        self._since, self._bytes = now, 0


async def in_thread(function: Callable[..., T], *args: object) -> T:
    """Run what blocks in a thread; when cancelled, wait for it, so that nobody else touches its file meanwhile."""
    working = asyncio.ensure_future(asyncio.to_thread(function, *args))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise


def _is_page(start: bytes | bytearray) -> bool:
    text = bytes(start[:_SNIFFED]).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml"))


def _validator(response: httpx2.Response) -> str | None:
    """A strong ETag, else the date of the last change: what `If-Range` may be given."""
    etag: str = response.headers.get("etag", "")
    return etag if etag.startswith('"') else response.headers.get("last-modified")
