"""Imported by each child interpreter of the tests: the first attempt to reach a network ends in an error."""

import sys

_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


def _refuse(event: str, _args: object) -> None:
    if event in _NETWORK:
        raise RuntimeError(f"the tests run without a network: {event}")


sys.addaudithook(_refuse)
