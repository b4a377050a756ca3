"""Typed reads from trees that may hold anything."""

from decimal import Decimal

import pytest

from airectl.spec import values
from airectl.spec.composer import compose
from airectl.spec.tree import Map


def node(text: str) -> Map:
    root = compose("f.yaml", text).documents[0]
    assert isinstance(root, Map)
    return root


@pytest.mark.parametrize(
    ("text", "value"),
    [("a: 0.1", Decimal("0.1")), ("a: 3", Decimal(3)), ("a: true", None), ("a: '3'", None), ("b: 3", None)],
)
def test_numbers(text: str, value: Decimal | None) -> None:
    assert values.number(node(text), "a") == value


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("target: 0.999", Decimal("0.999")),
        ("targetPercent: 99.9", Decimal("0.999")),
        ("target: 0", Decimal(0)),
        ("target: 1", None),
        ("target: 99.9", None),
        ("target: -0.1", None),
        ("x: 1", None),
    ],
)
def test_target(text: str, ratio: Decimal | None) -> None:
    assert values.target_ratio(node(text)) == ratio


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("5", 300), ("1h", 3600), ("1M", 2_592_000), ("0", None), ("30s", None), ("true", None)],
)
def test_slice(text: str, seconds: int | None) -> None:
    assert values.slice_s(node(f"timeSliceWindow: {text}")) == seconds


def test_window_is_the_only_one() -> None:
    assert values.window(node("timeWindow: [{duration: 28d}]")) is not None
    assert values.window(node("timeWindow: [{duration: 28d}, {duration: 7d}]")) is None
    assert values.window(node("timeWindow: 28d")) is None
