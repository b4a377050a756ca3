"""Blanks: the one way in which a document says that a person has to think here.

    TODO(postmortem): who noticed first, and how?

It stands in the text, in a cell of a table, or as a value of the front matter. A document with a blank left is
not finished.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

MARK: Final = "TODO(postmortem):"
# The question ends with the line, or with the cell of a table that it stands in.
_BLANK: Final = re.compile(r"TODO\(postmortem\):?[ \t]*([^\n|]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A question that is left, and where it stands: line and column from 1."""

    question: str
    line: int
    col: int


def blank(question: str) -> str:
    """The text that stands for an answer: one line, and nothing that would end a cell of a table."""
    return f"{MARK} {' '.join(question.replace('|', '/').split())}".rstrip()


def defused(text: str) -> str:
    """A text of others, in which neither a blank nor a comment of Markdown begins or ends."""
    return text.replace("TODO(postmortem", "TODO (postmortem").replace("<!--", "<! --").replace("-->", "-- >")


def is_blank(value: Any) -> bool:
    """Whether a value of the front matter is one."""
    return isinstance(value, str) and value.lstrip().startswith(MARK.removesuffix(":"))


def blanks(text: str) -> Iterator[Blank]:
    """Every blank of a document, in order."""
    for number, line in enumerate(text.split("\n"), 1):
        for found in _BLANK.finditer(line):
            question = found[1].rstrip(" \t\r\"'*_")
            yield Blank(question=question, line=number, col=found.start() + 1)
