"""PromQL's arithmetic on vectors of labelled numbers: matching, comparisons, sets, groups."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from airectl.promql.guard import PromqlError
from airectl.promql.matchers import NAME

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Value = Vector | float


class NotReadError(PromqlError):
    """The query uses what is not worked out here; the message names it."""


NO_LABELS: Final[Labels] = frozenset()


def _ratio(above: float, below: float) -> float:
    if below:
        return above / below
    return math.nan if above == 0 or math.isnan(above) else math.copysign(math.inf, above)


_ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _ratio,
}
_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_SETS: Final = frozenset(("and", "or", "unless"))
_AGGREGATIONS: Final[Mapping[str, Callable[[Collection[float]], float]]] = {
    "sum": math.fsum,
    "avg": lambda values: math.fsum(values) / len(values),
    "min": min,
    "max": max,
    "count": lambda values: float(len(values)),
    "group": lambda values: 1.0,
}


def aggregate(node: Any, vector: Vector) -> Vector:
    """What an aggregation makes of the vector inside it. Raises NotReadError."""
    name = str(node.op)
    if name not in _AGGREGATIONS:
        raise NotReadError(f"`{name}`")
    groups: dict[Labels, list[float]] = {}
    for labels, value in vector.items():
        groups.setdefault(_grouped(labels, node.modifier), []).append(value)
    return {key: _AGGREGATIONS[name](values) for key, values in groups.items()}


def combine(node: Any, left: Value, right: Value) -> Value:
    """What a binary operator makes of its sides. Raises NotReadError."""
    name = str(node.op)
    if name in _SETS:
        return _set_operation(node, as_vector(left), as_vector(right))
    if name not in _ARITHMETIC and name not in _COMPARISONS:
        raise NotReadError(f"`{name}`")
    both = _combination(name, as_number=node.modifier is not None and node.modifier.return_bool)
    if isinstance(left, dict):
        if isinstance(right, dict):
            return _joined(node, left, right, both)
        number = right
        return _kept({labels: both(each, number, each) for labels, each in left.items()}, name)
    if isinstance(right, dict):
        other = left
        return _kept({labels: both(other, each, each) for labels, each in right.items()}, name)
    result = both(left, right, left)
    return math.nan if result is None else result


def _set_operation(node: Any, left: Vector, right: Vector) -> Vector:
    key = _matching(node)
    here, there = {key(each) for each in left}, {key(each) for each in right}
    match str(node.op):
        case "and":
            return {labels: value for labels, value in left.items() if key(labels) in there}
        case "unless":
            return {labels: value for labels, value in left.items() if key(labels) not in there}
    return left | {labels: value for labels, value in right.items() if key(labels) not in here}


_Combine = Callable[[float, float, float], float | None]


def _combination(name: str, *, as_number: bool) -> _Combine:
    """From both sides and the value that a comparison keeps; None: the comparison drops it."""
    if name in _ARITHMETIC:
        return lambda left, right, kept: _ARITHMETIC[name](left, right)
    holds = _COMPARISONS[name]
    if as_number:
        return lambda left, right, kept: float(holds(left, right))
    return lambda left, right, kept: kept if holds(left, right) else None


def _joined(node: Any, left: Vector, right: Vector, both: _Combine) -> Vector:
    """One to one; series without a partner are dropped."""
    if node.modifier is not None and not str(node.modifier.card).endswith("OneToOne"):
        raise NotReadError("`group_left` and `group_right`")
    key = _matching(node)
    partners = {key(labels): value for labels, value in right.items()}
    if len(partners) < len(right) or len({key(labels) for labels in left}) < len(left):
        raise NotReadError("a match of several series with one")
    pairs = {labels: both(v, partners[key(labels)], v) for labels, v in left.items() if key(labels) in partners}
    found = _kept(pairs, str(node.op))
    # Arithmetic keeps the labels that were matched on only.
    return {key(labels): value for labels, value in found.items()} if str(node.op) in _ARITHMETIC else found


def _matching(node: Any) -> Callable[[Labels], Labels]:
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is None:
        return unnamed_labels
    names, on = frozenset(matching.labels), str(matching.type).endswith("Include")
    return lambda labels: frozenset(each for each in labels if each[0] != NAME and (each[0] in names) is on)


def _grouped(labels: Labels, modifier: Any) -> Labels:
    if modifier is None:
        return NO_LABELS
    names, without = frozenset(modifier.labels), str(modifier.type).endswith(("Without", "Exclude"))
    return frozenset(each for each in labels if each[0] != NAME and (each[0] in names) is not without)


def _kept(found: Mapping[Labels, float | None], name: str) -> Vector:
    some = {labels: value for labels, value in found.items() if value is not None}
    return unnamed(some) if name in _ARITHMETIC else some


def each_of(value: Value, change: Callable[[float], float]) -> Value:
    """A number, or each of a vector, changed."""
    return mapped(value, change) if isinstance(value, dict) else change(value)


def mapped(vector: Vector, change: Callable[[float], float]) -> Vector:
    """The vector with each of its numbers changed."""
    return {labels: change(each) for labels, each in vector.items()}


def as_vector(value: Value) -> Vector:
    """A vector. Raises NotReadError for a number."""
    if isinstance(value, float):
        raise NotReadError("a number where series are wanted")
    return value


def unnamed_labels(labels: Labels) -> Labels:
    """The labels without the metric name."""
    return frozenset(each for each in labels if each[0] != NAME)


def unnamed(vector: Vector) -> Vector:
    """The vector without metric names. Raises NotReadError where two series would be one."""
    found = {unnamed_labels(labels): value for labels, value in vector.items()}
    if len(found) < len(vector):
        raise NotReadError("several series with the same labels")
    return found
