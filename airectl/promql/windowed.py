"""Queries as rules use them: over a window that is put in later, or over one slice; edges in both spellings.

Everything is done to the query's tree. A query that needs no change keeps the user's own layout.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from airectl.promql import portions, templates
from airectl.promql.bind import Kind, Use, bind
from airectl.promql.guard import PromqlError
from airectl.promql.nodes import bare, kind
from airectl.promql.parse import Parsed, parse, rewrite
from airectl.promql.ranged import STAND_IN, WINDOW, over_window
from airectl.promql.selectors import Selector, Step
from airectl.promql.spelling import spelled

# A bucket edge that is a whole number, which client libraries write as `1` or as `1.0`. Inside of a quoted
# value a quote would be escaped, so this matches matchers only.
_EDGE: Final = re.compile(r'(?<=[{,])le="([0-9]+)(?:\.0)?"(?=[,}])')
_KEEPS_LABELS: Final = frozenset(("topk", "bottomk", "count_values", "limitk", "limit_ratio"))
# What gives a number for every input: none of these makes a NaN of numbers.
_SAFE: Final = frozenset(("rate", "increase", "irate", "vector", "sum_over_time", "count_over_time", "last_over_time",
                          "clamp_min", "clamp_max", "absent", "present_over_time"))  # fmt: skip


def windowed(query: str, function: str, group_by: Sequence[str] = (), *, merge: str = "sum") -> str:
    """`query` over WINDOW as one value, or as one for each group of the labels `group_by`.

    `function` is what `over_window` puts around bare selectors. Several series are merged by the aggregation
    `merge`. Placeholders for numbers cannot be filled in for every window. Raises PromqlError.
    """
    if any((name.startswith("$") and "_range_" in name) or "_ms" in name for name in templates.found(query)):
        raise PromqlError("it holds a placeholder for a number, which is another one for every window")
    return _merged(over_window(query, function), group_by, merge)


def sliced(query: str, use: Use, step_s: int, group_by: Sequence[str] = (), *, merge: str = "sum") -> str:
    """What `query` comes to in the slice of `step_s` seconds that just ended, as `bind` has it. Raises PromqlError."""
    bound = bind(query, use, step_s)
    if bound.kind is Kind.VALUES:
        return _merged(bound.query, group_by, merge)
    return _merged(portions.increment(bound.selectors[0], step_s * 1000), group_by, merge)


def gone(query: str, fallback: str) -> str:
    """What has a value while the query's series have no samples.

    `fallback` is the query over five minutes, ready to be asked. A query that has a value even so, as by
    `or vector(0)`, is asked for its series instead.
    """
    parsed = parse(query)
    if not _any(parsed.tree, lambda node: kind(node) == "Call" and node.func.name in ("vector", "absent")):
        return f"absent({_indented(fallback)})"
    wide = [_spelled_over(each) for each in parsed.selectors]
    return f"absent({_indented(' or '.join(dict.fromkeys(wide)))})"


def may_be_nan(query: str) -> bool:
    """Whether numbers can give a NaN: a division, or a function that may make one."""
    return _any(parse(query.replace(WINDOW, STAND_IN)).tree, _makes_nan)


def answers_nothing(query: str) -> bool:
    """Whether it has a value where none of its series has: `... or vector(0)`."""
    tree = bare(parse(query.replace(WINDOW, STAND_IN)).tree)
    return kind(tree) == "BinaryExpr" and str(tree.op) == "or" and _is_vector(bare(tree.rhs))


def linear(query: str) -> bool:
    """Whether the mean of the query is the query of means: one selector, sums or means of it, times numbers."""
    parsed = parse(query)
    if len(parsed.selectors) != 1:
        return False
    return all(
        (each.step is Step.AGGREGATION and each.name in ("sum", "avg"))
        or (each.step is Step.BINARY and each.name in ("+", "-", "*") and each.number is not None)
        or each.step is Step.UNARY
        for each in parsed.selectors[0].around
    )  # fmt: skip


def _merged(text: str, group_by: Sequence[str], merge: str = "sum") -> str:
    """The same with edges in both spellings, and no labels but those of `group_by`."""
    stood = text.replace(WINDOW, STAND_IN)
    parsed = parse(stood)
    changes = [each for each in (_edges(parsed), _grouped(group_by)) if each]
    for change in changes:
        parsed = parse(rewrite(parsed, change))
    result = parsed.text.replace(STAND_IN, WINDOW) if changes else text.strip()
    if group_by and not _grouped_already(parsed.tree, group_by):
        return f"{merge} by ({', '.join(group_by)}) ({_indented(result)})"
    if not group_by and not _unlabelled(parsed.tree):
        result = f"{merge}({_indented(result)})"
    parse(result.replace(WINDOW, STAND_IN))
    return result


def _indented(text: str) -> str:
    """`text` in brackets of its own lines where it has several."""
    if "\n" not in text:
        return text
    return "\n" + "\n".join(f"  {line}" for line in text.split("\n")) + "\n"


def _edges(parsed: Parsed) -> Callable[[Any], str] | None:
    def change(node: Any) -> str:
        if kind(node) != "VectorSelector":
            return ""
        text = str(node.prettify())
        found = _EDGE.sub(r'le=~"\1(\\\\.0)?"', text)
        return found if found != text else ""

    return change if any("le" in {m.name for m in each.matchers} for each in parsed.selectors) else None


def _grouped(labels: Sequence[str]) -> Callable[[Any], str] | None:
    """Aggregations that keep too little keep these labels as well."""

    def change(node: Any) -> str:
        if kind(node) != "AggregateExpr" or str(node.op) in _KEEPS_LABELS:
            return ""
        modifier = node.modifier
        if modifier is not None and (str(modifier.type).endswith("Without") or set(labels) <= set(modifier.labels)):
            return ""
        kept = dict.fromkeys((*(modifier.labels if modifier else ()), *labels))
        parameter = f"{node.param.prettify()}, " if node.param is not None else ""
        return f"{node.op} by ({', '.join(kept)}) ({parameter}{node.expr.prettify()})"

    return change if labels else None


def _grouped_already(tree: Any, labels: Sequence[str]) -> bool:
    node = bare(tree)
    if kind(node) == "BinaryExpr" and str(node.op) in ("+", "-", "*", "/"):
        sides = [each for each in map(bare, (node.lhs, node.rhs)) if kind(each) != "NumberLiteral"]
        return bool(sides) and all(_grouped_already(each, labels) for each in sides)
    modifier = node.modifier if kind(node) == "AggregateExpr" and str(node.op) not in _KEEPS_LABELS else None
    return modifier is not None and not str(modifier.type).endswith("Without") and set(modifier.labels) == set(labels)


def _unlabelled(node: Any) -> bool:
    """Whether all that a node gives is one value without labels, as a sum does."""
    node = bare(node)
    match kind(node):
        case "AggregateExpr":
            modifier = node.modifier
            none_kept = modifier is None or not (modifier.labels or str(modifier.type).endswith("Without"))
            return none_kept and str(node.op) not in _KEEPS_LABELS
        case "BinaryExpr":
            sides = [bare(side) for side in (node.lhs, node.rhs)]
            numbers = [kind(side) == "NumberLiteral" for side in sides]
            return any(not number for number in numbers) and all(
                number or _unlabelled(side) for number, side in zip(numbers, sides, strict=True)
            )
        case "Call":
            if node.func.name == "histogram_quantile":
                inner = bare(node.args[1])
                return kind(inner) == "AggregateExpr" and _grouped_already(inner, ("le",))
            return _is_vector(node) or any(_unlabelled(each) for each in node.args)
        case "UnaryExpr" | "SubqueryExpr":
            return _unlabelled(node.expr)
    return False


def _spelled_over(selector: Selector) -> str:
    return f"group(last_over_time({spelled(selector, range_ms=portions.LOOKBACK_MS)}))"


def _makes_nan(node: Any) -> bool:
    if kind(node) == "BinaryExpr":
        return str(node.op) in ("/", "%", "^", "atan2")
    return kind(node) == "Call" and node.func.name not in _SAFE


def _is_vector(node: Any) -> bool:
    return kind(node) == "Call" and node.func.name == "vector"


def _any(tree: Any, holds: Callable[[Any], bool]) -> bool:
    stack = [tree]
    while stack:
        node = stack.pop()
        if holds(node):
            return True
        match kind(node):
            case "Call":
                stack += node.args
            case "BinaryExpr":
                stack += [node.lhs, node.rhs]
            case "AggregateExpr" | "ParenExpr" | "UnaryExpr" | "SubqueryExpr":
                stack.append(node.expr)
    return False
