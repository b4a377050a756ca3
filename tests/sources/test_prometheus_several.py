"""Several series where one is needed: how many, and in what they differ."""

import pytest

from airectl.core.findings import Location, Severity
from airectl.core.slo import Query
from airectl.sources.prometheus.several import differing, several

QUERY = Query(type="Prometheus", spec={"query": "c / 2"}, at=Location(path="f.yaml", line=7, col=3))


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ([{"pod": "a", "job": "x"}, {"pod": "b", "job": "x"}], ("pod",)),
        ([{"pod": "a"}, {"pod": "b", "zone": "1"}, {"pod": "a"}], ("pod", "zone")),
        ([{"pod": "a"}, {"pod": "a", "zone": ""}], ()),
        ([{"pod": "a"}], ()),
        ([], ()),
    ],
)
def test_labels_that_tell_series_apart(series: list[dict[str, str]], expected: tuple[str, ...]) -> None:
    assert differing(series) == expected


def test_the_finding_says_what_to_do() -> None:
    failure = several(QUERY, 1204, ("model", "pod"))
    finding = failure.finding
    assert failure.invalid
    assert (finding.code, finding.severity, finding.at) == ("AIR224", Severity.ERROR, QUERY.at)
    assert finding.message == (
        "the query gives 1,204 series at once, which differ in `model, pod`: one number is needed for each slice"
    )
    assert "`airectl.dev/group-by: model`" in finding.help


def test_a_long_list_ends_and_none_is_left_out() -> None:
    assert "`a, b, c, d, e, ...`" in several(QUERY, 2, tuple("abcdefg")).finding.message
    assert several(QUERY, 2, ()).finding.message == (
        "the query gives 2 series at once: one number is needed for each slice"
    )
