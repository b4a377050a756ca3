"""Queries as rules use them: one value, every group, both spellings of an edge; NaN and nothing are foreseen."""

from __future__ import annotations

import pytest

from airectl.promql import windowed as queries
from airectl.promql.bind import Use
from airectl.promql.guard import PromqlError
from airectl.promql.terms import with_all_terms

W = "[{{.window}}]"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(a)", f"sum(rate(a{W}))"),
        ("a", f"sum(rate(a{W}))"),
        ("sum by (le) (a)", f"sum(sum by (le) (rate(a{W})))"),
        ("sum(a) or vector(0)", f"sum(rate(a{W})) or vector(0)"),
        (f"sum_over_time((count(a < 0.75)){W[:-1]}:]) OR on() vector(0)",
         f"sum_over_time((count(a < 0.75)){W[:-1]}:]) OR on() vector(0)"),
        ('sum(a{le="1"})', f'sum(rate(a{{le=~"1(\\\\.0)?"}}{W}))'),
        ('sum(a{le="10.0",b="le=\\"1\\""})', f'sum(rate(a{{b="le=\\"1\\"",le=~"10(\\\\.0)?"}}{W}))'),
        ('sum(a{le="0.5"})', f'sum(rate(a{{le="0.5"}}{W}))'),
        ('sum(a{le="+Inf"})', f'sum(rate(a{{le="+Inf"}}{W}))'),
    ],
)  # fmt: skip
def test_one_value_over_any_window(query: str, expected: str) -> None:
    assert queries.windowed(query, "rate") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(a)", f"sum by (model) (rate(a{W}))"),
        ("a", f"sum by (model) (rate(a{W}))"),
        ("sum by (model) (a)", f"sum by (model) (rate(a{W}))"),
        ("sum by (le) (a)", f"sum by (model) (sum by (le, model) (rate(a{W})))"),
        ("sum without (pod) (a)", f"sum by (model) (sum without (pod) (rate(a{W})))"),
    ],
)
def test_one_value_for_each_group(query: str, expected: str) -> None:
    assert queries.windowed(query, "rate", ("model",)) == expected


@pytest.mark.parametrize("query", ["sum(max_over_time(a[5m]))", "sum(increase(a[$__range])) / $__range_s", "sum("])
def test_what_has_no_window_is_refused(query: str) -> None:
    with pytest.raises(PromqlError):
        queries.windowed(query, "rate")


def test_a_slice_counts_what_a_counter_grew() -> None:
    text = queries.sliced("sum(a)", Use.COUNTER, 60)
    assert text.startswith("sum(")
    assert "offset 1m" in text
    assert "{{" not in text


def test_a_slice_of_groups_keeps_them() -> None:
    assert queries.sliced("sum(a)", Use.COUNTER, 60, ("model",)).startswith("sum by (model) (")


def test_of_several_values_the_worst_is_taken() -> None:
    assert queries.sliced("a", Use.THRESHOLD, 60, merge="min") == "min(a)"
    assert queries.sliced("max(a)", Use.THRESHOLD, 60, merge="min") == "max(a)"
    quantile = "histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))"
    assert queries.sliced(quantile, Use.THRESHOLD, 60, merge="max") == quantile


def test_gone_looks_at_the_query_where_that_can_tell() -> None:
    assert queries.gone("sum(a)", "sum(rate(a[5m]))") == "absent(sum(rate(a[5m])))"


def test_gone_looks_at_the_series_where_the_query_has_a_value_without_them() -> None:
    found = queries.gone("sum(a) + sum(b) or vector(0)", "x")
    assert found == "absent(group(last_over_time(a[5m])) or group(last_over_time(b[5m])))"


@pytest.mark.parametrize(("query", "may"), [("sum(rate(a[5m]))", False), ("a / b", True), ("sqrt(a)", True)])
def test_what_may_be_nan(query: str, may: bool) -> None:
    assert queries.may_be_nan(query) is may


@pytest.mark.parametrize(
    ("query", "does"),
    [("sum(a) or vector(0)", True), ("(sum(a) or on() vector(0))", True), ("sum(a) or b", False), ("sum(a)", False)],
)
def test_what_has_a_value_without_series(query: str, does: bool) -> None:
    assert queries.answers_nothing(query) is does


@pytest.mark.parametrize(
    ("query", "is_linear"),
    [("a", True), ("1 - avg(a)", True), ("sum(a) * 100", True), ("a / b", False), ("max(a)", False), ("1 / a", False)],
)
def test_what_a_mean_goes_through(query: str, is_linear: bool) -> None:
    assert queries.linear(query) is is_linear


def _one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("query", ["sum(a) - sum(b)", "sum(a - b)", "a - b", "sum(sum(a) - sum(b))"])
def test_a_term_without_series_is_0_while_the_other_has_some(query: str) -> None:
    found = with_all_terms(queries.windowed(query, "rate"))
    a, b = (f"sum(rate({each}{W}))" for each in "ab")
    if query.startswith("sum(sum"):
        a, b = f"sum({a})", f"sum({b})"
    assert _one_line(found) == f"({a} or 0 * ({b})) - ({b} or 0 * ({a}))"


@pytest.mark.parametrize("query", ["sum(a + 1)", "sum(a + on(x) b)", "sum without (x) (a + b)", "max(a + b)", "a * b"])
def test_what_is_no_sum_of_series_stays_as_it_is(query: str) -> None:
    found = queries.windowed(query, "rate")
    assert with_all_terms(found) == found


def test_terms_of_groups_are_added_up_by_group() -> None:
    found = with_all_terms(queries.windowed("sum by (m) (a + b)", "rate", ("m",)))
    assert _one_line(found).startswith(f"(sum by (m) (rate(a{W})) or 0 * (sum by (m) (rate(b{W}))))")
