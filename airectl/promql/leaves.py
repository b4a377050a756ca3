"""The leaves of a query: selectors, each with the function over its range if there is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from airectl.promql.parse import Parsed
from airectl.promql.selectors import Selector, Step, selectors
from airectl.promql.writing import written


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
    """The query with each leaf replaced by what `change` makes of it; an empty text leaves it as it is."""

    def replaced(node: Any) -> str:
        kind = type(node).__name__
        if kind not in ("Call", "VectorSelector"):
            return ""
        found = list(selectors(node))
        if kind == "Call" and not any(map(_held, found)):
            return ""  # a function of what its arguments give, as `abs`: the leaves are further in
        return change(found[0]) or written(node)

    return written(parsed.tree, replaced)


def _held(selector: Selector) -> bool:
    """Whether the outermost function around it takes its samples, or a subquery, and not a value."""
    around = selector.around
    takes_samples = len(around) == 1 and (selector.range_s is not None or around[0].name in _OF_SAMPLES)
    return takes_samples or (len(around) > 1 and around[-2].step is Step.SUBQUERY)
