"""Faults ordered from a simulator that runs with --control."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from airectl.errors import Unreachable

_WAIT_S: Final = 5.0


def order(url: str, faults: Sequence[str]) -> None:
    """These faults from now on, in place of those before; none: as it was meant to be. Raises Unreachable."""
    place = urlsplit(url)
    body = json.dumps({"faults": list(faults)}) if faults else None
    try:
        with closing(HTTPConnection(place.hostname or "", place.port, timeout=_WAIT_S)) as connection:
            connection.request("POST" if faults else "DELETE", "/faults", body, {"Content-Type": "application/json"})
            status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise Unreachable(f"{url} takes no orders: {str(error).lower()}", help="is the simulator there?") from None
    if status != 200:  # it is well
        raise Unreachable(f"{url} takes no orders: status {status}", help="start it with --control")
