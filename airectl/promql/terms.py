"""Sums of several queries, of which some may have no series yet."""

from __future__ import annotations

from typing import Any, Final

from airectl.promql.nodes import bare, kind
from airectl.promql.parse import parse
from airectl.promql.ranged import STAND_IN, WINDOW

# Each term is written once for every other one; what is longer would be too much for a server to read.
_MOST_TERMS: Final = 8


def with_all_terms(query: str) -> str:
    """A sum or difference of a few whose terms are 0 while only others of them have series; any other query as it is.

    Without it `sum(a) + sum(b)` is nothing until both exist, and one of them may be that of rare failures.
    `sum(a + b)` is taken as that: it would leave out every series of one that the other does not have.
    """
    terms = _terms(parse(query.replace(WINDOW, STAND_IN)).tree)
    if not 2 <= len(terms) <= _MOST_TERMS:
        return query
    texts = [text for _, text in terms]
    lines: list[str] = []
    for position, ((sign, _), text) in enumerate(zip(terms, texts, strict=True)):
        others = " or ".join(each for at, each in enumerate(texts) if at != position)
        lines += [*([sign] if position else []), f"({text} or 0 * ({others}))"]
    result = "\n".join(lines)
    parse(result)
    return result.replace(STAND_IN, WINDOW)


def _terms(node: Any) -> list[tuple[str, str]]:
    """The terms of a sum with their signs; none where it is no plain sum of series."""
    node = bare(node)
    if kind(node) == "NumberLiteral":
        return []
    if kind(node) == "AggregateExpr":
        return _inner_terms(node) or [("+", str(node.prettify()))]
    if kind(node) != "BinaryExpr" or str(node.op) not in ("+", "-"):
        return [("+", str(node.prettify()))]
    left, right = _terms(node.lhs), _terms(node.rhs)
    if not left or not right or (node.modifier is not None and node.modifier.matching is not None):
        return []
    turned = {"+": "-", "-": "+"} if str(node.op) == "-" else {"+": "+", "-": "-"}
    return [*left, *((turned[sign], each) for sign, each in right)]


def _inner_terms(node: Any) -> list[tuple[str, str]]:
    """The terms of what is added up, each added up by itself; none where it is no sum of several."""
    inner = _terms(node.expr) if str(node.op) == "sum" else []
    if len(inner) < 2:
        return []
    by = node.modifier
    if by is not None and str(by.type).endswith("Without"):
        return []
    head = f"sum by ({', '.join(by.labels)}) " if by is not None and by.labels else "sum"
    return [(sign, f"{head}({text})") for sign, text in inner]
