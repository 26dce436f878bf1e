"""Which addresses a request may be sent to: those that anybody in the internet may reach, unless a host is trusted."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → the addresses of the host."""

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


@dataclass(frozen=True)
class Reach:
    """Where requests may go, and how that is said when they may not.

    Attributes:
        what: What messages call the URL, such as "An image URL".
        hint: What to do instead when a host is refused.
        resolve: Finds the addresses of a host.
        accept: Says which addresses may be connected to. One that may not condemns the host.
        trusted: Hosts, `name` or `name:port`, that may be at any address and be asked by http: mirrors at home.
        https_only: Whether all others are asked by https only.
    """

    what: str
    hint: str | None = None
    resolve: Resolve = resolve
    accept: Callable[[str], bool] = is_public
    trusted: frozenset[str] = frozenset()
    https_only: bool = False

    def trusts(self, host: str, port: int) -> bool:
        """Whether the settings name this host."""
        host = host.lower()
        return host in self.trusted or f"{host}:{port}" in self.trusted
