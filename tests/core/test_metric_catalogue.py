"""Lookups in the catalogue."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.catalogue import Catalogue, MetricFamily, MetricType, System
from airectl.core.preset import le_matcher


def family(name: str, type: MetricType, **more: object) -> MetricFamily:
    return MetricFamily(name=name, type=type, **more)  # type: ignore[arg-type]  # fields by name


def system(name: str, prefix: str, *families: MetricFamily) -> System:
    by_name = {each.name: each for each in families}
    return System(name=name, versions="1", title=name, prefixes=(prefix,), families=by_name)


X = system(
    "x",
    "x:",
    family("x:latency_seconds", MetricType.HISTOGRAM, buckets=(Decimal("0.1"), Decimal("0.25"), Decimal(1))),
    family("x:requests_total", MetricType.COUNTER),
    family("x:size", MetricType.SUMMARY),
    family("x:item_count", MetricType.GAUGE),
)
BOTH = Catalogue(systems={"x": X, "xy": system("xy", "x:y_")})


@pytest.mark.parametrize(
    ("series", "name", "suffix"),
    [
        ("x:latency_seconds_bucket", "x:latency_seconds", "_bucket"),
        ("x:latency_seconds_count", "x:latency_seconds", "_count"),
        ("x:latency_seconds", "x:latency_seconds", ""),
        ("x:requests_total", "x:requests_total", ""),
        ("x:size_sum", "x:size", "_sum"),
        ("x:item_count", "x:item_count", ""),
    ],
)
def test_find(series: str, name: str, suffix: str) -> None:
    known = BOTH.find(series)
    assert known is not None
    assert (known.family.name, known.suffix) == (name, suffix)


@pytest.mark.parametrize("series", ["x:requests_total_count", "x:size_bucket", "x:other", "other", ""])
def test_find_nothing(series: str) -> None:
    assert BOTH.find(series) is None


def test_the_longer_prefix_wins() -> None:
    assert BOTH.system_of("x:y_z") is BOTH.systems["xy"]
    assert BOTH.system_of("x:z") is X


def test_prefixes_can_be_left_out() -> None:
    assert Catalogue(systems={"x": X}).system_of("x:z") is X
    assert Catalogue().system_of("x:z") is None


@pytest.mark.parametrize(
    ("threshold", "below", "above"),
    [("0.2", "0.1", "0.25"), ("0.25", "0.25", "0.25"), ("0.05", None, "0.1"), ("2", "1", None)],
)
def test_edges_around(threshold: str, below: str | None, above: str | None) -> None:
    expected = tuple(Decimal(each) if each else None for each in (below, above))
    assert X.families["x:latency_seconds"].edges_around(Decimal(threshold)) == expected


@given(st.decimals(min_value=0, max_value=3, places=3))
def test_edges_enclose_the_threshold(threshold: Decimal) -> None:
    below, above = X.families["x:latency_seconds"].edges_around(threshold)
    assert below is None or below <= threshold
    assert above is None or above >= threshold
    assert below is not None or above is not None


@pytest.mark.parametrize(
    ("edge", "expected"),
    [("0.5", 'le="0.5"'), ("1", r'le=~"1(\\.0)?"'), ("1.0", r'le=~"1(\\.0)?"'), ("1E+1", r'le=~"10(\\.0)?"')],
)
def test_le_matcher(edge: str, expected: str) -> None:
    assert le_matcher(Decimal(edge)) == expected


def shared(name: str, *edges: str, **more: object) -> System:
    """A system with the family `shared_seconds`, which others have as well."""
    of_all = family("shared_seconds", MetricType.HISTOGRAM, labels=("a",), buckets=tuple(map(Decimal, edges)))
    own = {"shared_seconds": of_all, f"{name}_own": family(f"{name}_own", MetricType.GAUGE)}
    return System(name=name, versions="1", title=name, families=own, names=("shared_seconds",), **more)  # type: ignore[arg-type]  # fields by name


A = shared("a", "1", "2", prefixes=("a_",), aliases={"ray_a_": "a_"})
B = shared("b", "1", "3", prefixes=())
SHARED = Catalogue(systems={"a": A, "b": B})


def test_of_a_shared_name_only_what_holds_for_all_is_known() -> None:
    known = SHARED.find("shared_seconds_bucket")
    assert known is not None
    assert (known.family.buckets, known.family.open_labels, known.suffix) == ((), True, "_bucket")


@pytest.mark.parametrize(("said", "edge"), [("a", "2"), ("b", "3")])
def test_who_is_said_is_taken_at_the_word(said: str, edge: str) -> None:
    known = SHARED.find("shared_seconds_bucket", said)
    assert known is not None
    assert (known.system.name, known.family.buckets[-1]) == (said, Decimal(edge))
    assert SHARED.system_of("shared_seconds", said) is SHARED.systems[said]


def test_what_a_system_does_not_have_is_not_made_its_own_by_saying_so() -> None:
    known = SHARED.find("a_own", "b")
    assert known is not None
    assert known.system is A
    assert SHARED.find("nobodys", "b") is None
    assert SHARED.system_of("nobodys", "b") is None
    # Without a beginning of its own it is found by those only who know whose it is.
    assert SHARED.find("b_own") is None
    assert SHARED.find("b_own", "b") is not None


def test_an_alias_stands_for_a_beginning() -> None:
    known = SHARED.find("ray_a_own")
    assert known is not None
    assert (known.family.name, known.family.open_labels) == ("a_own", True)
    assert SHARED.system_of("ray_a_nothing") is A
    assert SHARED.find("ray_own") is None


def test_a_summary_has_a_series_of_its_own_name_only_with_quantiles() -> None:
    assert family("x", MetricType.SUMMARY).series() == ("x_count", "x_sum")
    assert family("x", MetricType.SUMMARY, quantiles=("0.5",)).series() == ("x", "x_count", "x_sum")


@pytest.mark.parametrize(("more", "current"), [({}, True), ({"removed_in": "1"}, False), ({"never": True}, False)])
def test_current(more: dict[str, object], current: bool) -> None:
    assert family("x", MetricType.GAUGE, **more).current is current
