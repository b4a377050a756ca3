"""A query for some of its series only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from airectl.promql import templates
from airectl.promql.matchers import Matcher, Op
from airectl.promql.parse import parse
from airectl.promql.selectors import Selector, selectors
from airectl.promql.spelling import duration, spelled
from airectl.promql.writing import written

_FIRST: Final = 1_000_003


def narrowed(text: str, labels: Mapping[str, str]) -> str:
    """`text` where every selector selects series with these labels only; placeholders stay what they are.

    An empty value asks for series without that label. Raises PromqlError for what is no PromQL.
    """
    more = [Matcher(name=name, op=Op.EQUAL, value=value) for name, value in labels.items()]
    return matched(text, lambda _: more)


def matched(text: str, more: Callable[[Selector], Iterable[Matcher]]) -> str:
    """`text` where each selector has the matchers as well that `more` gives for it. Raises PromqlError."""

    def narrow(node: Any) -> str:
        if type(node).__name__ not in ("VectorSelector", "MatrixSelector"):
            return ""
        (selector,) = selectors(node)
        return spelled(selector, range_ms=int((selector.range_s or 0) * 1000), more=more(selector))

    held, placeholders = _held(text)
    query = written(parse(held).tree, narrow)
    for stand_in, placeholder in placeholders.items():
        query = query.replace(stand_in, placeholder)
    return query


def _held(text: str) -> tuple[str, Mapping[str, str]]:
    """`text` with a time or number that is nowhere else in it for each placeholder, and what they stand for."""
    placeholders: dict[str, str] = {}
    number = _FIRST
    # The longest first: `$__interval` is the start of `$__interval_ms`.
    for placeholder in sorted(templates.found(text), key=len, reverse=True):
        while str(number) in text or duration(number) in text:
            number += 1
        # One of the two is what `substitute` puts there, by the placeholder's kind.
        stand_in = templates.substitute(placeholder, duration(number), seconds=number)
        placeholders[stand_in] = placeholder
        text = text.replace(placeholder, stand_in)
        number += 1
    return text, placeholders
