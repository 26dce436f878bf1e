"""How a server is connected to: its address, the key, and the times to wait."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpx2

from safelight.domain.errors import InvalidInput
from safelight.version import __version__

DEFAULT_URL = "http://127.0.0.1:7860"
"""Where `safelight serve` listens unless told otherwise."""

_ALIVE_SECONDS = 45.0  # three times the pause between the signs of life that the server sends to listeners


@dataclass(frozen=True)
class Connection:
    """Address, key and times.

    Attributes:
        url: Of the server, with the prefix under which a proxy shows it.
        api_key: Sent as bearer token.
        timeout: Seconds to wait for an answer.
        patience: Seconds to wait for a server that answered before and went away.
    """

    url: str = DEFAULT_URL
    api_key: str | None = None
    timeout: float = 30.0
    patience: float = 120.0

    @property
    def arguments(self) -> dict[str, Any]:
        """For the constructors of httpx2's clients.

        Raises:
            InvalidInput: The address or the key is not one.
        """
        headers = {"User-Agent": f"safelight/{__version__}"}
        if self.api_key is not None:
            if not self.api_key.isascii() or not self.api_key.isprintable():
                raise InvalidInput("The API key has characters that can't be sent.")
            headers["Authorization"] = f"Bearer {self.api_key}"
        url = self._parsed()
        return {
            "base_url": url,
            "headers": headers,
            "timeout": self.timeout,
            "trust_env": not _is_loopback(url.host),  # a proxy would look for the server on its own machine
        }

    @property
    def listening(self) -> httpx2.Timeout:
        """Times for the stream of events, in which silence is shorter than this unless the server is gone."""
        return httpx2.Timeout(self.timeout, read=max(self.timeout, _ALIVE_SECONDS))

    def _parsed(self) -> httpx2.URL:
        try:
            url = httpx2.URL(self.url)
        except httpx2.InvalidURL as error:
            raise InvalidInput(f"{self.url!r} is not a server's address.", hint=f"One is {DEFAULT_URL}.") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise InvalidInput(f"{self.url!r} is not a server's address.", hint=f"One is {DEFAULT_URL}.")
        return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
