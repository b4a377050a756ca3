"""Lints of what a postmortem has to say at all: its sections, and no blank left in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.incident import sections
from airectl.core.incident.blanks import blanks
from airectl.incident.document import Document
from airectl.incident.lint import Scope, lint
from airectl.incident.markdown import Page, Part

# What stands for nothing: a dash, dots, a word that promises more.
_NOTHING: Final = re.compile(
    r"[-*+.\s]*(?:tbd|tba|todo|n/?a|none yet|to be (?:done|added|written)|lorem ipsum.*)?[-*+.\s]*", re.IGNORECASE
)


@lint("AIR621", Severity.ERROR)
def missing_section(document: Document, scope: Scope) -> Iterator[Finding]:
    """A section that its template asks for; of foreign documents the least of them."""
    wanted = sections.required(document.incident.template) if document.ours else sections.LEAST
    for key in wanted:
        if key not in document.parts:
            title = sections.TITLES[key]
            template = f"; the template `{document.incident.template}` has it" if document.incident.template else ""
            yield scope.finding(
                document.page.at(document.page.front[1] if document.page.front else 1),
                f"the section `{title}` is missing{template}",
                help=f"add `## {title}`",
            )


@lint("AIR622", Severity.ERROR)
def blank_left(document: Document, scope: Scope) -> Iterator[Finding]:
    """A question that nobody has answered."""
    for each in blanks(document.text):
        message = f"a blank is left: {each.question}" if each.question else "a blank is left"
        help = "answer it, or remove it where it does not matter"
        yield scope.finding(document.page.at(each.line, each.col), message, help=help)


@lint("AIR623", Severity.ERROR)
def empty_section(document: Document, scope: Scope) -> Iterator[Finding]:
    """A heading with nothing below it, or with a word that stands for nothing."""
    for key, part in document.parts.items():
        if key in sections.TITLES and not _says_something(document.page, part):
            at = document.page.at(part.heading.line)
            help = "say it, or say why there is nothing to say"
            yield scope.finding(at, f"the section `{part.heading.title}` says nothing", help=help)


def _says_something(page: Page, part: Part) -> bool:
    if any(part.first <= fence.line <= part.last for fence in page.fences):
        return True
    said = (line for _, line in page.lines_of(part) if not line.startswith("#"))
    return any(not _NOTHING.fullmatch(line) for line in said)
