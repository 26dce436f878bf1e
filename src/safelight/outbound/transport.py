"""Carries HTTP requests to allowed addresses only: names are resolved and checked here, then connected to as checked.

It imports httpx2, which takes its time: import it when the first request is made.
"""

from __future__ import annotations

import httpx2

from safelight.domain.errors import InvalidInput
from safelight.outbound.addresses import Reach

_PORTS = {"http": 80, "https": 443}
_MAX_PORT = 65_535
_MAX_ADDRESSES = 4


class PublicTransport(httpx2.AsyncBaseTransport):
    """Sends each request, so each redirect too, to an address that was checked.

    The address replaces the name in the URL, so that nothing resolves the name again and gets another answer (DNS
    rebinding). The `Host` header and, for TLS, the name that is asked for and must be in the certificate stay.

    Args:
        reach: Where requests may go.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        # No connection is used twice: they are known by address, and a TLS one was checked for another name.
        self._inner = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`; InvalidInput when it may not be sent, as httpx2 when it fails."""
        url = request.url
        if url.scheme not in _PORTS or not url.raw_host:
            raise InvalidInput(f"{self._reach.what} must begin with http:// or https:// and name a host.")
        host, port = url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]
        if not 0 < port <= _MAX_PORT:
            raise InvalidInput(f"{self._reach.what} names the port {port}, which is none.")
        trusted = self._reach.trusts(host, port)
        if self._reach.https_only and url.scheme != "https" and not trusted:
            raise InvalidInput(
                f"{self._reach.what} leads to {host[:100]!r} without encryption.",
                hint=f"Use an https:// address. {self._reach.hint}",
            )
        failure: httpx2.TransportError | None = None
        for address in (await self._addresses(host, port, trusted))[:_MAX_ADDRESSES]:
            pinned = httpx2.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure or httpx2.ConnectError(f"{host[:100]} has no address")

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()

    async def _addresses(self, host: str, port: int, trusted: bool) -> list[str]:
        name = f"The host {host[:100]!r} of {self._reach.what[:1].lower()}{self._reach.what[1:]}"
        try:
            addresses = await self._reach.resolve(host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: labels that no name can have
            raise InvalidInput(f"{name} was not found.") from error
        if not trusted and not all(self._reach.accept(address) for address in addresses):
            raise InvalidInput(f"{name} is not at a public address.", hint=self._reach.hint)
        return addresses
