"""What a query gives while every series keeps its level: each counter grows evenly, each gauge stands still.

Enough of PromQL to know the answer of a query over series made for a test. Ranges cancel out then: a
`rate` is the counter's level, an average over time the gauge's. What is not read here is refused.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from airectl.promql import patterns
from airectl.promql.matchers import NAME, Matcher, Op
from airectl.promql.parse import Parsed
from airectl.promql.quantiles import histogram_quantile
from airectl.promql.selectors import Selector, selectors
from airectl.promql.vectors import (
    NO_LABELS,
    Labels,
    NotReadError,
    Value,
    Vector,
    aggregate,
    as_vector,
    combine,
    each_of,
    mapped,
    unnamed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series, `__name__` among its labels. `level` is its growth per second, or its value for a gauge."""

    labels: Labels
    level: float


def labels_of(pairs: Mapping[str, str]) -> Labels:
    """Labels as a key; an empty value is no label."""
    return frozenset((name, value) for name, value in pairs.items() if value)


def answer(parsed: Parsed, series: Iterable[Series]) -> Vector:
    """What the query gives: labels, without `__name__`, and a value each; a scalar has none.

    Raises NotReadError.
    """
    value = _Evaluator(tuple(series)).value(parsed.tree)
    return {NO_LABELS: value} if isinstance(value, float) else unnamed(value)


def selects(selector: Selector, labels: Labels) -> bool:
    """Whether the selector takes this series. Raises NotReadError for a matcher that is not read."""
    given = dict(labels)
    named = not selector.name or given.get(NAME) == selector.name
    return named and all(passes(each, given.get(each.name, "")) for each in selector.matchers)


def passes(matcher: Matcher, value: str) -> bool:
    """Whether a value passes a matcher. Raises NotReadError."""
    if matcher.op in (Op.EQUAL, Op.NOT_EQUAL):
        return (matcher.value == value) is not matcher.negative
    try:
        return patterns.matches(matcher.value, value) is not matcher.negative
    except patterns.UnreadPatternError:
        raise NotReadError(f"the regular expression `{matcher.value}`") from None


_RATES: Final = frozenset(("rate", "irate"))
_STEADY: Final = frozenset(f"{name}_over_time" for name in ("avg", "min", "max", "sum", "last"))
_ONES: Final = frozenset(("count_over_time", "present_over_time"))
_MATHS: Final[Mapping[str, Callable[[float], float]]] = {
    "abs": abs,
    "ceil": lambda x: float(math.ceil(x)),
    "floor": lambda x: float(math.floor(x)),
    "sgn": lambda x: float((x > 0) - (x < 0)),
    "sort": lambda x: x,
    "sort_desc": lambda x: x,
}
_CLAMPS: Final = frozenset(("clamp", "clamp_min", "clamp_max"))


class _Evaluator:
    """The guard has bounded how deep a tree may be, so this may recurse."""

    def __init__(self, series: tuple[Series, ...]) -> None:
        self._series = series
        self._readers: Mapping[str, Callable[[Any], Value]] = {
            "NumberLiteral": lambda node: float(node.val),
            "ParenExpr": lambda node: self.value(node.expr),
            "UnaryExpr": lambda node: each_of(self.value(node.expr), operator.neg),
            "VectorSelector": self._selected,
            "AggregateExpr": lambda node: aggregate(node, self.vector(node.expr)),
            "BinaryExpr": lambda node: combine(node, self.value(node.lhs), self.value(node.rhs)),
            "Call": self._call,
        }

    def value(self, node: Any) -> Value:
        kind = type(node).__name__
        read = self._readers.get(kind)
        if read is None:
            raise NotReadError(f"`{kind}`")
        return read(node)

    def vector(self, node: Any) -> Vector:
        return as_vector(self.value(node))

    def number(self, node: Any) -> float:
        value = self.value(node)
        if not isinstance(value, float):
            raise NotReadError("series where a number is wanted")
        return value

    def _selected(self, node: Any) -> Vector:
        if node.offset is not None or node.at is not None:
            raise NotReadError("`offset` and `@`")
        (selector,) = selectors(node)
        return {each.labels: each.level for each in self._series if selects(selector, each.labels)}

    def _call(self, node: Any) -> Value:
        name, arguments = node.func.name, list(node.args)
        if name == "vector":
            return {NO_LABELS: self.number(arguments[0])}
        if name == "scalar":
            found = self.vector(arguments[0])
            return next(iter(found.values())) if len(found) == 1 else math.nan
        if name == "histogram_quantile":
            return histogram_quantile(self.number(arguments[0]), self.vector(arguments[1]))
        if name in _MATHS:
            return mapped(unnamed(self.vector(arguments[0])), _MATHS[name])
        if name in _CLAMPS:
            return self._clamped(name, arguments)
        return self._over_time(name, arguments)

    def _clamped(self, name: str, arguments: list[Any]) -> Vector:
        bounds = [self.number(each) for each in arguments[1:]]
        low = -math.inf if name == "clamp_max" else bounds[0]
        high = math.inf if name == "clamp_min" else bounds[-1]
        return mapped(unnamed(self.vector(arguments[0])), lambda x: max(low, min(high, x)))

    def _over_time(self, name: str, arguments: list[Any]) -> Vector:
        inner: Any = arguments[-1] if arguments else None
        kind = type(inner).__name__
        if kind == "MatrixSelector":
            found = unnamed(self._selected(inner.vector_selector))
        elif kind == "SubqueryExpr" and name in _STEADY | _ONES and inner.offset is None and inner.at is None:
            found = unnamed(self.vector(inner.expr))
        else:
            raise NotReadError(f"`{name}`")
        if name in _STEADY or (name in _RATES and kind == "MatrixSelector"):
            return found
        if name == "increase" and kind == "MatrixSelector":
            return mapped(found, lambda x: x * inner.range.total_seconds())
        if name in _ONES:
            return mapped(found, lambda x: 1.0)
        raise NotReadError(f"`{name}`")
