"""Lints of action items: there is one, it can be done, somebody does it, by a day that has not passed."""

from __future__ import annotations

from collections.abc import Iterator

from airectl.core.findings import Finding, Severity
from airectl.incident.actionable import why_not
from airectl.incident.document import ActionItem, Document
from airectl.incident.lint import Scope, lint

_OPEN = ("open", "")


@lint("AIR632", Severity.ERROR)
def no_action(document: Document, scope: Scope) -> Iterator[Finding]:
    """Not one action item."""
    if document.actions:
        return
    at = document.page.at(1)
    if document.front is not None:
        at = document.front.at("action_items")
    elif "actions" in document.parts:
        at = document.page.at(document.parts["actions"].heading.line)
    blank = document.front is not None and any(document.front.maps("action_items"))
    if not blank:
        yield scope.finding(
            at, "there is no action item", help="add what is done so that it does not happen again, or is shorter"
        )


@lint("AIR633", Severity.ERROR)
def not_actionable(document: Document, scope: Scope) -> Iterator[Finding]:
    """One of which nobody can say when it is done."""
    for each in document.actions:
        if reason := why_not(each.text):
            help = "begin with a verb, and say what is there when it is done: `Add an alert for ... above 1 %`"
            yield scope.finding(each.at, f"this is no action item: {reason}", help=help)


@lint("AIR634", Severity.ERROR, ours=True)
def no_owner(document: Document, scope: Scope) -> Iterator[Finding]:
    """One that nobody does."""
    for each in _open(document):
        if not each.owner and not _blank(each.owner_at, document):
            yield scope.finding(each.owner_at, "this action item has no owner", help="add `owner:`, one person or team")


@lint("AIR635", Severity.ERROR, ours=True)
def no_date(document: Document, scope: Scope) -> Iterator[Finding]:
    """One that is done some day."""
    for each in _open(document):
        if each.due is None and not each.due_text:
            yield scope.finding(each.due_at, "this action item has no date", help="add `due:`, such as 2026-12-01")
        elif each.due is None and not _blank(each.due_at, document):
            message = f"`{each.due_text}` is no day of the calendar"
            yield scope.finding(each.due_at, message, help="write it as 2026-12-01")


@lint("AIR636", Severity.WARNING, ours=True)
def overdue(document: Document, scope: Scope) -> Iterator[Finding]:
    """One whose day has passed, and that is neither done nor dropped."""
    today = scope.now.date()
    for each in _open(document):
        if each.due and each.due < today:
            days = (today - each.due).days
            message = f"this action item is overdue by {days} {'day' if days == 1 else 'days'}"
            yield scope.finding(
                each.due_at, message, help="do it, or set `status: done`, `status: dropped` or a new date"
            )


def _open(document: Document) -> Iterator[ActionItem]:
    return (each for each in document.actions if each.status in _OPEN)


def _blank(at: object, document: Document) -> bool:
    """Whether a blank stands there, which is told as one."""
    line = getattr(at, "line", 0)
    return "TODO(postmortem)" in document.page.line(line)
