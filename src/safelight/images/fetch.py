"""Gets the bytes of images that requests name by URL or carry as text."""

from __future__ import annotations

import asyncio
import base64
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from safelight.domain.errors import InvalidInput, TooLarge
from safelight.images.decode import image_size
from safelight.version import __version__

if TYPE_CHECKING:
    import httpx2

    from safelight.outbound.addresses import Resolve

_MAX_REDIRECTS = 5
_OK = 200
_NAME = "The image of a URL"
_DATA_URL = re.compile(r"data:image/[a-z0-9.+-]{1,40}(;[a-z0-9=._-]{1,80}){0,4};base64", re.IGNORECASE)


async def fetch_image(
    url: str,
    *,
    max_bytes: int,
    allow: bool,
    resolve: Resolve | None = None,
    accept: Callable[[str], bool] | None = None,
    seconds: float = 30,
) -> bytes:
    """Download the image at `url`, from public addresses only; its pixels are for `decode` to limit.

    Args:
        url: An http or https URL.
        max_bytes: Refuse larger files, counted as they arrive.
        allow: Whether the server fetches at all (setting `fetch_image_urls`).
        resolve: Finds the addresses of a host and port; the system's resolver if not given.
        accept: Says which addresses may be connected to; public ones if not given.
        seconds: Time for everything, redirects (at most 5) included.

    Raises:
        InvalidInput: It is not allowed, not reachable, or no image; TooLarge: it has too many bytes.
    """
    if not allow:
        raise InvalidInput(
            "This server does not fetch images by URL.",
            hint="Send the image itself, or set SAFELIGHT_FETCH_IMAGE_URLS=true.",
        )
    client = await asyncio.to_thread(_client, resolve, accept)
    import httpx2  # noqa: PLC0415 (takes its time, and most servers never need it)

    try:
        async with asyncio.timeout(seconds), client:
            data = await _download(client, url, max_bytes)
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise InvalidInput(f"{_NAME} did not arrive within {seconds:g} seconds.") from error
    except (httpx2.InvalidURL, UnicodeError) as error:  # UnicodeError: half a character, or a name that can't be
        raise InvalidInput(f"{_NAME} can't be fetched: the URL is malformed.") from error
    except httpx2.HTTPError as error:
        raise InvalidInput(f"{_NAME} could not be fetched: {type(error).__name__}.") from error
    await asyncio.to_thread(image_size, data, name=_NAME, max_bytes=max_bytes, max_pixels=sys.maxsize)
    return data


def decode_image_text(text: str, *, max_bytes: int) -> bytes:
    """The bytes of an image given as base64, plain or as a `data:image/…;base64,` URL, with or without line breaks.

    Raises:
        InvalidInput: It is neither; TooLarge: it holds more than `max_bytes`, which is checked before decoding.
    """
    if text[:5].lower() == "data:":
        head, comma, text = text.partition(",")
        if not comma or not _DATA_URL.fullmatch(head):
            raise InvalidInput("An image is not a data URL of the form data:image/png;base64,….")
    encoded = -(-max_bytes // 3) * 4
    if len(text) > encoded + encoded // 32 + 256:  # with line breaks as in mail, two for each 76 characters
        raise _too_large(max_bytes)
    text = "".join(text.split()).rstrip("=")
    if len(text) * 3 // 4 > max_bytes:
        raise _too_large(max_bytes)
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise InvalidInput("An image is not valid base64.") from error
    if not data:
        raise InvalidInput("An image is empty.")
    return data


def _client(resolve: Resolve | None, accept: Callable[[str], bool] | None) -> httpx2.AsyncClient:
    """A client for one download; made in a thread, as it reads certificates from the disk."""
    import httpx2  # noqa: PLC0415

    from safelight.outbound import addresses, transport  # noqa: PLC0415

    reach = addresses.Reach(
        "An image URL",
        "Send the image itself, as base64 or as an upload.",
        resolve or addresses.resolve,
        accept or addresses.is_public,
    )
    return httpx2.AsyncClient(
        transport=transport.PublicTransport(reach),
        trust_env=False,  # a proxy would look names up again
        timeout=10,
        headers={"User-Agent": f"Safelight/{__version__}", "Accept": "image/*", "Accept-Encoding": "identity"},
    )


async def _download(client: httpx2.AsyncClient, url: str, max_bytes: int) -> bytes:
    """The body at the end of at most five redirects. Bodies of redirects are not read: they could be endless."""
    request: httpx2.Request | None = client.build_request("GET", url)
    for _ in range(_MAX_REDIRECTS + 1):
        if request is None:
            raise InvalidInput(f"{_NAME} could not be fetched: it is redirected to nowhere.")
        response = await client.send(request, stream=True)
        try:
            if not response.has_redirect_location:
                return await _body(response, max_bytes)
            request = response.next_request
        finally:
            await response.aclose()
    raise InvalidInput(f"{_NAME} could not be fetched: more than {_MAX_REDIRECTS} redirects.")


async def _body(response: httpx2.Response, max_bytes: int) -> bytes:
    if response.status_code != _OK:
        raise InvalidInput(f"{_NAME} could not be fetched: its server answered {response.status_code}.")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced[:20]) > max_bytes:
        raise _too_large(max_bytes)
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(data)


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"An image has more than the {max_bytes:,} bytes that are accepted.")
