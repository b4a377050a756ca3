"""Addresses of servers: which are taken, what they are called in messages, which are the same server."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_API: Final = "/api/v1"


class UrlError(Exception):
    """A URL that is not used, with what to write instead. The message holds no secret."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class Origin:
    """What a credential is bound to: the scheme, the host in lower case and the port."""

    scheme: str
    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether it is this machine."""
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return self.host == "localhost"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and the path that all of its API is below: empty, or `/prometheus`."""

    origin: Origin
    path: str = ""

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"


def endpoint(text: str, *, api: str = _API) -> Endpoint:
    """The address that a URL names, without a slash at its end. Raises UrlError.

    One that goes as far as the path `api` is refused, since whoever asks adds that; empty: there is none.
    """
    parts = _parts(text.strip())
    if "@" in parts.netloc:
        help = "leave the user out of it, and put `username` and `password_env` or `token_env` into airectl.toml"
        raise UrlError("the URL holds credentials", help)
    if parts.query or parts.fragment:
        raise UrlError("the URL has a query or a fragment", "end it with the path, as in https://host/prometheus")
    path = parts.path.rstrip("/")
    if api and api in path:
        raise UrlError(f"the URL goes as far as `{api}`", f"leave `{api}` and what follows it out")
    return Endpoint(_origin(parts), path)


def place_of(location: str) -> str:
    """Where a redirect leads, as far as it may be told: no path, since it may hold a token."""
    try:
        parts = urlsplit(location)
        return f"{parts.scheme}://{parts.hostname}" if parts.scheme and parts.hostname else "another path"
    except ValueError:
        return "another place"


def _parts(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise UrlError("the URL cannot be read", "write one such as https://prometheus.example.com") from None
    if parts.scheme.lower() not in _PORTS:
        raise UrlError("the URL does not begin with http:// or https://", "write https://prometheus.example.com")
    if not text.isprintable() or " " in text or not text.isascii():
        raise UrlError("the URL holds characters that are in none", "write it with % and punycode where it needs them")
    return parts


def _origin(parts: SplitResult) -> Origin:
    scheme = parts.scheme.lower()
    try:
        port, host = parts.port, parts.hostname
    except ValueError:
        raise UrlError("the URL's port is no number up to 65535", "write one such as http://host:9090") from None
    if not host:
        raise UrlError("the URL names no host", "write one such as https://prometheus.example.com")
    return Origin(scheme, host, _PORTS[scheme] if port is None else port)
