"""Imported by each child interpreter of the tests: the first attempt to reach a network ends in an error.

With SEEN_NETWORK this machine may be reached, and the file of that name says who tried to reach another.
"""

import os
import sys
from pathlib import Path

_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
_HERE = ("127.0.0.1", "localhost")
_SEEN = os.environ.get("SEEN_NETWORK")


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event not in _NETWORK:
        return
    if _SEEN:
        place = args[-1] if event in ("socket.connect", "socket.sendto") else args[0]
        host = place[0] if isinstance(place, tuple) else place
        if host in _HERE:
            return
        with Path(_SEEN).open("a") as stream:
            stream.write(f"{event} {host} {sys.argv}\n")
    raise RuntimeError(f"the tests run without a network: {event}")


sys.addaudithook(_refuse)
