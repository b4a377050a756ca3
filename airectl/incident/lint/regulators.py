"""Lints of what regulators are to be told, where the front matter says that they may have to be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from airectl.core.findings import Finding, Location, Severity
from airectl.core.incident.blanks import is_blank
from airectl.incident.document import Document
from airectl.incident.lint import Scope, lint
from airectl.incident.regulators import NEAR, NO_ADVICE, Clock, NoClockError, State, clock
from airectl.spec.tree import Map


@lint("AIR640", Severity.ERROR, ours=True)
def passed(document: Document, scope: Scope) -> Iterator[Finding]:
    """A clock that has run out without a notice, or before it."""
    for at, each in _clocks(document, scope):
        if each.state in (State.PASSED, State.LATE):
            late = "it was told" if each.state is State.LATE else "that was"
            message = f"the time to tell {each.rule.whom} ended at {_said(each)}; {late} {_spoken(-each.left)} later"
            if each.state is State.PASSED:
                message = f"the time to tell {each.rule.whom} ended at {_said(each)}, {_spoken(-each.left)} ago"
            help = "tell them now and say why it is late; then write `reported:`"
            yield scope.finding(at, message, help=help, notes=_notes(each))


@lint("AIR641", Severity.WARNING, ours=True)
def near(document: Document, scope: Scope) -> Iterator[Finding]:
    """A clock of which little is left."""
    for at, each in _clocks(document, scope):
        if each.state is State.NEAR:
            message = f"{_spoken(each.left)} are left to tell {each.rule.whom}, until {_said(each)}"
            notes = (*_notes(each), f"near: less than 1/{NEAR} of its {each.ground.hours} hours is left")
            yield scope.finding(at, message, help="tell them, then write `reported:`", notes=notes)


@lint("AIR642", Severity.ERROR, ours=True)
def no_clock(document: Document, scope: Scope) -> Iterator[Finding]:
    """A notice whose rule or ground is not known, or of which nobody says since when it counts."""
    for node, found in _notices(document, scope):
        if isinstance(found, NoClockError):
            yield scope.finding(node.at(found.key), str(found), help=found.help, notes=(NO_ADVICE,))


def _clocks(document: Document, scope: Scope) -> Iterator[tuple[Location, Clock]]:
    for node, found in _notices(document, scope):
        if isinstance(found, Clock):
            yield node.at("reported" if "reported" in node else "rule"), found


def _notices(document: Document, scope: Scope) -> Iterator[tuple[Map, Clock | NoClockError]]:
    if document.front is None:
        return
    nodes = [node for node in document.front.maps("notices") if node.text("rule") and not is_blank(node.text("rule"))]
    # One to one: the same rule may have several notices, one for each authority.
    for node, notice in zip(nodes, document.incident.notices, strict=True):
        try:
            yield node, clock(notice, document.incident, scope.now)
        except NoClockError as error:
            yield node, error


def _said(each: Clock) -> str:
    return f"{each.deadline:%Y-%m-%d %H:%MZ}"


def _notes(each: Clock) -> tuple[str, ...]:
    began = f"{each.began:%Y-%m-%d %H:%MZ}"
    return (
        f"{each.rule.title}: {each.ground.words}",
        f"counted from {began}, {each.origin}",
        f"{each.rule.law}, as of {each.rule.read}: {each.rule.source}",
        f"not legal advice: {NO_ADVICE}",
    )


def _spoken(left: timedelta) -> str:
    """`31 hours`, `4 days`, `50 minutes`: whole ones, never more than there are."""
    minutes = int(left.total_seconds() // 60)
    if minutes >= 72 * 60:
        return f"{minutes // (24 * 60)} days"
    if minutes >= 2 * 60:
        return f"{minutes // 60} hours"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
