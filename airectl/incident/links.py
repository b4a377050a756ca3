"""Links of documents, asked whether they are there: a few at a time, each and all of them for a bounded time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from airectl.core.findings import Finding, Location, Severity
from airectl.env import Stop
from airectl.incident.markdown import Page
from airectl.net.credentials import Credentials
from airectl.net.flight import StoppedError
from airectl.net.http_client import Answered, Broken, Call, Client, Question, TooLargeError
from airectl.net.urls import UrlError, endpoint

_LINK: Final = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]+")
_GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
# What a server that is there may answer to somebody whom it does not know.
_NOT_TOLD: Final = range(400, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many links are asked at most, how many at once, and for how long each and all of them."""

    links: int = 200
    at_once: int = 8
    each_s: float = 10.0
    all_s: float = 120.0


def links(pages: Iterable[Page]) -> dict[str, Location]:
    """Every link of the text with the first place that has it; what stands in code is none."""
    found: dict[str, Location] = {}
    for page in pages:
        for number, line in enumerate(page.text, 1):
            for match in _LINK.finditer(line):
                url = _ended(match[0])
                found.setdefault(url, page.at(number, match.start() + 1, len(url)))
    return found


def dead(pages: Iterable[Page], stop: Stop, bounds: Bounds | None = None) -> Iterator[Finding]:
    """AIR666: links that lead nowhere, and those that could not be asked."""
    bounds = bounds or Bounds()
    found = links(pages)
    asked = dict(list(found.items())[: bounds.links])
    until_s = monotonic() + bounds.all_s
    todo = list(asked.items())
    try:
        with stop.watched():
            while todo and monotonic() < until_s:
                some, todo = todo[: bounds.at_once], todo[bounds.at_once :]
                yield from _some(some, stop, min(until_s, monotonic() + bounds.each_s))
    except StoppedError:
        pass
    left = len(todo) + len(found) - len(asked)
    if left:
        first = todo[0][1] if todo else list(found.values())[bounds.links]
        help = f"at most {bounds.links} are asked, for {bounds.all_s:.0f} seconds; check the rest by hand"
        yield _finding(Severity.INFO, first, f"{left} links were not asked, this one first", help)


def _some(asked: list[tuple[str, Location]], stop: Stop, until_s: float) -> Iterator[Finding]:
    with ExitStack() as calls:
        begun = []
        for url, at in asked:
            try:
                begun.append((url, at, calls.enter_context(_call(url, stop))))
            except UrlError as error:
                yield _finding(Severity.WARNING, at, f"the link cannot be asked: {error}", error.help)
        for url, at, call in begun:
            yield from _answer(url, at, call, until_s)


def _call(url: str, stop: Stop) -> Call:
    parts = urlsplit(url)
    place = endpoint(f"{parts.scheme}://{parts.netloc}", api="")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    client = Client(place, Credentials(), connect_s=5.0, limit_bytes=1)
    return client.ask(Question(path=path), stop)


def _answer(url: str, at: Location, call: Call, until_s: float) -> Iterator[Finding]:
    """What a link's server said first; the page itself is not read."""
    while (event := call.next(until_s)) is not None:
        if isinstance(event, Answered):
            if event.status in _GONE:
                message = f"the link is dead: its server answers {event.status}"
                yield _finding(Severity.WARNING, at, message, "correct it")
            elif event.status >= _NOT_TOLD.stop:
                help = "look at it again later"
                yield _finding(Severity.WARNING, at, f"the link's server answers {event.status}", help)
            return
        if isinstance(event, Broken):
            if not isinstance(event.error, TooLargeError):
                message = f"the link could not be asked: {str(event.error).lower() or type(event.error).__name__}"
                yield _finding(Severity.WARNING, at, message, "check its host, or whether it is reachable from here")
            return
    yield _finding(Severity.WARNING, at, "the link's server did not answer in time", "look at it again later")


def _finding(severity: Severity, at: Location, message: str, help: str) -> Finding:
    return Finding(code="AIR666", severity=severity, message=message, at=at, help=help)


def _ended(url: str) -> str:
    """A link without what ends a sentence, and without a bracket that is not its own."""
    url = url.rstrip(".,;:!?*_")
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(".,;:!?*_")
    return url
