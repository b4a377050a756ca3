"""Instant queries and fixed ranges turned into rates over a window that is filled in later."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from airectl.promql import templates
from airectl.promql.guard import PromqlError
from airectl.promql.parse import parse, rewrite
from airectl.promql.selectors import Selector, Step

# What Sloth fills in.
WINDOW: Final = "{{.window}}"
# A range that no one writes, in place of WINDOW until the query is printed.
STAND_IN: Final = "7m13s"
_RATES: Final = frozenset(("rate", "increase", "irate", "delta", "idelta"))


def over_window(query: str, function: str) -> str:
    """`query` with `function` over WINDOW: placeholders become WINDOW, bare selectors and rates are put into it.

    `function` is `rate` for counters, `sum_over_time` for samples that are amounts, `avg_over_time` for
    ratios. The aggregation around a selector is kept. Raises PromqlError for a query that is neither.
    """
    parsed = parse(query)
    if parsed.templates:
        return templates.substitute(query, WINDOW)
    if not parsed.selectors or STAND_IN in query:
        raise PromqlError("it selects no series" if not parsed.selectors else f"it holds {STAND_IN}")
    if all(_bare(selector) for selector in parsed.selectors):
        text = rewrite(parsed, partial(_selector_over, function=function))
    elif all(_rated(selector) for selector in parsed.selectors):
        text = rewrite(parsed, _rate_over)
    else:
        raise PromqlError("its selectors are neither all bare nor all in a rate")
    return text.replace(f"[{STAND_IN}]", f"[{WINDOW}]")


def _bare(selector: Selector) -> bool:
    """An instant selector with nothing but aggregations and arithmetic around it."""
    steps = {each.step for each in selector.around}
    return selector.range_s is None and not steps & {Step.CALL, Step.SUBQUERY}


def _rated(selector: Selector) -> bool:
    """A range selector right inside a rate, and no other function around it."""
    steps = {each.step for each in selector.around}
    inner = selector.calls()
    return selector.range_s is not None and len(inner) == 1 and inner[0] in _RATES and Step.SUBQUERY not in steps


def _selector_over(node: Any, function: str) -> str:
    return f"{function}({node.prettify()}[{STAND_IN}])" if type(node).__name__ == "VectorSelector" else ""


def _rate_over(node: Any) -> str:
    if type(node).__name__ != "Call" or node.func.name not in _RATES:
        return ""
    selector = node.args[0].prettify()
    start, end = selector.rindex("["), selector.rindex("]")
    function = "delta" if "delta" in node.func.name else "rate"
    return f"{function}({selector[:start]}[{STAND_IN}]{selector[end + 1 :]})"
