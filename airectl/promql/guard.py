"""What is refused before the parser sees it: the native parser dies on deep nesting and long sums.

A segmentation fault cannot be caught, so everything that makes the parser recurse is counted first.
"""

import re
from typing import Final

from airectl.promql.regexes import MAX_COST, cost

MAX_BYTES: Final = 16 * 1024
MAX_DEPTH: Final = 64
MAX_OPERATORS: Final = 200

# Strings and comments hold anything; in braces, `!=` compares labels. A number may hold a sign. A text
# that does not end goes on to the end: the parser refuses it, and looking on would take quadratic time.
_TOKEN: Final = re.compile(
    r"""
      (?P<text>"(?:[^"\\]|\\.)*+\\?(?:"|\Z) | '(?:[^'\\]|\\.)*+\\?(?:'|\Z) | `[^`]*(?:`|\Z))
    | \#[^\n]*
    | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:.]*)
    | [0-9.]+(?:[eE][-+]?[0-9]+)?
    | (?P<open>[(\[{]) | (?P<close>[)\]}])
    | (?P<operator>[-+*/%^] | [=!<>]=? | [=!]~)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final = frozenset(("and", "or", "unless", "atan2"))
_MAYBE_WORDS: Final = ("and", "or", "unl", "atan")
_REGEX: Final = re.compile(r"""[=!]~\s*+("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|`[^`]*`)""", re.DOTALL)
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<hex>x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|(?P<octal>[0-7]{3})|(?P<plain>.))", re.DOTALL
)


class PromqlError(ValueError):
    """The text is not PromQL that airectl can work with; the message says why, in lower case."""


class TooLarge(PromqlError):
    """The text may well be PromQL, but is too much for the parser."""


def check(query: str) -> None:
    """Raise TooLarge for a query that could hurt the parser.

    At most 16 KiB, brackets 64 deep, 200 operators (a subquery counts as one), and regular
    expressions of bounded size: each of these bounds what the parser does natively.
    """
    if len(query) > MAX_BYTES or len(query.encode("utf-8", "replace")) > MAX_BYTES:
        raise TooLarge(f"it is longer than {MAX_BYTES // 1024} KiB")
    if _may_be_large(query):
        _count(query)
    if ("\\" in query or re.search(r"\{[0-9]", query)) and _regex_cost(query) > MAX_COST:
        raise TooLarge("its regular expressions are too large")


def _may_be_large(query: str) -> bool:
    """A cheap bound from above: most queries are so small that nothing needs to be counted."""
    depth = query.count("(") + query.count("[") + query.count("{")
    lower = query.lower()
    operators = sum(map(query.count, "-+*/%^=<>![")) + sum(map(lower.count, _MAYBE_WORDS))
    return depth > MAX_DEPTH or operators > MAX_OPERATORS


def _count(query: str) -> None:
    opened: list[str] = []
    operators = 0
    for token in _TOKEN.finditer(query):
        kind = token.lastgroup
        if kind == "open":
            opened.append(token[0])
            operators += token[0] == "["
        elif kind == "close" and opened:
            opened.pop()
        elif kind == "operator":
            operators += "{" not in opened[-1:]
        elif kind == "word":
            operators += token[0].lower() in _WORDS
        if len(opened) > MAX_DEPTH:
            raise TooLarge(f"its brackets are nested deeper than {MAX_DEPTH} levels")
        if operators > MAX_OPERATORS:
            raise TooLarge(f"it has more than {MAX_OPERATORS} operators")


def _regex_cost(query: str) -> int:
    return sum(cost(_unquoted(match[1])) for match in _REGEX.finditer(query))


def _unquoted(text: str) -> str:
    """What a PromQL string says; an escape may hide a backslash or a brace."""
    return text[1:-1] if text[0] == "`" else _ESCAPE.sub(_meant, text[1:-1])


def _meant(escape: re.Match[str]) -> str:
    if digits := escape["hex"]:
        return chr(min(int(digits[1:], 16), 0x10FFFF))
    return chr(int(escape["octal"], 8)) if escape["octal"] else escape["plain"]
