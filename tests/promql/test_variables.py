"""Variables of dashboards: what stands in for each, wherever it stands."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airectl.promql.guard import PromqlError
from airectl.promql.parse import parse
from airectl.promql.templates import STAND_IN
from airectl.promql.variables import filled, has_variable


@pytest.mark.parametrize(
    "query",
    [
        'sum(rate(a{model="$model"}[$__rate_interval]))',
        'sum(rate(a{model=~"${model:regex}|[[other]]"}[$interval]))',
        "rate(a[[[interval]]])",
        "rate(a[${interval}m])",
        "max_over_time(rate(a[5m])[$range:$step])",
        "sum by ($group, instance) (a)",
        "sum by (le, [[group]]) (a)",
        "a / on ($label) group_left ($more) b",
        "$metric",
        "rate($metric[5m])",
        '${prefix}_requests_total{job="x"}',
        'a_$suffix{job="x"}',
        "a > $threshold",
        "topk($n, a) * $scale",
        "histogram_quantile($quantile, sum by (le) (rate(a_bucket[5m])))",
        "a offset $offset",
        "a offset -$offset",
        'a{$filters, job="x"}',
        'a{job="x",$filters}',
        "a{$label='x'}",
        "a{job=$job}",
        "$aggregation(a)",
        "$aggregation by (le) (a)",
        "a or $b and ${c}",
        "a{b=`$x`}",
    ],
)
def test_the_rest_can_be_read(query: str) -> None:
    assert has_variable(query)
    assert parse(filled(query))


@pytest.mark.parametrize("query", ["a", 'a{b="c"}[5m]', "sum(rate(a[5m]))"])
def test_without_a_variable_it_stays(query: str) -> None:
    assert not has_variable(query)
    assert filled(query) == query


def test_a_stand_in_is_told_from_values() -> None:
    assert filled('a{b="$x"}') == f'a{{b="{STAND_IN}"}}'
    assert STAND_IN in filled("$x_total{a='b'}")


PIECES = st.sampled_from([
    "$a", "${b:regex}", "[[c]]", "sum(", ")", "rate(", "[", "]", "{", "}", '"', "'", "`", "5m", " by (", "a", "=", "=~",
    ",", " offset ", " > ", "1", "$", "${", "[[", "\\", " or ",
])  # fmt: skip


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=15).map("".join))
def test_any_text_is_read_or_refused(query: str) -> None:
    with suppress(PromqlError):
        parse(filled(query))
