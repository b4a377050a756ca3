"""Which series an expression selects, and what is done with each selection on the way out."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from airectl.promql.matchers import NAME, Matcher, Op


class Step(StrEnum):
    """What encloses a selection."""

    CALL = "call"
    AGGREGATION = "aggregation"
    BINARY = "binary"
    UNARY = "unary"
    SUBQUERY = "subquery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosing:
    """One step around a selection: a function, an aggregation or an operator, by its `name`.

    `labels` are those of `by`, or of `without`. Of a binary operator, `left` says on which side the
    selection stands, `constant` that the other side selects no series, `number` what that is, where it
    is a number or arithmetic of numbers.
    """

    step: Step
    name: str = ""
    labels: tuple[str, ...] = ()
    without: bool = False
    left: bool = True
    constant: bool = False
    number: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One vector selector. `around` leads from the innermost step to the outermost.

    `range_s` is None for an instant selector. `at` is what its `@` says, such as `17.000` or `end()`.
    `alternatives` says that matchers are joined with `or`, which the parser takes and Prometheus does not.
    """

    name: str
    matchers: tuple[Matcher, ...] = ()
    range_s: Decimal | None = None
    offset_s: Decimal = Decimal(0)
    at: str = ""
    around: tuple[Enclosing, ...] = ()
    alternatives: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics selected, where they can be listed; also from `__name__` matchers."""
        if self.name:
            return (self.name,)
        found = [m.literals for m in self.matchers if m.name == NAME and not m.negative]
        return found[0] if len(found) == 1 else ()

    @property
    def labels(self) -> tuple[Matcher, ...]:
        """The matchers of labels, without that of the name."""
        return tuple(m for m in self.matchers if m.name != NAME)

    def calls(self) -> tuple[str, ...]:
        """Names of the functions around it, innermost first."""
        return tuple(e.name for e in self.around if e.step is Step.CALL)

    def aggregations(self) -> tuple[Enclosing, ...]:
        """The aggregations around it, innermost first."""
        return tuple(e for e in self.around if e.step is Step.AGGREGATION)

    def matcher(self, label: str) -> Matcher | None:
        """The first matcher of a label."""
        return next((m for m in self.matchers if m.name == label), None)


_Chain = tuple[Enclosing, ...]
_OPS: Final = {"MatchOp.Equal": Op.EQUAL, "MatchOp.NotEqual": Op.NOT_EQUAL, "MatchOp.Re": Op.REGEX}


def selectors(tree: Any) -> Iterator[Selector]:
    """Every vector selector below a node of the parser, in the order written.

    A loop, not a recursion: how deep a tree may be is the guard's business alone.
    """
    stack: list[tuple[Any, _Chain]] = [(tree, ())]
    while stack:
        node, around = stack.pop()
        kind = type(node).__name__
        if kind == "VectorSelector":
            yield _selector(node, None, around)
        elif kind == "MatrixSelector":
            yield _selector(node.vector_selector, _seconds(node.range), around)
        else:
            children = _children(node, kind)
            steps = _enclosing(node, kind, children)
            stack += reversed([(child, (*step, *around)) for child, step in zip(children, steps, strict=True)])


def _children(node: Any, kind: str) -> list[Any]:
    """The nodes directly below, in the order written."""
    if kind == "Call":
        return list(node.args)
    if kind == "BinaryExpr":
        return [node.lhs, node.rhs]
    if kind == "AggregateExpr":
        return [node.expr] if node.param is None else [node.param, node.expr]
    return [node.expr] if kind in ("ParenExpr", "UnaryExpr", "SubqueryExpr") else []


def _enclosing(node: Any, kind: str, children: list[Any]) -> list[_Chain]:
    """What `node` is to each of its children."""
    if kind == "BinaryExpr":
        left, right, name = *children, str(node.op)
        return [(_binary(name, right, left=True),), (_binary(name, left, left=False),)]
    return [_step(node, kind)] * len(children)


def _step(node: Any, kind: str) -> _Chain:
    if kind == "Call":
        return (Enclosing(step=Step.CALL, name=node.func.name),)
    if kind == "AggregateExpr":
        modifier = node.modifier
        labels = tuple(modifier.labels) if modifier else ()
        without = modifier is not None and str(modifier.type).endswith("Without")
        return (Enclosing(step=Step.AGGREGATION, name=str(node.op), labels=labels, without=without),)
    if kind == "UnaryExpr":
        return (Enclosing(step=Step.UNARY, name="-"),)
    return (Enclosing(step=Step.SUBQUERY),) if kind == "SubqueryExpr" else ()


def _binary(name: str, other: Any, *, left: bool) -> Enclosing:
    number = _constant(other)
    return Enclosing(step=Step.BINARY, name=name, left=left, constant=not _has_selector(other), number=number)


_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
}


def _constant(tree: Any) -> Decimal | None:
    """The value of a number, or of arithmetic of numbers such as 1024^3; how deep it may be is the guard's business."""
    kind = type(tree).__name__
    if kind == "NumberLiteral":
        return Decimal(repr(tree.val))
    if kind == "ParenExpr":
        return _constant(tree.expr)
    if kind != "BinaryExpr" or str(tree.op) not in _ARITHMETIC:
        return None
    left, right = _constant(tree.lhs), _constant(tree.rhs)
    if left is None or right is None:
        return None
    try:
        return Decimal(repr(_ARITHMETIC[str(tree.op)](float(left), float(right))))
    except (ArithmeticError, ValueError):
        return None


def _has_selector(tree: Any) -> bool:
    stack = [tree]
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if kind in ("VectorSelector", "MatrixSelector"):
            return True
        stack += _children(node, kind)
    return False


def _selector(node: Any, range_s: Decimal | None, around: _Chain) -> Selector:
    given = node.matchers
    return Selector(
        name=node.name or "",
        matchers=tuple(
            Matcher(name=m.name, op=_OPS.get(str(m.op), Op.NOT_REGEX), value=m.value) for m in given.matchers
        ),
        range_s=range_s,
        offset_s=_seconds(node.offset) if node.offset is not None else Decimal(0),
        at=str(node.at).removeprefix("@ ") if node.at is not None else "",
        around=around,
        alternatives=bool(given.or_matchers),
    )


def _seconds(delta: timedelta) -> Decimal:
    return Decimal(delta // timedelta(milliseconds=1)) / 1000
