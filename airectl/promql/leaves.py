"""The leaves of a query: selectors, each with the function over its range if there is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from airectl.promql.parse import Parsed, parse, rewrite
from airectl.promql.selectors import Selector, Step, selectors


class Form(StrEnum):
    """What a leaf is; OTHER stands as it was written."""

    BARE = "a selector"
    RECORDED = "a selector of a rate or ratio that a rule recorded"
    INCREASE = "a selector in an increase"
    RATE = "a selector in a rate"
    DELTA = "a selector in a difference"
    AMOUNTS = "a selector in a sum or count of its samples"
    OTHER = "anything else"


_FORMS: Final = {
    "increase": Form.INCREASE,
    **dict.fromkeys(("rate", "irate"), Form.RATE),
    **dict.fromkeys(("delta", "idelta"), Form.DELTA),
    **dict.fromkeys(("sum_over_time", "count_over_time"), Form.AMOUNTS),
}
# `slo:sli_error:ratio_rate5m`, `job:requests:rate5m`. Source: https://prometheus.io/docs/practices/rules/#naming
_RECORDED: Final = re.compile(r".*:(?:[a-zA-Z0-9]+_)*(?:i?rate|ratio|increase|mean|avg)(?:[0-9]+[a-z]+)?")
# These ask whether and when there are samples, not what they say.
_OF_SAMPLES: Final = frozenset(("absent", "timestamp"))
_STAND_IN: Final = "airectl:leaf:{}"


def form(selector: Selector) -> Form:
    """What a selector is with the function right around it. In a subquery nothing is a leaf."""
    inner = selector.around[0] if selector.around else None
    calls = inner.name if inner and inner.step is Step.CALL else ""
    if any(each.step is Step.SUBQUERY for each in selector.around) or calls in _OF_SAMPLES:
        return Form.OTHER
    if selector.range_s is not None:
        return _FORMS.get(calls, Form.OTHER)
    return Form.RECORDED if any(map(_RECORDED.fullmatch, selector.names)) else Form.BARE


def rewritten(parsed: Parsed, change: Callable[[Selector], str]) -> str:
    """The query with each leaf replaced by what `change` makes of it; an empty text leaves it as it is.

    The parser takes no call in place of a selector that has a range. So whatever may not be touched, ranges
    and subqueries with the functions around them, is set aside first.
    """
    aside: dict[str, tuple[str, str]] = {}

    def set_aside(node: Any) -> str:
        if type(node).__name__ != "Call":
            return ""
        held = [each for each in selectors(node) if form(each) not in (Form.BARE, Form.RECORDED)]
        if not held:
            return ""
        was = node.prettify()
        for name, (text, _) in aside.items():
            was = was.replace(name, text)
        stand_in = _STAND_IN.format(len(aside))
        aside[stand_in] = was, change(held[0])
        return stand_in

    def fill(node: Any) -> str:
        if type(node).__name__ != "VectorSelector":
            return ""
        if node.name in aside:
            was, becomes = aside[node.name]
            return becomes or was
        (selector,) = selectors(node)
        return change(selector)

    return rewrite(parse(rewrite(parsed, set_aside)), fill)
