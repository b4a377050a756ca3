"""What an alert compares with what: its comparisons of one selector with a number, as `and` and `or` join them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import Any, Final

from airectl.promql.parse import Parsed
from airectl.promql.selectors import selectors

# Enough digits for a product of two doubles.
_EXACT: Final = Context(prec=40)
_ARITHMETIC: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}
_COMPARES: Final = (">", ">=", "<", "<=")
_TURNED: Final = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`name` `op` `value`, where `op` is one of > >= < <=."""

    name: str
    op: str
    value: Decimal


def alternatives(parsed: Parsed) -> list[list[Comparison]]:
    """The comparisons that must all hold, for each side of `or`. What is no comparison with a number is left out."""
    return [found for found in _either(parsed.tree) if found]


def constant(tree: Any) -> Decimal | None:
    """The number that an expression of numbers gives, also inside `vector()`; None for any other expression."""
    with localcontext(_EXACT):
        try:
            return _number(tree)
        except ArithmeticError:
            return None


def _number(tree: Any) -> Decimal | None:
    kind = type(tree).__name__
    if kind == "NumberLiteral":
        number = Decimal(repr(tree.val))
        return number if number.is_finite() else None
    if kind in ("ParenExpr", "UnaryExpr"):
        inner = _number(tree.expr)
        return -inner if kind == "UnaryExpr" and inner is not None else inner
    if kind == "Call" and tree.func.name == "vector":
        return _number(tree.args[0])
    if kind == "BinaryExpr" and str(tree.op) in _ARITHMETIC:
        left, right = _number(tree.lhs), _number(tree.rhs)
        return None if left is None or right is None else _ARITHMETIC[str(tree.op)](left, right)
    return None


def _either(tree: Any) -> list[list[Comparison]]:
    """Through brackets and aggregations; the guard of the parser bounds how deep this goes."""
    kind = type(tree).__name__
    if kind in ("ParenExpr", "AggregateExpr"):
        return _either(tree.expr)
    if kind != "BinaryExpr":
        return []
    name = str(tree.op)
    if name == "or":
        return [*_either(tree.lhs), *_either(tree.rhs)]
    if name == "and":
        return [[*left, *right] for left in _either(tree.lhs) or [[]] for right in _either(tree.rhs) or [[]]]
    if name == "unless":
        return _either(tree.lhs)
    return [[found] for found in [_comparison(tree, name)] if found] if name in _COMPARES else []


def _comparison(tree: Any, op: str) -> Comparison | None:
    for side, other, turned in ((tree.lhs, tree.rhs, op), (tree.rhs, tree.lhs, _TURNED[op])):
        value, found = constant(other), list(selectors(side))
        if value is not None and len(found) == 1 and found[0].name:
            return Comparison(name=found[0].name, op=turned, value=value)
    return None
