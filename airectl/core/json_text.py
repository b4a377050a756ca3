"""JSON that knows where its texts stand.

The standard library says whether a text is JSON, and where it stops being it. What it reads is then walked
again token by token, without recursion, since it keeps no places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]+')
_PIECE: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]")


class JsonError(ValueError):
    """It is no JSON, from a line and a column on, both counted from 1."""

    def __init__(self, message: str, line: int, col: int) -> None:
        super().__init__(message)
        self.line, self.col = line, col


class Text(str):
    """A text with its place: `line` and `col` of its first character, and how it is `written` between its quotes."""

    line: int
    col: int
    written: str

    def column(self, offset: int) -> int:
        """The column of the character at `offset`; escapes take several columns each."""
        pieces = (match.end() for match in _PIECE.finditer(self.written))
        ends = [0, *(end for end, _ in zip(pieces, range(offset), strict=False))]
        return self.col + ends[-1]


def read(source: str) -> Any:
    """What a JSON text holds: dicts, lists, numbers and the like; every value that is a text is a `Text`.

    Raises JsonError.
    """
    try:
        json.loads(source)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg[:1].lower() + error.msg[1:], error.lineno, error.colno) from None
    except RecursionError:
        raise JsonError("it is nested too deeply", 1, 1) from None
    except ValueError:  # a number of thousands of digits
        raise JsonError("it holds a number that cannot be read", 1, 1) from None
    return _walked(source)


def _walked(source: str) -> Any:
    """The same data, with places; `source` is valid."""
    top: list[Any] = []
    stack: list[Any] = [top]
    keys: list[str | None] = [None]
    for piece, line, col in _tokens(source):
        if piece in ",:":
            continue
        if piece in "}]":
            stack.pop()
            keys.pop()
            continue
        holder = stack[-1]
        if isinstance(holder, dict) and keys[-1] is None:
            keys[-1] = json.loads(piece)
            continue
        value = _value(piece, line, col)
        if isinstance(holder, dict):
            holder[str(keys[-1])] = value
            keys[-1] = None
        else:
            holder.append(value)
        if piece in "{[":
            stack.append(value)
            keys.append(None)
    return top[0]


def _tokens(source: str) -> Iterator[tuple[str, int, int]]:
    """Every token with its line and column, from 1."""
    line, start, before = 1, 0, 0
    for match in _TOKEN.finditer(source):
        breaks = source.count("\n", before, match.start())
        if breaks:
            line += breaks
            start = source.rindex("\n", before, match.start()) + 1
        before = match.start()
        yield match[0], line, match.start() - start + 1


def _value(piece: str, line: int, col: int) -> Any:
    if piece == "{":
        return {}
    if piece == "[":
        return []
    found = json.loads(piece)
    if not isinstance(found, str):
        return found
    text = Text(found)
    text.line, text.col, text.written = line, col + 1, piece[1:-1]
    return text
