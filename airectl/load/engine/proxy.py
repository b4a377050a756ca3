"""The proxy that the environment names for a server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from airectl.net.secret import Secret
from airectl.net.urls import Endpoint

_PORT: Final = 80


class RouteError(Exception):
    """The server cannot be reached by any connection; `help` says what to look at."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy. `authorization` is what it is shown, None: nothing."""

    host: str
    port: int
    authorization: Secret | None = None


def proxy_of(endpoint: Endpoint, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy that http_proxy, https_proxy, all_proxy and no_proxy name for a server. Raises RouteError."""
    host, named = endpoint.origin.host, _named(environ)
    url = named.get(endpoint.origin.scheme) or named.get("all", "")
    if not url or _direct(host, endpoint.origin.port, named.get("no", "")):
        return None
    help = "write one such as http://proxy.example.com:3128; the proxy itself is spoken to without TLS"
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or _PORT
    except ValueError:
        raise RouteError("the proxy of the environment is no URL", help) from None
    if parts.scheme != "http" or not parts.hostname:
        raise RouteError("the proxy of the environment is no http:// URL", help)
    shown = None
    if parts.username is not None:
        plain = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        shown = Secret(f"Basic {b64encode(plain.encode()).decode()}")
    return Proxy(host=parts.hostname, port=port, authorization=shown)


def _named(environ: Mapping[str, str]) -> dict[str, str]:
    """Proxies by scheme; a name in lower case goes before the same in upper case."""
    upper = {name.lower(): value for name, value in environ.items()}
    lower = {name: value for name, value in environ.items() if name == name.lower()}
    both = {**upper, **lower}
    return {name.removesuffix("_proxy"): value for name, value in both.items() if name.endswith("_proxy") and value}


def _direct(host: str, port: int, exceptions: str) -> bool:
    """Whether no_proxy lists the host, one of its domains, the host with its port, or `*`."""
    for name in (each.strip().lower().lstrip(".") for each in exceptions.split(",")):
        if name and (name in ("*", host, f"[{host}]", f"{host}:{port}") or host.endswith(f".{name}")):
            return True
    return False
