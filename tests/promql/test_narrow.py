"""A query for one group: matchers on every selector, and nothing else changed."""

import pytest

from airectl.promql.guard import PromqlError
from airectl.promql.narrow import narrowed


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("c", 'c{model="a"}'),
        ('sum(rate(c{x="y"}[5m] offset 1h)) / d', 'sum(rate(c{x="y",model="a"}[5m] offset 1h)) / d{model="a"}'),
        ('{__name__=~"b|c"}', '{__name__=~"b|c",model="a"}'),
        ("max_over_time(rate(c[1m])[5m:1m]) or vector(0)", 'max_over_time(rate(c{model="a"}[1m])[5m:1m]) or vector(0)'),
        ("c @ 17", 'c{model="a"} @ 17.000'),
        ('c{model=~"a|b"}', 'c{model=~"a|b",model="a"}'),
        ("rate(c[{{ .window }}])", 'rate(c{model="a"}[{{ .window }}])'),
        ("x:rate{{.window}} offset $window", 'x:rate{{.window}}{model="a"} offset $window'),
        (
            "increase(c[$__interval]) / $__interval_ms * $__range_s",
            'increase(c{model="a"}[$__interval]) / $__interval_ms * $__range_s',
        ),
        # Times and numbers that stand for a placeholder meanwhile are those the query does not hold itself.
        ("rate(c[16m40s3ms]) / $__range_s * 1000003", 'rate(c{model="a"}[16m40s3ms]) / $__range_s * 1000003'),
    ],
)
def test_every_selector_is_narrowed(query: str, expected: str) -> None:
    assert narrowed(query, {"model": "a"}) == expected


def test_values_are_quoted_and_an_absent_label_is_an_empty_one() -> None:
    assert narrowed("c", {"model": 'a"b\\c', "region": ""}) == r'c{model="a\"b\\c",region=""}'


def test_what_is_no_promql_is_refused() -> None:
    with pytest.raises(PromqlError):
        narrowed("sum(", {"model": "a"})
