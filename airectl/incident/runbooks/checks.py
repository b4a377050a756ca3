"""What may be wrong with runbooks: one check a function, each on one file or on all of them and the alerts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.incident.alerts import Alert
from airectl.core.naming import runbook_file
from airectl.incident.markdown import Fence, Page
from airectl.incident.runbooks.shell import Command, NotShellError, commands
from airectl.incident.runbooks.writing import DIAGNOSIS, HEADINGS
from airectl.promql.guard import PromqlError
from airectl.promql.parse import parse

_SHELLS: Final = frozenset(("sh", "bash", "shell", "zsh", "console"))
_TODO: Final = re.compile(r"\b(?:TODO|FIXME|TBD|XXX)\b")
_OWN: Final = "airectl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A runbook: its page, and its place below the folder of runbooks, such as `chat/ChatPage.md`."""

    key: str
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The folder of runbooks, the books by their place in it, and the alerts that there are.

    `misread` says in a few words what is wrong with a command line of airectl, or nothing.
    """

    folder: str
    books: Mapping[str, Book]
    alerts: Sequence[Alert]
    misread: Callable[[Sequence[str]], str]


def check(shelf: Shelf) -> list[Finding]:
    """Every finding, on the files and on the alerts."""
    found = [*_missing(shelf), *_linked(shelf)]
    known = {runbook_file(alert.service, alert.name) for alert in shelf.alerts}
    for book in shelf.books.values():
        found += _left_over(book, known)
        found += _headings(book)
        found += _todo(book)
        for fence in book.page.fences:
            found += _fence(book, fence, shelf)
    return found


def _finding(code: str, severity: Severity, at: Location, message: str, help: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, at=at, help=help)


def _missing(shelf: Shelf) -> Iterator[Finding]:
    """AIR660: an alert without a file."""
    for alert in shelf.alerts:
        key = runbook_file(alert.service, alert.name)
        if key not in shelf.books:
            help = f"`airectl runbook generate --out {shelf.folder}` writes {key}"
            message = f"the alert `{alert.name}` of `{alert.service}` has no runbook in {shelf.folder}"
            yield _finding("AIR660", Severity.ERROR, alert.watched[0].slo.at, message, help)


def _linked(shelf: Shelf) -> Iterator[Finding]:
    """AIR667: the rules of an alert link to something else than its file."""
    for alert in shelf.alerts:
        key = runbook_file(alert.service, alert.name)
        wrong = [link for link in alert.links if not link.endswith(f"/{key}")]
        if key in shelf.books and (wrong or not alert.links):
            message = f"the rules of `{alert.name}` link to `{wrong[0]}`" if wrong else f"`{alert.name}` links nowhere"
            help = (
                "let `airectl.dev/runbook` end in `/`, as the folder of all runbooks, or set `url` in `[runbooks]` of "
                "airectl.toml"
            )
            at = alert.watched[0].slo.at
            yield _finding("AIR667", Severity.INFO, at, f"{message} and not to its runbook {key}", help)


def _left_over(book: Book, known: set[str]) -> Iterator[Finding]:
    """AIR661: a file without an alert."""
    if book.key not in known:
        help = "remove it, or keep it under another folder; names are SERVICE/ALERT.md"
        yield _finding(
            "AIR661", Severity.WARNING, Location(path=book.page.path), f"no alert has the runbook {book.key}", help
        )


def _headings(book: Book) -> Iterator[Finding]:
    """AIR662: one of the four headings is missing, or nothing stands below it."""
    parts = {part.heading.title.casefold(): part for part in book.page.parts if part.heading.level <= 2}
    for heading in HEADINGS:
        part = parts.get(heading.casefold())
        at = Location(path=book.page.path)
        if part is None:
            help = f"add `## {heading}`; every runbook has {', '.join(HEADINGS)}"
            yield _finding("AIR662", Severity.ERROR, at, f"the runbook has no heading `{heading}`", help)
        elif not _says_something(book.page, part.first, part.last):
            at = book.page.at(part.heading.line)
            help = "say it, or let `airectl runbook generate` fill it"
            yield _finding("AIR662", Severity.ERROR, at, f"nothing stands below `{heading}`", help)


def _says_something(page: Page, first: int, last: int) -> bool:
    fenced = any(first <= fence.line <= last for fence in page.fences)
    return fenced or any(line.strip() and not line.startswith("#") for line in page.text[first - 1 : last])


def _todo(book: Book) -> Iterator[Finding]:
    """AIR663: something is left to be written."""
    for number, line in enumerate(book.page.written, 1):
        if found := _TODO.search(line):
            at = book.page.at(number, found.start() + 1, len(found[0]))
            help = "nobody can do it at three in the morning: write it, or leave it out"
            yield _finding("AIR663", Severity.ERROR, at, f"`{found[0]}` is left in the runbook", help)


def _fence(book: Book, fence: Fence, shelf: Shelf) -> Iterator[Finding]:
    if not fence.closed:
        at = book.page.at(fence.line)
        yield _finding("AIR664", Severity.ERROR, at, "the block of code does not end", "close it with the same sign")
    elif fence.language == "promql":
        yield from _promql(book, fence)
    elif fence.language in _SHELLS:
        yield from _shell(book, fence, shelf)


def _promql(book: Book, fence: Fence) -> Iterator[Finding]:
    """AIR665: a query that is none."""
    try:
        parse(fence.text)
    except PromqlError as error:
        at = book.page.at(fence.line + 1 if fence.body else fence.line)
        yield _finding(
            "AIR665", Severity.ERROR, at, f"not PromQL: {error}", "one query a block, as Prometheus takes it"
        )


def _shell(book: Book, fence: Fence, shelf: Shelf) -> Iterator[Finding]:
    try:
        found = list(commands(fence.text))
    except NotShellError as error:
        at = book.page.at(fence.line + 1 + error.line)
        yield _finding("AIR664", Severity.ERROR, at, f"no shell would take it: {error}", "close the quote")
        return
    for command in found:
        at = book.page.at(fence.line + 1 + command.line)
        if command.program == _OWN and (reason := shelf.misread(command.words[1:])):
            yield _finding("AIR664", Severity.ERROR, at, f"airectl would not take it: {reason}", _help(command))
        if command.changes:
            yield from _unconfirmed(book, fence, command, at)


def _help(command: Command) -> str:
    words = [word for word in command.words[1:3] if word.isalpha()]
    return f"see `{' '.join([_OWN, *words[:1]])} --help`"


def _unconfirmed(book: Book, fence: Fence, command: Command, at: Location) -> Iterator[Finding]:
    """AIR668: a command that changes something is not marked, or stands where only reading is expected."""
    if fence.marks.get("confirm") is not True:
        help = f'mark the block: ```{fence.language} {{"name":"...","confirm":true}}'
        message = f"`{command.program}` changes something, and the block is not marked with confirm"
        yield _finding("AIR668", Severity.WARNING, at, message, help)
    diagnosis = (part for part in book.page.parts if part.heading.title.casefold() == DIAGNOSIS.casefold())
    if any(part.first <= fence.line <= part.last for part in diagnosis):
        message = f"`{command.program}` changes something, and Diagnosis only reads"
        yield _finding("AIR668", Severity.WARNING, at, message, "move it to Mitigation")
