"""How the server is reached: its addresses, TLS, and a proxy where the user wants one."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from airectl.load.engine.proxy import Proxy, RouteError
from airectl.net.urls import Endpoint
from airectl.runs.record import ErrorClass

P = TypeVar("P", bound=asyncio.Protocol)
_LARGEST_HEAD: Final = 16 * 1024
_END: Final = b"\r\n\r\n"


class OpenError(Exception):
    """One connection does not stand; `error` says why."""

    def __init__(self, error: ErrorClass, message: str) -> None:
        super().__init__(message)
        self.error = error


class Route:
    """Opens connections. `resolve` comes first. With `only`, they go to these addresses, whatever the name says."""

    def __init__(
        self, endpoint: Endpoint, context: ssl.SSLContext | None, proxy: Proxy | None, only: Sequence[str] = ()
    ) -> None:
        self._origin, self._context, self._proxy = endpoint.origin, context, proxy
        self._only = () if proxy else tuple(only)
        self._addresses: list[tuple[int, Any]] = []

    async def resolve(self) -> None:
        """Look the name up, once for all connections: a name server is not what is tested. Raises RouteError."""
        host, port = (self._proxy.host, self._proxy.port) if self._proxy else (self._origin.host, self._origin.port)
        loop = asyncio.get_running_loop()
        try:
            found = [
                each
                for name in self._only or (host,)
                for each in await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            ]
        except (OSError, UnicodeError):
            raise RouteError(f"`{host}` has no address", "check the name, and whether this machine knows it") from None
        self._addresses = [(family, address) for family, _, _, _, address in found]

    async def open(self, make: Callable[[], P]) -> P:
        """A connection that stands, TLS included. Raises OpenError."""
        sock = await self._connected()
        try:
            if self._proxy and self._context:
                await self._tunnel(sock, self._proxy)
            return await self._dressed(sock, make)
        except BaseException:
            sock.close()
            raise

    async def _connected(self) -> socket.socket:
        """A connection to the first address that takes one; that is then the first to be tried."""
        last: OSError | None = None
        for number, (family, address) in enumerate(self._addresses):
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                await asyncio.get_running_loop().sock_connect(sock, address)
            except OSError as error:
                sock.close()
                last = error
            except BaseException:
                sock.close()
                raise
            else:
                self._addresses.insert(0, self._addresses.pop(number))
                return sock
        raise OpenError(ErrorClass.CONNECT, _reason(last) if last else "no address")

    async def _tunnel(self, sock: socket.socket, proxy: Proxy) -> None:
        """Have the proxy connect to the server. Source: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6."""
        loop = asyncio.get_running_loop()
        host = f"[{self._origin.host}]" if ":" in self._origin.host else self._origin.host
        place = f"{host}:{self._origin.port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if proxy.authorization:
            lines.append(f"Proxy-Authorization: {proxy.authorization.reveal()}")
        head = b""
        try:
            await loop.sock_sendall(sock, "\r\n".join([*lines, "", ""]).encode())
            while _END not in head and len(head) < _LARGEST_HEAD:
                data = await loop.sock_recv(sock, _LARGEST_HEAD)
                if not data:
                    break
                head += data
        except OSError as error:
            raise OpenError(ErrorClass.CONNECT, f"the proxy: {_reason(error)}") from None
        status = head.split(b"\r\n", 1)[0].split(b" ")[1:2]
        if status != [b"200"] or not head.endswith(_END):
            said = status[0].decode("latin-1") if status else "no status"
            raise OpenError(ErrorClass.CONNECT, f"the proxy refuses to connect: {said}")

    async def _dressed(self, sock: socket.socket, make: Callable[[], P]) -> P:
        loop = asyncio.get_running_loop()
        name = self._origin.host if self._context else None
        try:
            _, protocol = await loop.create_connection(make, sock=sock, ssl=self._context, server_hostname=name)
        except ssl.SSLCertVerificationError as error:
            raise OpenError(ErrorClass.TLS, f"its certificate is not trusted: {error.verify_message}") from None
        except OSError as error:  # ssl.SSLError is one
            raise OpenError(ErrorClass.TLS if self._context else ErrorClass.CONNECT, _reason(error)) from None
        return protocol


def _reason(error: OSError) -> str:
    """In a few words, whichever event loop says it."""
    if isinstance(error, ssl.SSLError):
        return (error.reason or "TLS failed").lower().replace("_", " ")
    said = os.strerror(error.errno) if error.errno else str(error)
    return said.lower() or "the connection was closed"
