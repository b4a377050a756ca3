"""Variables of Grafana dashboards in PromQL: something stands in for each, so that the rest can be read."""

from __future__ import annotations

import re
from typing import Final

from airectl.promql.templates import STAND_IN, WINDOW

_VARIABLE: Final = r"\$\{[A-Za-z_]\w*(?:[.:][\w.:]+)?\}|\$[A-Za-z_]\w*|\[\[[A-Za-z_]\w*(?::\w+)?\]\]"
_TOKEN: Final = re.compile(
    rf"""
      (?P<text>"(?:[^"\\]|\\.)*+" | '(?:[^'\\]|\\.)*+' | `[^`]*`)
    | (?P<variable>{_VARIABLE})
    | (?P<mark>[{{}}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_TEXT: Final = re.compile(_VARIABLE)
# A list of labels, with nothing but labels before the variable.
_LABELS: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\Z", re.IGNORECASE)
_OPERAND: Final = re.compile(r"\b(?:and|or|unless)\s+\Z", re.IGNORECASE)
_OFFSET: Final = re.compile(r"\boffset\s+-?\Z", re.IGNORECASE)
_CALLED: Final = re.compile(r"\s*(?:\(|by\b|without\b)", re.IGNORECASE)
_COMPARED: Final = re.compile(r"(?:=~|!~|!=|=)\s*\Z")
_WORD: Final = re.compile(r"[\w:]")


def has_variable(query: str) -> bool:
    """Whether there is anything that only a dashboard can fill in."""
    return bool(_IN_TEXT.search(query))


def filled(query: str) -> str:
    """The query with a stand-in for each variable, chosen by where it stands.

    Within quotes it is a text, within `[]` and after `offset` a duration, within `{}` a matcher or a part of
    one, in a list of labels or beside a name a name, before brackets a function, anywhere else a number.
    """
    if "$" not in query and "[[" not in query:
        return query
    done: list[str] = []
    at, opened = 0, ""
    for token in _TOKEN.finditer(query):
        done.append(query[at : token.start()])
        at = token.end()
        if token["text"]:
            done.append(_IN_TEXT.sub(STAND_IN, token["text"]))
        elif token["variable"]:
            done.append(_stand_in(token["variable"], "".join(done), query[at:], opened))
        else:
            opened = token["mark"] if token["mark"] in "{[" else ""
            done.append(token["mark"])
    return "".join((*done, query[at:]))


def _stand_in(variable: str, before: str, after: str, opened: str) -> str:
    if opened == "[":
        return WINDOW.rstrip("m") if after[:1].isalpha() else WINDOW
    if opened == "{":
        return _in_matchers(before, after)
    if _LABELS.search(before):
        return f"{STAND_IN}_{re.sub(r'[^0-9A-Za-z_]', '', variable)}"  # no two labels of a list are the same
    return WINDOW if _OFFSET.search(before) else _operand(before, after)


def _operand(before: str, after: str) -> str:
    """A name, a function or a number."""
    beside = _WORD.match(before[-1:]) or _WORD.match(after) or after.lstrip()[:1] in ("{", "[")
    if beside or _OPERAND.search(before) or not (before.strip() or after.strip()):
        return STAND_IN
    return "sum" if _CALLED.match(after) else "1"


def _in_matchers(before: str, after: str) -> str:
    if _COMPARED.search(before):
        return f'"{STAND_IN}"'
    named = after.lstrip()[:1] in ("=", "!")
    return STAND_IN if named or _WORD.match(before[-1:]) or _WORD.match(after) else f'{STAND_IN}!="-"'
