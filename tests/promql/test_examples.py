"""Series from selectors: each is taken by the ones it is for, and every way to share one is there."""

from __future__ import annotations

import pytest

from airectl.promql.examples import series, value
from airectl.promql.levels import selects
from airectl.promql.matchers import Matcher, Op
from airectl.promql.parse import parse
from airectl.promql.vectors import NotReadError


def taken(*queries: str) -> set[tuple[bool, ...]]:
    """Which selectors take each of the series that are found for them."""
    selectors = [each for query in queries for each in parse(query).selectors]
    return {tuple(selects(each, labels) for each in selectors) for labels in series(selectors)}


@pytest.mark.parametrize(
    ("part", "total", "wanted"),
    [
        ('a{job="x",code=~"5..|429"}', 'a{job="x"}', {(True, True), (False, True)}),
        ('a{code!~"5.."}', "a", {(True, True), (False, True)}),
        ('a_bucket{le="0.5"}', "a_count", {(True, False), (False, True)}),
        ('a{code="ok"}', 'a{code!="abort"}', {(True, True), (False, True)}),
        ('{__name__="a",b="1"}', '{__name__=~"a|c"}', {(True, True), (False, True)}),
    ],
)
def test_every_way_to_share_a_series(part: str, total: str, wanted: set[tuple[bool, ...]]) -> None:
    assert taken(part, total) == wanted


def test_fixed_labels_are_on_all_of_them() -> None:
    found = series(parse('a{job="x"} / b').selectors, [("model", "m")])
    assert found
    assert all(("model", "m") in labels for labels in found)


def test_a_value_passes_all_matchers() -> None:
    matchers = [Matcher(name="c", op=Op.REGEX, value="5..|429"), Matcher(name="c", op=Op.NOT_EQUAL, value="500")]
    assert value(matchers) not in (None, "500")


@pytest.mark.parametrize("query", ['a{b=~"(?i)x"}', 'a{b="1",b="2"}', '{b="1"}'])
def test_a_selector_without_a_series_is_refused(query: str) -> None:
    with pytest.raises(NotReadError):
        series(parse(query).selectors)
