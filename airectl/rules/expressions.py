"""The PromQL that rules are written in: selectors of records, exact numbers, brackets that can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from airectl.core.units import plain
from airectl.promql.matchers import escaped

# A double holds 15 decimal digits of every number.
_DIGITS: Final = 15
_HEAD: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\s*(?:(?:by|without)\s*\([^()]*\)\s*)?\(")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|[()]')


def selector(record: str, labels: Mapping[str, str], more: str = "") -> str:
    """The series of a record with these labels: `slo:objective:ratio{sloth_id="chat-ttft"}`."""
    matchers = ", ".join(f'{name}="{escaped(value)}"' for name, value in labels.items())
    return f"{record}{{{matchers}}}{more}"


def literal(number: Decimal) -> str:
    """A number as PromQL, with the digits of the Decimal as far as a double has them: 0.001, 14.4."""
    if len(number.as_tuple().digits) <= _DIGITS:
        return plain(number)
    return plain(Decimal(f"{number:.{_DIGITS}g}"))


def bracketed(text: str) -> str:
    """`text` as one operand: in brackets, on lines of its own where it has several; a call needs none."""
    if _is_one_call(text):
        return text
    return f"(\n{indented(text)}\n)" if "\n" in text else f"({text})"


def indented(text: str, by: str = "  ") -> str:
    """Every line of `text` further to the right."""
    return "\n".join(by + line if line else line for line in text.strip("\n").split("\n"))


def _is_one_call(text: str) -> bool:
    """Whether it is a function or an aggregation and nothing else, by its brackets outside of quotes."""
    head = _HEAD.match(text)
    if not head or not text.endswith(")"):
        return False
    depth = 0
    for token in _TOKEN.finditer(text, head.end() - 1):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.end() == len(text)
    return False
