"""A parsed query as text on one line, with parts of it replaced.

The parser can replace parts as well, but takes seconds for long sums, and puts nothing but a selector in the
place of a selector that has a range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from airectl.promql.selectors import selectors
from airectl.promql.spelling import duration, label, spelled

Change = Callable[[Any], str]
_Write = Callable[[Any, Change], str]
_MILLISECOND: Final = timedelta(milliseconds=1)


def _nothing(_: Any) -> str:
    return ""


def written(node: Any, change: Change = _nothing) -> str:
    """A node of the parser as text; each node in it is what `change` makes of it, the outermost first.

    An empty text leaves a node as it is, and `change` is asked about those below it. Brackets stand where they
    did: whatever `change` gives has to hold together by itself.
    """
    write = _WRITE.get(type(node).__name__, _literal)
    return change(node) or write(node, change)


def _literal(node: Any, _: Change) -> str:
    return str(node.prettify())


def _selector(node: Any, _: Change) -> str:
    (selector,) = selectors(node)
    return spelled(selector, range_ms=int((selector.range_s or 0) * 1000))


def _in_brackets(node: Any, change: Change) -> str:
    return f"({written(node.expr, change)})"


def _negative(node: Any, change: Change) -> str:
    return f"-{written(node.expr, change)}"


def _call(node: Any, change: Change) -> str:
    return f"{node.func.name}({', '.join(written(each, change) for each in node.args)})"


def _binary(node: Any, change: Change) -> str:
    operator = f"{node.op} {node.modifier or ''}".strip()
    return f"{written(node.lhs, change)} {operator} {written(node.rhs, change)}"


def _aggregation(node: Any, change: Change) -> str:
    modifier = ""
    if node.modifier:
        word = "without" if str(node.modifier.type).endswith("Without") else "by"
        modifier = f" {word} ({', '.join(map(label, node.modifier.labels))}) "
    over = [written(each, change) for each in (node.param, node.expr) if each is not None]
    return f"{node.op}{modifier}({', '.join(over)})"


def _subquery(node: Any, change: Change) -> str:
    text = f"{written(node.expr, change)}[{_time(node.range)}:{_time(node.step)}]"
    if node.at:
        text += f" {node.at}"
    return f"{text} offset {_time(node.offset)}" if node.offset else text


def _time(delta: timedelta | None) -> str:
    return duration(delta // _MILLISECOND) if delta is not None else ""


_WRITE: Final[Mapping[str, _Write]] = {
    "ParenExpr": _in_brackets,
    "UnaryExpr": _negative,
    "Call": _call,
    "BinaryExpr": _binary,
    "AggregateExpr": _aggregation,
    "SubqueryExpr": _subquery,
    "VectorSelector": _selector,
    "MatrixSelector": _selector,
}
