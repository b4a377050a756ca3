"""What an HTTP status other than 200 means for a probe, in the server's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from airectl.net.urls import place_of
from airectl.probing.reasons import Failure, Reason

_LONGEST: Final = 200


def failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """The failure of an answer with this status."""
    said = f"{status} {_phrase(status)}".strip()
    if 300 <= status < 400 and "location" in headers:
        help = "give the address that it leads to; no redirect is followed, since credentials are for one server"
        return Failure(
            reason=Reason.HTTP_OTHER, said=f"{said}, a redirect to {place_of(headers['location'])}", help=help
        )
    told = _told(body, headers)
    return Failure(reason=_reason(status), said=f"{said}: {told}" if told else said, help=_help(status, headers))


def _reason(status: int) -> Reason:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Reason.DENIED
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Reason.RATE_LIMITED
    known = {4: Reason.HTTP_4XX, 5: Reason.HTTP_5XX}
    return known.get(status // 100, Reason.HTTP_OTHER)


def _help(status: int, headers: Mapping[str, str]) -> str:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return "put `token_env` into the probe's table in airectl.toml; see `airectl help probing`"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        after = headers.get("retry-after", "")
        return (
            f"it asks to wait for {after[:40]} s" if after.isdigit() else "the server has no room for one more request"
        )
    if status == HTTPStatus.NOT_FOUND:
        return "check the address, `--protocol` and `--model`"
    if status // 100 == 4:
        return "the server does not take such a request: check `--protocol`, `--model` and the prompt's parameters"
    return "look at the server's log, and at the gateway before it" if status // 100 == 5 else ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _told(body: bytes, headers: Mapping[str, str]) -> str:
    """What the body says, in whichever of the usual shapes; nothing of a web page."""
    if "html" in headers.get("content-type", ""):
        return "a web page"
    text = body.decode("utf-8", "replace").strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text[:_LONGEST]
    for key in ("error", "message", "detail"):
        value = value.get(key, value) if isinstance(value, dict) else value
    return (value if isinstance(value, str) else json.dumps(value))[:_LONGEST]
