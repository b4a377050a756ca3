"""What a status other than 200 means, and what its body says about it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from airectl.net import retries
from airectl.net.session import StatusError
from airectl.net.urls import place_of
from airectl.sources.prometheus.server.connection import Connection
from airectl.sources.prometheus.server.failures import (
    LOGIN,
    Denied,
    NoAnswer,
    Overloaded,
    Problem,
    Refused,
    says_too_much,
    short,
    table,
    who,
)

_AT: Final = re.compile(r"(?:^|\s)(?P<line>\d{1,6}):(?P<col>\d{1,6}): (?:parse error: )?(?P<reason>.*)", re.DOTALL)
# What a server says when the query itself is wrong, whatever its status.
_WRONG: Final = re.compile(
    r"parse error|cannot parse|unparsed data|many-to-many|many-to-one|multiple matches for labels|duplicate series"
    r"|duplicate time series on|same labelset|unknown func|invalid parameter .query",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A refusal: its `type` where it is one of Prometheus' API, and one line of text."""

    status: int
    type: str = ""
    text: str = ""
    location: str = ""
    asked: str | None = None

    @property
    def why(self) -> str:
        return f": {self.text}" if self.text else ""


def problem(error: StatusError, connection: Connection) -> Problem:
    """The problem that a status stands for."""
    said = _read(error, connection)
    for applies, made in _CASES:
        if applies(said):
            return made(said, connection)
    return Problem(error=NoAnswer(f"{who(connection)} answered with status {said.status}{said.why}", help=LOGIN))


def _read(error: StatusError, connection: Connection) -> _Said:
    try:
        found: Any = json.loads(error.body)
    except (ValueError, RecursionError):
        found = None
    kind, text = "", error.body[:4096].decode("utf-8", "replace").strip().partition("\n")[0]
    if isinstance(found, dict):
        text = found["error"] if isinstance(found.get("error"), str) else ""
        kind = str(found.get("errorType") or "") if text else ""
    return _Said(
        status=error.status,
        type=kind,
        text="" if text.startswith("<") else short(text, connection),
        location=error.headers.get("Location", ""),
        asked=error.headers.get("Retry-After"),
    )


def _denied(said: _Said, connection: Connection) -> Problem:
    where = table(connection)
    unknown = said.status == HTTPStatus.UNAUTHORIZED
    if not connection.credentials.given:
        verb = "asks for credentials"
        help = f"write {where} with this `url` and a `token_env`, or `username` and `password_env`, in airectl.toml"
    elif unknown:
        verb, help = "refused the credentials", f"look whether those of {where} have expired, and are meant for it"
    else:
        verb, help = "does not let these credentials ask", f"have them allowed to query, or check `tenant` of {where}"
    message = f"{who(connection)} {verb}{said.why}"
    return Problem(error=Denied(message, help=help), ends=unknown)


def _redirected(said: _Said, connection: Connection) -> Problem:
    message = f"{who(connection)} sends the question on to {place_of(said.location)}, and no redirect is followed"
    help = "write the address that it leads to as `url`; where that is a login page, a token is missing"
    return Problem(error=NoAnswer(message, help=help), ends=True)


def _ended(said: _Said, connection: Connection) -> Problem:
    message = f"{who(connection)} ended the query, which took longer than it allows{said.why}"
    return Problem(error=Overloaded(message, help="ask less: fewer series, a shorter window"))


def _turned_away(said: _Said, connection: Connection) -> Problem:
    message = f"{who(connection)} turned the question away with status {said.status}{said.why}"
    help = "ask again later, and look at its load"
    return Problem(error=Overloaded(message, help=help), passing=True, asked=said.asked)


def _refused(said: _Said, connection: Connection) -> Problem:
    found = _AT.search(said.text)
    at = (int(found["line"]), int(found["col"])) if found else (0, 0)
    reason = found["reason"] if found else said.text
    if says_too_much(said.text) and not found:
        help = "ask for fewer series, a shorter window or larger slices, or raise the server's limits"
        return Problem(error=Refused(f"{who(connection)} refused it as too large: {reason}", help=help, reason=reason))
    wrong = said.type == "bad_data" or bool(_WRONG.search(said.text))
    help = "correct the query; the web page of the server shows what it gives" if wrong else "look at the server's log"
    message = f"{who(connection)} refused the query: {reason}"
    return Problem(error=Refused(message, help=help, reason=reason, at=at, invalid=wrong))


def _absent(_said: _Said, connection: Connection) -> Problem:
    help = "check the path in `url`: many stand below one, such as /prometheus or /select/0/prometheus"
    return Problem(error=NoAnswer(f"{who(connection)} has no API of a Prometheus there", help=help), ends=True)


_QUERY: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
# The first that applies holds.
_CASES: Final[tuple[tuple[Callable[[_Said], bool], Callable[[_Said, Connection], Problem]], ...]] = (
    (lambda said: said.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN), _denied),
    (lambda said: HTTPStatus.MULTIPLE_CHOICES <= said.status < HTTPStatus.BAD_REQUEST, _redirected),
    (lambda said: said.type == "timeout", _ended),
    (lambda said: retries.passing(said.status), _turned_away),
    (lambda said: said.status in _QUERY and bool(said.type), _refused),
    (lambda said: said.status == HTTPStatus.NOT_FOUND, _absent),
)
