"""Asks as the bytes that are sent: the protocol's path and body under the engine's own headers."""

from __future__ import annotations

from typing import Final

from airectl import __version__
from airectl.load.engine.proxy import Proxy
from airectl.load.feed import Ask
from airectl.load.protocols.interface import Protocol, ProtocolError
from airectl.net.credentials import Credentials
from airectl.net.urls import Endpoint


class Requests:
    """Requests to one server. `shown` says who is asking; a proxy is shown its own."""

    def __init__(self, protocol: Protocol, endpoint: Endpoint, shown: Credentials, proxy: Proxy | None) -> None:
        self.protocol, self.shown = protocol, shown
        origin = endpoint.origin
        # A proxy that sees the request is told the whole address.
        direct = proxy is None or origin.scheme == "https"
        self._before = "" if direct else str(origin)
        common = {"Host": str(origin).partition("://")[2], "User-Agent": f"airectl/{__version__}", **shown.sent()}
        if proxy and not direct and proxy.authorization:
            common["Proxy-Authorization"] = proxy.authorization.reveal()
        self._common = "".join(f"{name}: {value}\r\n" for name, value in common.items())

    def encode(self, ask: Ask) -> bytes:
        """The request for an ask. Raises ProtocolError for one that no request can be made of."""
        try:
            wire = self.protocol.request(ask)
        except (TypeError, ValueError) as error:
            help = "JSON has no such number or text: look at the prompts"
            raise ProtocolError(f"request {ask.index} cannot be written: {error}", help) from None
        lines = [f"{wire.method} {self._before}{wire.path} HTTP/1.1\r\n{self._common}Accept: {wire.accept}\r\n"]
        lines.append("Accept-Encoding: identity\r\n")
        lines += [f"{name}: {value}\r\n" for name, value in wire.headers.items()]
        if wire.body or wire.method not in _WITHOUT_BODY:
            lines.append(f"Content-Type: {wire.content_type}\r\nContent-Length: {len(wire.body)}\r\n")
        return "".join([*lines, "\r\n"]).encode("latin-1") + wire.body


_WITHOUT_BODY: Final = frozenset(("GET", "HEAD", "DELETE"))
