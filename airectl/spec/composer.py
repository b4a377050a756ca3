"""YAML text to trees that keep every position, with the holes of YAML closed.

Composed from libyaml's events in one loop: libyaml's own composer recurses and dies on 40,000
brackets. Every limit is counted while events arrive, so a hostile file costs milliseconds.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from airectl.core.findings import Finding, Location, Severity
from airectl.spec import lines
from airectl.spec.builder import Stop, TreeBuilder

MAX_RESTARTS: Final = 50
# What YAML forbids in a stream; libyaml's own error for these has no line.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Composed:
    """The documents of one stream (a null document is left out) and what is wrong with the text."""

    documents: list[Any] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def compose(path: str, text: str) -> Composed:
    """Every document in `text`. After a syntax error, reading goes on at the next `---`."""
    result = Composed()
    if text.startswith("\ufeff"):
        text = text[1:]
        result.findings.append(
            Finding(
                code="AIR008",
                severity=Severity.WARNING,
                message="the file starts with a byte order mark",
                at=Location(path=path, line=1, col=1),
                help="save it as UTF-8 without a byte order mark; some readers take it as part of the first key",
            )
        )
    if bad := _FORBIDDEN.search(text):
        result.findings.append(_forbidden(path, text, bad.start()))
        return result
    line = 0
    for _ in range(MAX_RESTARTS):
        resume = _compose_from(path, text, line, result)
        if resume is None:
            break
        line = resume
    return result


def _compose_from(path: str, text: str, line: int, result: Composed) -> int | None:
    """Compose the documents from `line` (from 0) on; the line to go on at after an error, else None."""
    # Blank lines in place of the part already read keep the line numbers right.
    rest = "\n" * line + "\n".join(lines.split(text)[line:]) if line else text
    loader = yaml.CSafeLoader(rest)
    builder = TreeBuilder(path, loader, result.findings)
    try:
        result.documents.extend(builder.documents())
    except yaml.MarkedYAMLError as error:
        result.findings.append(_syntax(path, text, error))
        mark = error.problem_mark or error.context_mark
        # The parser may have stopped at the very `---` that begins the next document.
        return _next_document(text, max(line + 1, mark.line) if mark else builder.line + 1)
    except Stop:
        return _next_document(text, builder.line + 1)
    finally:
        loader.dispose()
    return None


def _next_document(text: str, first: int) -> int | None:
    """The line (from 0) of the first `---` from line `first` on; None when there is none."""
    written = lines.split(text)
    return next((n for n in range(first, len(written)) if written[n].startswith("---")), None)


def _forbidden(path: str, text: str, index: int) -> Finding:
    before = lines.split(text[:index])
    return Finding(
        code="AIR002",
        severity=Severity.ERROR,
        message=f"the character U+{ord(text[index]):04X} is not allowed in YAML",
        at=Location(path=path, line=len(before), col=len(before[-1]) + 1),
        help="remove it, or write it as an escape in a double-quoted string",
    )


def _syntax(path: str, text: str, error: yaml.MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "the file is not valid YAML"
    at = _within(path, text, mark.line, mark.column) if mark else Location(path=path)
    # libyaml does not say which character it found.
    tab = mark is not None and lines.split(text)[at.line - 1][at.col - 1 : at.col] == "\t"
    return Finding(
        code="AIR002",
        severity=Severity.ERROR,
        message=f"not valid YAML: {'a tab cannot start a token' if tab else problem}",
        at=at,
        notes=(error.context,) if error.context else (),
        help="indent with spaces"
        if tab
        else "fix the syntax here or just above; the rest of this document was not read",
    )


def _within(path: str, text: str, line: int, column: int) -> Location:
    """A place from 0 as a Location; past the end of the text, where the parser may give up, it is the end."""
    written = lines.split(text)
    if line >= len(written):
        line, column = len(written) - 1, len(written[-1])
    return Location(path=path, line=line + 1, col=column + 1)
