"""Asks other hosts: guarded addresses, keys for their own host only, redirects one by one, patience with failures."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safelight.catalog.downloads.refusals import Passing, raise_refusal
from safelight.domain.errors import DownloadFailed, InvalidInput
from safelight.outbound.addresses import Reach
from safelight.settings import Settings
from safelight.version import __version__

if TYPE_CHECKING:
    import httpx2

_MAX_REDIRECTS = 10
_MAX_JSON = 32 * 2**20
_MAX_REFUSAL = 64 * 2**10
_ANSWERS = frozenset({200, 206, 416})
_LONGEST_PAUSE = 60.0
_LONGEST_WAIT = 1800.0
"""A host that asks for more than this is not waited for."""


def reach_of(settings: Settings) -> Reach:
    """Where downloads may go: public addresses by https, and the hosts that the settings name."""
    return Reach(
        "The address of a download",
        "Hosts of your own network are named in the setting download_hosts (SAFELIGHT_DOWNLOAD_HOSTS).",
        trusted=frozenset(host.lower() for host in settings.download_hosts),
        https_only=True,
    )


@dataclass(frozen=True)
class Answer:
    """An answer that holds what was asked for.

    Attributes:
        response: Of status 200, 206 or 416; its body is not read yet.
        first: Headers of the first answer, before redirects, where Hugging Face tells the file's hash.
        host: Who gave it.
    """

    response: httpx2.Response
    first: Mapping[str, str]
    host: str


class Backoff:
    """How long to wait before the next try.

    Args:
        settings: How often, and how long at first.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.tries = 0

    def reset(self) -> None:
        """It got further: all tries are left again."""
        self.tries = 0

    def after(self, failure: Passing, what: str) -> float:
        """Seconds to wait. Raises DownloadFailed when it was tried often enough."""
        self.tries += 1
        if self.tries >= self._settings.download_tries:
            raise DownloadFailed(
                f"{what} could not be downloaded: {failure.message}, {self.tries} times in a row.",
                hint="What has arrived is kept: ask again to go on from there.",
            ) from failure
        if failure.wait is not None:
            if failure.wait > _LONGEST_WAIT:
                raise DownloadFailed(
                    f"{what} could not be downloaded: {failure.message} and asks to wait {failure.wait / 60:.0f} min.",
                    hint="What has arrived is kept: ask again then.",
                ) from failure
            return failure.wait
        doubled = self._settings.download_retry_seconds * 2.0 ** min(self.tries - 1, 10)
        return min(_LONGEST_PAUSE, doubled) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads clients, hides nothing


class Web:
    """A client for downloads. Made by `open_web`."""

    def __init__(self, client: httpx2.AsyncClient, settings: Settings) -> None:
        self._client, self.settings = client, settings

    @asynccontextmanager
    async def get(self, url: str, headers: Mapping[str, str], *, what: str) -> AsyncIterator[Answer]:
        """Ask for `url`, through at most ten redirects.

        Raises:
            Passing: It failed in a way that may pass, here or while the body is read.
            InvalidInput: The address, or one that it leads to, may not be asked.
            NotFound, DownloadRefused, DownloadFailed: The host does not give it.
        """
        import httpx2  # noqa: PLC0415 (takes its time)

        try:
            request = self._client.build_request("GET", url, headers={**headers, **self._key_for(url)})
            first: Mapping[str, str] | None = None
            for _ in range(_MAX_REDIRECTS + 1):
                response = await self._client.send(request, stream=True)
                first = response.headers if first is None else first
                try:
                    if response.has_redirect_location and response.next_request:
                        request = self._onward(request, response.next_request)
                        continue
                    host = request.url.host
                    if response.status_code not in _ANSWERS:
                        body = await _beginning(response, _MAX_REFUSAL)
                        raise_refusal(response.status_code, response.headers, body, host=host, what=what)
                    yield Answer(response, first, host)
                    return
                finally:
                    await response.aclose()
            raise DownloadFailed(f"{what} could not be downloaded: more than {_MAX_REDIRECTS} redirects.")
        except (httpx2.InvalidURL, UnicodeError) as error:
            raise InvalidInput("The address of a download is malformed.") from error
        except httpx2.TimeoutException as error:
            raise Passing("nothing arrived for too long") from error
        except httpx2.HTTPError as error:
            raise Passing(f"the connection broke ({type(error).__name__})") from error

    async def json(self, url: str, *, what: str) -> Any:
        """What a host answers in JSON, asked again while its failures may pass; errors as of `get`."""
        backoff = Backoff(self.settings)
        while True:
            try:
                async with self.get(url, {"Accept": "application/json"}, what=what) as answer:
                    body = await _beginning(answer.response, _MAX_JSON)
                return json.loads(body)
            except Passing as failure:
                await asyncio.sleep(backoff.after(failure, what))
            except (ValueError, RecursionError) as error:
                raise DownloadFailed(f"The answer about {what} is not one of this host's kind.") from error

    def _key_for(self, url: str) -> dict[str, str]:
        """The key for an address, if it is at the host that the key is for."""
        settings = self.settings
        for endpoint, key in (
            (settings.hf_endpoint, settings.hf_token),
            (settings.civitai_endpoint, settings.civitai_key),
        ):
            if key and _origin(url) == _origin(endpoint):
                return {"Authorization": f"Bearer {key.get_secret_value()}"}
        return {}

    def _onward(self, asked: httpx2.Request, onward: httpx2.Request) -> httpx2.Request:
        """The next request of a redirect. A key goes nowhere else, even if the library would let it."""
        if asked.url.origin != onward.url.origin:
            onward.headers.pop("Authorization", None)
        return onward


@asynccontextmanager
async def open_web(settings: Settings, reach: Reach | None = None) -> AsyncIterator[Web]:
    """A client for the length of a block; `reach` instead of what the settings allow."""
    client = await asyncio.to_thread(_client, reach or reach_of(settings), settings)
    async with client:
        yield Web(client, settings)


def _client(reach: Reach, settings: Settings) -> httpx2.AsyncClient:
    """Made in a thread, as it reads certificates from the disk."""
    import httpx2  # noqa: PLC0415

    from safelight.outbound.transport import PublicTransport  # noqa: PLC0415

    return httpx2.AsyncClient(
        transport=PublicTransport(reach),
        trust_env=False,  # a proxy would look names up again
        timeout=httpx2.Timeout(settings.download_stall_seconds, connect=min(15, settings.download_stall_seconds)),
        headers={"User-Agent": f"Safelight/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"},
    )


async def _beginning(response: httpx2.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            break
    return bytes(body[:limit])


def _origin(url: str) -> tuple[str, str, int]:
    import httpx2  # noqa: PLC0415

    parsed = httpx2.URL(url)
    return parsed.scheme, parsed.host, parsed.port or {"http": 80, "https": 443}.get(parsed.scheme, 0)
