"""Carries HTTP requests to public addresses only: names are resolved and checked here, then connected to as checked.

It imports httpx2, so only `fetch` imports it, when the first image is fetched.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx2

from safelight.domain.errors import InvalidInput

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → the addresses of the host."""

_PORTS = {"http": 80, "https": 443}
_MAX_PORT = 65_535
_MAX_ADDRESSES = 4

_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments; metadata service of a cloud
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # metadata service of a cloud, at a public address
        "2001::/23",  # protocol assignments, Teredo
        "2002::/16",  # 6to4: an IPv4 address, private ones too
        "3fff::/20",  # documentation
    )
)
"""What `ipaddress` of some Python calls global, or what reaches more than it says."""


def is_public(address: str) -> bool:
    """Whether `address` is one that anybody in the internet may be sent to: no private, mapped or tunnelled ones."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip in _NAT64:  # how networks without IPv4 name it
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _UNICAST:
        return False
    odd = ip.is_multicast or ip.is_reserved or any(ip in network for network in _NOT_PUBLIC)
    return ip.is_global and not odd


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, from the system's resolver.

    Raises:
        OSError: It has none, or can't be asked.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class PublicTransport(httpx2.AsyncBaseTransport):
    """Sends each request, so each redirect too, to an address that was checked.

    The address replaces the name in the URL, so that nothing resolves the name again and gets another answer (DNS
    rebinding). The `Host` header and, for TLS, the name that is asked for and must be in the certificate stay.

    Args:
        resolve: Finds a host's addresses.
        accept: Says which addresses may be connected to. One that may not condemns the host.
    """

    def __init__(self, resolve: Resolve, accept: Callable[[str], bool]) -> None:
        self._resolve = resolve
        self._accept = accept
        # No connection is used twice: they are known by address, and a TLS one was checked for another name.
        self._inner = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`; InvalidInput when it may not be sent, as httpx2 when it fails."""
        url = request.url
        if url.scheme not in _PORTS or not url.raw_host:
            raise InvalidInput("An image URL must begin with http:// or https:// and name a host.")
        host, port = url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]
        if not 0 < port <= _MAX_PORT:
            raise InvalidInput(f"An image URL names the port {port}, which is none.")
        failure: httpx2.TransportError | None = None
        for address in (await self._addresses(host, port))[:_MAX_ADDRESSES]:
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

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: labels that no name can have
            raise InvalidInput(f"The host {host[:100]!r} of an image URL was not found.") from error
        if not all(self._accept(address) for address in addresses):
            raise InvalidInput(
                f"The host {host[:100]!r} of an image URL is not at a public address.",
                hint="Send the image itself, as base64 or as an upload.",
            )
        return addresses
