"""What a query means, by what the SLI says of its samples: the case, and what the source is asked."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.promql.bind import Binding, Kind, Use, bind
from airectl.promql.guard import PromqlError
from airectl.promql.parse import parse
from airectl.promql.portions import difference, increment, mean, rate
from airectl.promql.selectors import selectors

STEP_S = 60
COUNTER, SAMPLES, RAW, THRESHOLD = Use.COUNTER, Use.SAMPLES, Use.RAW, Use.THRESHOLD
WEIGHT = "an expression of what each slice holds, as a weight"
MEAN = "the mean over each slice, as a weight"
RECORDED = "the mean of a recorded rate over each slice, as a weight"
SUMMED = "the sum of the samples in each slice"
AT_THE_END = "the value at the end of each slice"
AS_WRITTEN = "an expression at the end of each slice, as a weight"


def bound(query: str, use: Use, step_s: int = STEP_S) -> Binding:
    return bind(query, use, step_s)


def same(query: str, expected: str) -> bool:
    """Whether two texts are one expression."""
    return bool(parse(query).tree.prettify() == parse(expected).tree.prettify())


def exact(selector: str) -> str:
    """What a counter grew by in a slice, as the portion of it says."""
    (found,) = selectors(parse(selector).tree)
    return increment(found, STEP_S * 1000)


@pytest.mark.parametrize(
    ("query", "use", "asked"),
    [
        ("c", COUNTER, "c[1m30s]"),
        ("(c)", COUNTER, "c[1m30s]"),
        ('sum(c{a="b"})', COUNTER, 'c{a="b"}[1m30s]'),
        ("sum by (le) (c)", COUNTER, "c[1m30s]"),
        ("sum without (pod) (c)", COUNTER, "c[1m30s]"),
        ("sum(sum by (pod) (c))", COUNTER, "c[1m30s]"),
        ('{__name__=~"a|b"}', COUNTER, '{__name__=~"a|b"}[1m30s]'),
        ("c offset 5m", COUNTER, "c[1m30s] offset 5m"),
        ("c offset -5m", COUNTER, "c[1m30s] offset -5m"),
        ("sum(rate(c[5m]))", COUNTER, "c[1m30s]"),
        ("sum(rate(c[5m]))", SAMPLES, "c[1m30s]"),
        ("increase(c[1h] offset 1d)", SAMPLES, "c[1m30s] offset 1d"),
        ("irate(c[5m])", SAMPLES, "c[1m30s]"),
        ("delta(c[5m])", COUNTER, "c[1m30s]"),
        ("sum(rate(c[{{.window}}]))", COUNTER, "c[1m30s]"),
        ("sum(rate(c[$window]))", SAMPLES, "c[1m30s]"),
        ("sum(rate(c[${__rate_interval}] offset $__interval))", SAMPLES, "c[1m30s] offset 1m"),
    ],
)
def test_a_counter_or_sums_of_one_are_left_to_the_source(query: str, use: Use, asked: str) -> None:
    binding = bound(query, use)
    assert (binding.kind, binding.whole) == (Kind.INCREMENTS, True)
    assert binding.over("last_over_time", 90_000) == f"last_over_time({asked})"


def test_the_case_says_where_the_counter_stands() -> None:
    assert bound("sum(c)", COUNTER).case == "increments of a counter"
    assert bound("sum(rate(c[5m]))", COUNTER).case == "increments of the counter in a rate"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(c) or vector(0)", f"sum({exact('c')}) or vector(0)"),
        ("sum(rate(c[5m])) or vector(0)", f"sum({exact('c')}) or vector(0)"),
        (
            "sum(a) - sum(increase(b[5m]))",
            f"(sum({exact('a')}) or 0 * (sum({exact('b')}))) - (sum({exact('b')}) or 0 * (sum({exact('a')})))",
        ),
        ("a + b", f"({exact('a')} or 0 * ({exact('b')})) + ({exact('b')} or 0 * ({exact('a')}))"),
        ("-c", f"-{exact('c')}"),
        ("avg by (pod) (c)", f"avg by (pod) ({exact('c')})"),
        ("topk(3, c)", f"topk(3, {exact('c')})"),
        ("c * 2", f"{exact('c')} * 2"),
        ("clamp_min(c, 1)", f"clamp_min({exact('c')}, 1)"),
        ("sum(c offset 5m) * 1", f"sum({exact('c offset 5m')}) * 1"),
        ("c - c @ 17", f"{exact('c')} - {exact('c @ 17')}"),
        ("sum(c) or absent(c)", f"sum({exact('c')}) or absent(c)"),
        ("max_over_time(g[5m]) + c", f"max_over_time(g[5m]) + {exact('c')}"),
        # In a subquery nothing is changed: it has a time of its own.
        ("c + sum_over_time(sum(rate(d[1m]))[5m:30s])", f"{exact('c')} + sum_over_time(sum(rate(d[1m]))[5m:30s])"),
        ("clamp_min(rate(c[5m]) + abs(d), 1)", f"clamp_min({exact('c')} + abs({exact('d')}), 1)"),
        ("quantile_over_time(0.9, c[5m]) + c", f"quantile_over_time(0.9, c[5m]) + {exact('c')}"),
        ("timestamp(c) + c", f"timestamp(c) + {exact('c')}"),
        ("max_over_time(vector(1)[5m:]) + c", f"max_over_time(vector(1)[5m:]) + {exact('c')}"),
        ("c + abs(max_over_time(abs(rate(d[1m]))[5m:]))", f"{exact('c')} + abs(max_over_time(abs(rate(d[1m]))[5m:]))"),
    ],
)
def test_counters_in_an_expression_become_what_they_grew_by(query: str, expected: str) -> None:
    binding = bound(query, COUNTER)
    assert (binding.kind, binding.whole, binding.case) == (Kind.VALUES, False, WEIGHT)
    assert same(binding.query, expected)


def test_nothing_between_two_slices_is_lost_and_a_gap_is_not_counted() -> None:
    """The reset and the birth are told from a gap by what there was before."""
    assert same(
        exact('c{a="b"} offset 5m'),
        '((last_over_time(c{a="b"}[5m] offset 5m) - last_over_time(c{a="b"}[5m] offset 6m) >= 0)'
        ' or (last_over_time(c{a="b"}[5m] offset 5m) < last_over_time(c{a="b"}[5m] offset 6m))'
        ' or (last_over_time(c{a="b"}[5m] offset 5m) unless last_over_time(c{a="b"}[1d] offset 6m)))',
    )


def test_a_mean_holds_until_the_next_sample() -> None:
    assert same(
        portion(mean, 'x{a="b"} offset 5m'), '(avg_over_time(x{a="b"}[59s999ms] offset 5m) or x{a="b"} offset 5m)'
    )


def test_a_long_slice_needs_a_sample_in_all_of_it_only() -> None:
    assert "c[1h] offset 1h)" in bound("c * 1", COUNTER, 3600).query


def test_series_of_several_metrics_stay_apart_in_arithmetic() -> None:
    """Without names `a{x="1"}` and `b{x="1"}` would be two of the same."""
    assert exact('{__name__=~"a|b"}').count("label_replace(") == exact("c").count("last_over_time(")
    assert "label_replace" not in exact("c") + exact('{__name__="c"}')


@pytest.mark.parametrize(
    ("query", "use", "expected", "case"),
    [
        ("x", SAMPLES, "sum_over_time(x[59s999ms])", SUMMED),
        ("sum by (a) (x)", SAMPLES, "sum by (a) (sum_over_time(x[59s999ms]))", SUMMED),
        ("sum(sum_over_time(x[5m]))", SAMPLES, "sum(sum_over_time(x[59s999ms]))", SUMMED),
        ("count_over_time(x[{{.window}}])", COUNTER, "count_over_time(x[59s999ms])", SUMMED),
        ("histogram_quantile(0.9, rate(x[5m]))", THRESHOLD, "histogram_quantile(0.9, rate(x[5m]))", AT_THE_END),
        ("x", THRESHOLD, "x", AT_THE_END),
        ("max_over_time(x[$__interval])", THRESHOLD, "max_over_time(x[1m])", AT_THE_END),
    ],
)  # fmt: skip
def test_events_that_the_query_itself_counts(query: str, use: Use, expected: str, case: str) -> None:
    binding = bound(query, use)
    assert (binding.kind, binding.whole, binding.case) == (Kind.VALUES, True, case)
    assert same(binding.query, expected)


def portion(write: object, selector: str = "x") -> str:
    (found,) = selectors(parse(selector).tree)
    assert callable(write)
    return str(write(found, STEP_S * 1000))


@pytest.mark.parametrize(
    ("query", "use", "expected", "case"),
    [
        ("x", RAW, portion(mean), MEAN),
        ("avg by (a) (x)", RAW, f"avg by (a) ({portion(mean)})", MEAN),
        ("1 - x / 100", RAW, f"1 - {portion(mean)} / 100", MEAN),
        ("-x + y", RAW, f"-{portion(mean)} + {portion(mean, 'y')}", MEAN),
        ("1 - slo:sli_error:ratio_rate5m", RAW, f"1 - {portion(mean, 'slo:sli_error:ratio_rate5m')}", MEAN),
        ("slo:e:ratio_rate{{.window}}", RAW, portion(mean, "slo:e:ratio_rate1m"), MEAN),
        ('sum({__name__=~"x|y"})', RAW, 'sum({__name__=~"x|y"})', MEAN),
        # The mean of a quotient is not the quotient of means, nor the largest mean the mean of the largest.
        ("x / y", RAW, "x / y", AS_WRITTEN),
        ("100 / x", RAW, "100 / x", AS_WRITTEN),
        ("x * y", RAW, "x * y", AS_WRITTEN),
        ("max(x)", RAW, "max(x)", AS_WRITTEN),
        ("x > 1", RAW, "x > 1", AS_WRITTEN),
        ("abs(x)", RAW, "abs(x)", AS_WRITTEN),
        ("avg_over_time(x[{{.window}}])", RAW, "avg_over_time(x[1m])", AS_WRITTEN),
        ("avg_over_time(sum(x)[5m:])", RAW, "avg_over_time(sum(x)[5m:])", AS_WRITTEN),
        ("max_over_time(x[5m])", COUNTER, "max_over_time(x[5m])", AS_WRITTEN),
        ("vector(1)", SAMPLES, "vector(1)", AS_WRITTEN),
        ("sum(rate(x[5m]))", RAW, f"sum({portion(rate)})", "the rate over each slice, as a weight"),
        ("rate(x[5m]) / irate(y[2m])", RAW, f"{portion(rate)} / {portion(rate, 'y')}", WEIGHT),
        ("rate(x[$__range]) * $__range_s", RAW, f"{portion(rate)} * 60", WEIGHT),
        ("increase(x[$__range]) * $__interval_ms", RAW, f"{portion(increment)} * 60000", WEIGHT),
        ("sum(increase(x[5m]))", RAW, f"sum({portion(increment)})", "the increase over each slice, as a weight"),
        ("increase(x[1h]) / 2", RAW, f"{portion(increment)} / 2", WEIGHT),
        ("rate(x[$__range]) * $__range_s", SAMPLES, f"{exact('x')} * 1", WEIGHT),
        ("x or vector(0)", SAMPLES, "sum_over_time(x[59s999ms]) or vector(0)", WEIGHT),
        ("delta(x[5m])", SAMPLES, portion(difference), "the difference over each slice, as a weight"),
        ("delta(x[5m])", RAW, "delta(x[5m])", AS_WRITTEN),
        ("sum(job:x:rate5m)", COUNTER, f"sum({portion(mean, 'job:x:rate5m')})", RECORDED),
        ("job:x:sum * 1", COUNTER, f"{exact('job:x:sum')} * 1", WEIGHT),
    ],
)  # fmt: skip
def test_weights(query: str, use: Use, expected: str, case: str) -> None:
    binding = bound(query, use)
    assert (binding.kind, binding.whole, binding.case) == (Kind.VALUES, False, case)
    assert same(binding.query, expected)


@pytest.mark.parametrize("use", Use)
@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("c @ 17", "`@ 17.000` gives every slice the same value"),
        ("sum(rate(c[5m] @ 17)) / rate(d[5m] @ 18)", "`@ 17.000` gives every slice the same value"),
        ("c - c @ end()", "`@ end()` is another time in every question that is asked"),
        ("c @ start()", "`@ start()` is another time in every question that is asked"),
        ("sum(", "unclosed left parenthesis"),
        ("c{a=$region}", "the placeholder `$region` is not known"),
        ("rate(c)", "expected type matrix"),
    ],
)
def test_what_has_no_value_of_its_own_in_each_slice_is_refused(query: str, reason: str, use: Use) -> None:
    with pytest.raises(PromqlError, match=re.escape(reason)):
        bound(query, use)


@pytest.mark.parametrize(
    ("query", "use", "expected"),
    [
        ("c", COUNTER, True),
        ("sum(c) or vector(0)", COUNTER, True),
        ("max_over_time(x[5m]) + sum(rate(c[5m]))", RAW, True),
        ("delta(x[5m])", SAMPLES, True),
        ("x", SAMPLES, False),
        ("x", RAW, False),
        ("sum(count_over_time(c[5m]))", COUNTER, False),
        ("rate(c[5m])", THRESHOLD, False),
    ],
)
def test_numbers_that_compare_with_the_slice_before(query: str, use: Use, expected: bool) -> None:
    assert bound(query, use).differences is expected


def test_a_long_sum_stays_within_what_the_parser_may_see() -> None:
    """Printed with indents it would not: each `+` is a level deeper."""
    query = " + ".join(f'sum(c{{n="{i}\\n  "}})' for i in range(180))
    asked = bound(query, COUNTER).query
    assert "\n" not in asked
    assert asked.count('{n="7\\n  "}') == increment(parse("c").selectors[0], 1).count("c[")


def test_where_there_are_samples() -> None:
    assert bound("sum(c) or vector(0)", COUNTER).presence(300_000) == "group(present_over_time(c[5m]))"
    assert bound("a / b - a", RAW).presence(60_000) == (
        "group(present_over_time(a[1m])) or group(present_over_time(b[1m]))"
    )
    assert bound("vector(1)", RAW).presence(60_000) == "vector(1)"
    assert bound("a / b - a", RAW).attendance(60_000) == (
        "group(present_over_time(a[1m])) and group(present_over_time(b[1m]))"
    )


@pytest.mark.parametrize(
    ("query", "use", "expected"),
    [
        ("sum(rate(g[5m])) / sum(rate(c[5m]))", RAW, True),
        ("good / total", RAW, True),
        ("avg(good_ratio)", RAW, False),
        ("avg_over_time(x[30s])", RAW, False),
        ("good / total", THRESHOLD, False),
        ("c - b", COUNTER, False),
    ],
)
def test_shares_are_of_several_selectors(query: str, use: Use, expected: bool) -> None:
    assert bound(query, use).share is expected


_LEAVES = st.sampled_from(
    ['c{a="b"}', "rate(c[5m])", "increase(d[5m] offset 1h)", "sum_over_time(x[1m])", "r:s:rate5m"]
)


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map(lambda each: f"sum by (a) ({each})"),
        inner.map(lambda each: f"-({each})"),
        inner.map(lambda each: f"max_over_time(({each})[5m:1m])"),
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
    )


@given(query=st.recursive(_LEAVES, _around, max_leaves=6), use=st.sampled_from(Use))
def test_whatever_it_is_the_result_is_promql_of_the_same_series(query: str, use: Use) -> None:
    binding = bound(query, use)
    asked = binding.query if binding.kind is Kind.VALUES else binding.over("last_over_time", 1000)
    assert {each.name for each in parse(asked).selectors} == {each.name for each in parse(query).selectors}
