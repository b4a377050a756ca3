"""Lints of language: no blame, and an outage is called so only where everything was down."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.incident.blame import Blame, blames, plain
from airectl.incident.document import Document
from airectl.incident.lint import Scope, lint
from airectl.incident.wording import words

_NAME: Final = re.compile(r"[A-Z][\w'-]+(?: [A-Z][\w'-]+){1,2}|@[\w.-]+")
_OUTAGE: Final = re.compile(r"\boutages?\b", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"[.!?;](?:\s|$)|\n|\|")
_QUOTE: Final = re.compile(r"\s*>")
_HELP: Final = "say what made it easy to happen: what was not shown, not checked, not possible"


@dataclass(frozen=True, slots=True)
class _Text:
    """Lines that belong together, as one text; `starts` are where each begins, `first` is the number of the first."""

    text: str
    first: int
    starts: tuple[int, ...]

    def at(self, document: Document, start: int, end: int) -> Location:
        """A place of the text in its document."""
        index = bisect_right(self.starts, start) - 1
        line, col = self.first + index, start - self.starts[index] + 1
        ends = self.starts[index + 1] - 1 if index + 1 < len(self.starts) else len(self.text)
        return document.page.at(line, col, min(end, ends) - start)


@lint("AIR637", Severity.ERROR)
def blameful(document: Document, scope: Scope) -> Iterator[Finding]:
    """Words that judge people instead of what they worked with."""
    for blame, at in _blames(document):
        if not blame.person:
            yield scope.finding(at, f"`{blame.said}` blames people, and does not say what made it possible", help=_HELP)


@lint("AIR638", Severity.ERROR)
def person_blamed(document: Document, scope: Scope) -> Iterator[Finding]:
    """A person, by name, as the subject of a failure."""
    for blame, at in _blames(document):
        if blame.person:
            message = f"`{blame.said}`: a person is the subject of a failure"
            yield scope.finding(at, message, help=f"write `the engineer on call` and the like, and {_HELP}")


@lint("AIR639", Severity.WARNING)
def no_outage(document: Document, scope: Scope) -> Iterator[Finding]:
    """The word outage, where the front matter says that not everything was down."""
    said = document.incident.impact.outage
    if said not in ("partial", "none"):
        return
    for text, where in _places(document):
        for start, end in outages(text):
            message = f"`{text[start:end]}` is for when everything is down, and this one was {_called(said)}"
            help = "say what was worse, for whom and by how much: degraded, slow, 3 % of requests failed"
            yield scope.finding(where(start, end), message, help=help)


def outages(text: str) -> Iterator[tuple[int, int]]:
    """Where a text calls something of ours an outage: not in code or quotations, not denied, not somebody else's."""
    others = words()["outage"]["others"]
    said = plain(text)
    for found in _OUTAGE.finditer(said):
        ends = [each.start() for each in _SENTENCE.finditer(said)]
        begin = max((each for each in ends if each < found.start()), default=0)
        until = min((each for each in ends if each >= found.end()), default=len(said))
        around = {word.lower() for word in re.findall(r"[\w'-]+", said[begin:until])}
        if not around.intersection(others) and not any(word.endswith("n't") for word in around):
            yield found.start(), found.end()


def _called(outage: str) -> str:
    return "a partial one" if outage == "partial" else "none"


def _blames(document: Document) -> list[tuple[Blame, Location]]:
    """Everything that blames in a document; worked out once for both lints."""
    if "blames" not in document.memo:
        document.memo["blames"] = list(_all_blames(document))
    found: list[tuple[Blame, Location]] = document.memo["blames"]
    return found


def _all_blames(document: Document) -> Iterator[tuple[Blame, Location]]:
    names = [each.owner for each in document.actions] + [document.incident.owner]
    people = [name for name in names if _NAME.fullmatch(name)]
    for text, where in _places(document):
        for blame in blames(text, people):
            yield blame, where(blame.start, blame.end)


def _places(document: Document) -> Iterator[tuple[str, _Where]]:
    """Every text of a document, with what makes places of its characters."""
    for each in _paragraphs(document):
        yield each.text, _Where(document, each)
    if document.front is None:
        return
    incident = document.incident
    if incident.title:
        yield incident.title, _Where(document, document.front.at("title"))
    for cause in document.front.maps("causes"):
        yield cause.text("cause"), _Where(document, cause.at("cause"))
    for action in document.front.maps("action_items"):
        yield action.text("action"), _Where(document, action.at("action"))


@dataclass(frozen=True, slots=True)
class _Where:
    """Makes the place of some characters; of a value of the front matter it is always the value's own."""

    document: Document
    place: _Text | Location

    def __call__(self, start: int, end: int) -> Location:
        return self.place.at(self.document, start, end) if isinstance(self.place, _Text) else self.place


def _paragraphs(document: Document) -> Iterator[_Text]:
    """Lines up to an empty one, a heading, a point of a list or a row; what is quoted is left out."""
    begun: list[str] = []
    first = 0
    for number, line in enumerate((*document.page.text, ""), 1):
        fresh = not line.strip() or re.match(r"\s*(?:[#|>]|[-*+]\s|\d+[.)]\s)", line)
        if fresh and begun:
            yield _joined(begun, first)
            begun = []
        if line.strip() and not _QUOTE.match(line):
            first = first if begun else number
            begun.append(line)
    if begun:
        yield _joined(begun, first)


def _joined(lines: list[str], first: int) -> _Text:
    starts, length = [], 0
    for line in lines:
        starts.append(length)
        length += len(line) + 1
    return _Text(" ".join(lines), first, tuple(starts))
