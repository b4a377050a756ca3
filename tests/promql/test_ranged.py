"""Queries over a window that is filled in later: only what surely means the same is changed."""

import pytest

from airectl.promql.guard import PromqlError
from airectl.promql.ranged import over_window


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a", "rate(a[{{.window}}])"),
        ('sum by (le) (a{b="c"})', 'sum by (le) (rate(a{b="c"}[{{.window}}]))'),
        ("sum(a) - sum(b)", "sum(rate(a[{{.window}}])) - sum(rate(b[{{.window}}]))"),
        ("sum(a) or vector(0)", "sum(rate(a[{{.window}}])) or vector(0)"),
        ('{__name__=~"a|b"}', 'rate({__name__=~"a|b"}[{{.window}}])'),
        ('a{le=~"1(\\\\.0)?"}', 'rate(a{le=~"1(\\\\.0)?"}[{{.window}}])'),
        ("sum(increase(a[5m]))", "sum(rate(a[{{.window}}]))"),
        ("sum(idelta(a[5m]))", "sum(delta(a[{{.window}}]))"),
        ('rate(a{b="[5m]"}[5m] offset 1h)', 'rate(a{b="[5m]"}[{{.window}}] offset 1h)'),
        ("sum(rate(a[{{ .window }}])) / 2", "sum(rate(a[{{.window}}])) / 2"),
        ("max_over_time(a[$__interval])", "max_over_time(a[{{.window}}])"),
    ],
)
def test_a_window_goes_where_the_range_belongs(query: str, expected: str) -> None:
    assert over_window(query, "rate") == expected


def test_the_function_is_that_of_the_samples() -> None:
    assert over_window("sum(a)", "sum_over_time") == "sum(sum_over_time(a[{{.window}}]))"


@pytest.mark.parametrize(
    "query",
    [
        "abs(a)", "rate(a[5m]) + b", "max_over_time(a[5m])", "a offset 1h", "a @ 17", "sum(rate(a[1h:5m]))",
        "histogram_quantile(0.9, sum(rate(a[5m])))", "1", "sum(", 'a{b="[7m13s]"}', "(" * 100,
    ],
)  # fmt: skip
def test_anything_else_is_refused(query: str) -> None:
    with pytest.raises(PromqlError):
        over_window(query, "rate")
