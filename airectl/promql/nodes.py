"""Nodes of a query's syntax tree, as the parser has them: it gives them no common type."""

from __future__ import annotations

from typing import Any


def kind(node: Any) -> str:
    """What a node is: `VectorSelector`, `BinaryExpr`, `AggregateExpr`, ..."""
    return type(node).__name__


def bare(node: Any) -> Any:
    """The node inside of all brackets."""
    while kind(node) == "ParenExpr":
        node = node.expr
    return node
