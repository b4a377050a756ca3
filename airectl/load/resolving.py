"""Looking up the addresses of a target, once: they are judged, and connections go to these and no others."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from airectl.errors import Unreachable
from airectl.load.safety import Place


def resolve(host: str, port: int) -> Place:
    """All addresses of a host, each once, in the order in which they are tried. Raises Unreachable.

    A name is looked up by the operating system as any program would, so /etc/hosts counts.
    """
    try:
        return Place(host=host, addresses=(str(ip_address(host)),))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise Unreachable(f"`{host}` has no address: {why}", help="check the name, and that DNS answers here") from None
    return Place(host=host, addresses=tuple(dict.fromkeys(str(each[4][0]) for each in found)))
