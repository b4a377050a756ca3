"""What an objective measures: never guessed."""

from decimal import Decimal

import pytest

from airectl.core.catalogue import Catalogue, MetricFamily, MetricType, System
from airectl.core.signal import Selection, Selections, signal_of
from airectl.core.slo import Measure, Signal

FAMILIES = [
    MetricFamily(name="x:ttft_seconds", type=MetricType.HISTOGRAM, unit="seconds", measure=Measure.TTFT),
    MetricFamily(name="x:e2e_seconds", type=MetricType.HISTOGRAM, unit="seconds", measure=Measure.E2E),
    MetricFamily(name="x:cache", type=MetricType.GAUGE, unit="ratio", measure=Measure.SATURATION),
    MetricFamily(name="x:rejected_total", type=MetricType.COUNTER, measure=Measure.AVAILABILITY),
    MetricFamily(name="x:plain_total", type=MetricType.COUNTER),
    MetricFamily(
        name="x:done_total",
        type=MetricType.COUNTER,
        measure_by={"how": {"error": Measure.AVAILABILITY, "length": Measure.COMPLETENESS}},
    ),
]
X = System(name="x", versions="1", title="X", prefixes=("x:",), families={each.name: each for each in FAMILIES})
CATALOGUE = Catalogue(systems={"x": X})


def of(series: str, *values: str, edge: str = "", quantile: bool = False) -> Selection:
    """A selection of the series whose `how` is one of `values`; without values, of all."""
    return Selection(
        series=series,
        edge=Decimal(edge) if edge else None,
        selects=lambda _label, value: not values or value in values,
        quantile=quantile,
    )


def signal(selections: Selections, **annotations: str) -> Signal | None:
    return signal_of({f"airectl.dev/{key}": text for key, text in annotations.items()}, selections, CATALOGUE)


BUCKET, COUNT = of("x:ttft_seconds_bucket", edge="0.5"), of("x:ttft_seconds_count")
NOTHING = Selections(marked=())


def test_a_bucket_is_a_threshold() -> None:
    expected = Signal(measure=Measure.TTFT, threshold=Decimal("0.5"), unit="s")
    assert signal(Selections(marked=[BUCKET], total=[COUNT])) == expected
    assert signal(Selections(marked=[COUNT, BUCKET], total=[COUNT], bad=True)) == expected


@pytest.mark.parametrize(
    "selections",
    [
        NOTHING,
        Selections(marked=[COUNT], total=[COUNT]),
        Selections(marked=[BUCKET, of("x:ttft_seconds_bucket", edge="1")], total=[COUNT]),
        Selections(marked=[BUCKET, of("x:e2e_seconds_bucket", edge="0.5")], total=[COUNT]),
        Selections(marked=[BUCKET, of("my_requests_total")], total=[COUNT]),
        Selections(marked=[of("x:plain_total")], total=[COUNT]),
        Selections(marked=[of("x:done_total", "stop")], total=[of("x:done_total")]),
        Selections(marked=[of("x:ttft_seconds_sum")], value=Decimal(1)),
        Selections(marked=[of("x:ttft_seconds_bucket")], value=Decimal(1)),
    ],
)
def test_two_answers_or_none_are_none(selections: Selections) -> None:
    assert signal(selections) is None


@pytest.mark.parametrize(
    ("marked", "total", "bad", "measure"),
    [
        (("stop", "length"), ("stop", "length", "error"), False, Measure.AVAILABILITY),
        (("stop",), ("stop", "length"), False, Measure.COMPLETENESS),
        (("error",), (), True, Measure.AVAILABILITY),
        (("length",), (), True, Measure.COMPLETENESS),
    ],
)
def test_what_total_has_and_good_has_not(
    marked: tuple[str, ...], total: tuple[str, ...], *, bad: bool, measure: Measure
) -> None:
    selections = Selections(marked=[of("x:done_total", *marked)], total=[of("x:done_total", *total)], bad=bad)
    assert signal(selections) == Signal(measure=measure)


def test_a_family_of_its_own() -> None:
    assert signal(Selections(marked=[of("x:rejected_total")], bad=True)) == Signal(measure=Measure.AVAILABILITY)


def test_a_threshold_metric_has_its_value() -> None:
    quantile = Selections(marked=[of("x:ttft_seconds_bucket", quantile=True)], value=Decimal("0.3"))
    assert signal(quantile) == Signal(measure=Measure.TTFT, threshold=Decimal("0.3"), unit="s")
    gauge = Selections(marked=[of("x:cache")], value=Decimal("0.9"))
    assert signal(gauge) == Signal(measure=Measure.SATURATION, threshold=Decimal("0.9"))


def test_annotations_decide() -> None:
    assert signal(NOTHING, signal="quality") == Signal(measure=Measure.QUALITY)
    assert signal(NOTHING, signal="e2e", threshold="2s") == Signal(measure=Measure.E2E, threshold=Decimal(2), unit="s")
    good = Selections(marked=[BUCKET], total=[COUNT])
    assert signal(good, signal="ttft") == Signal(measure=Measure.TTFT, threshold=Decimal("0.5"), unit="s")
    assert signal(good, signal="e2e") == Signal(measure=Measure.E2E)
    assert signal(good, threshold="200ms") == Signal(measure=Measure.TTFT, threshold=Decimal("0.2"), unit="s")
    assert signal(NOTHING, threshold="200ms") is None
    assert signal(NOTHING, signal="no-such") is None
