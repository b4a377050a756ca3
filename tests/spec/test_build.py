"""Documents to SLOs: everything resolved and exact, nothing dropped without a reason."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from airectl.core.catalogue import Catalogue
from airectl.core.slo import Measure, Method, RatioIndicator, RawIndicator, Slo, ThresholdIndicator
from airectl.spec.build import Built, build
from airectl.spec.composer import compose
from airectl.spec.connections import Connections
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.tree import Map

EVENTS = "{metricSource: {type: Events, spec: {path: a.jsonl}}}"
RATIO = f"{{spec: {{ratioMetric: {{good: {EVENTS}, total: {EVENTS}}}}}}}"


def slo_text(**changes: str) -> str:
    parts = {
        "name": "availability",
        "annotations": "{}",
        "indicator": f"indicator: {RATIO}",
        "timeWindow": "[{duration: 28d, isRolling: true}]",
        "budgetingMethod": "Occurrences",
        "objectives": "[{target: 0.999}]",
        **changes,
    }
    return f"""kind: SLO
metadata: {{name: {parts["name"]}, annotations: {parts["annotations"]}}}
spec:
  service: chat
  {parts["indicator"]}
  timeWindow: {parts["timeWindow"]}
  budgetingMethod: {parts["budgetingMethod"]}
  objectives: {parts["objectives"]}
"""


def built(text: str, sources: dict[str, dict[str, Any]] | None = None) -> Built:
    composed = compose("f.yaml", text)
    nodes = [node for node in composed.documents if isinstance(node, Map)]
    documents = tuple(SpecObject(kind=str(node.get("kind")), node=node) for node in nodes)
    return build(
        SpecSet(documents=documents, texts={"f.yaml": text}), Connections(configured=sources or {}), Catalogue()
    )


def one(text: str, sources: dict[str, dict[str, Any]] | None = None) -> Slo:
    result = built(text, sources)
    assert not result.left_out
    (slo,) = result.slos
    return slo


def test_a_ratio_slo_is_built_whole() -> None:
    slo = one(slo_text(annotations="{airectl.dev/signal: availability}"))
    assert (slo.id, slo.method, slo.window.rolling, str(slo.window.duration)) == (
        "chat/availability", Method.OCCURRENCES, True, "28d",
    )  # fmt: skip
    assert isinstance(slo.indicator, RatioIndicator)
    assert slo.indicator.good is not None
    assert slo.indicator.bad is None
    assert (slo.indicator.total.type, dict(slo.indicator.total.spec)) == ("Events", {"path": "a.jsonl"})
    assert slo.annotations == {"airectl.dev/signal": "availability"}
    (objective,) = slo.objectives
    assert (objective.name, objective.target) == ("0", Decimal("0.999"))
    assert objective.signal is not None
    assert objective.signal.measure is Measure.AVAILABILITY
    assert str(objective.at) == "f.yaml:8:25"


@pytest.mark.parametrize(
    ("written", "target"), [("target: 0.9995", "0.9995"), ("targetPercent: 99.95", "0.9995"), ("target: 0", "0")]
)
def test_targets_are_exact(written: str, target: str) -> None:
    assert one(slo_text(objectives=f"[{{{written}}}]")).objectives[0].target == Decimal(target)


@pytest.mark.parametrize(("written", "seconds"), [("5", 300), ("5m", 300), ("1h", 3600), ("1d", 86_400)])
def test_a_slice_is_minutes_or_a_duration(written: str, seconds: int) -> None:
    text = slo_text(
        budgetingMethod="Timeslices",
        objectives=f"[{{displayName: a, target: 0.9, timeSliceTarget: 0.95, timeSliceWindow: {written}}}]",
    )
    (objective,) = one(text).objectives
    assert (objective.name, objective.slice_s, objective.slice_target) == ("a", seconds, Decimal("0.95"))


def test_slices_mean_nothing_for_occurrences() -> None:
    (objective,) = one(slo_text(objectives="[{target: 0.9, timeSliceWindow: 5m, timeSliceTarget: 0.9}]")).objectives
    assert (objective.slice_s, objective.slice_target) == (None, None)


def test_a_calendar_window_keeps_its_wall_clock() -> None:
    window = one(
        slo_text(timeWindow='[{duration: 1M, calendar: {startTime: "2026-01-31 06:30:00", timeZone: Europe/Berlin}}]')
    ).window
    assert (window.rolling, window.start, window.time_zone) == (
        False, datetime(2026, 1, 31, 6, 30), "Europe/Berlin",  # noqa: DTZ001  # wall clock
    )  # fmt: skip


def test_an_indicator_is_found_by_its_name() -> None:
    sli = f"kind: SLI\nmetadata: {{name: answers}}\nspec: {{ratioMetric: {{bad: {EVENTS}, total: {EVENTS}}}}}\n"
    slo = one(slo_text(indicator="indicatorRef: answers") + "---\n" + sli)
    assert isinstance(slo.indicator, RatioIndicator)
    assert slo.indicator.bad is not None


def test_raw_and_threshold_indicators() -> None:
    raw = one(slo_text(indicator=f"indicator: {{spec: {{ratioMetric: {{rawType: failure, raw: {EVENTS}}}}}}}"))
    assert isinstance(raw.indicator, RawIndicator)
    assert raw.indicator.success is False
    threshold = one(
        slo_text(
            indicator=f"indicator: {{spec: {{thresholdMetric: {EVENTS}}}}}",
            objectives="[{target: 0.9, op: lt, value: 2}]",
        )
    )
    assert isinstance(threshold.indicator, ThresholdIndicator)
    assert (threshold.objectives[0].op, threshold.objectives[0].value) == ("lt", Decimal(2))


SOURCE = "{metricSource: {metricSourceRef: prod, spec: {query: up}}}"
REFERRED = f"indicator: {{spec: {{ratioMetric: {{counter: true, good: {SOURCE}, total: {SOURCE}}}}}}}"


def test_the_kind_of_source_comes_from_the_data_source() -> None:
    document = "kind: DataSource\nmetadata: {name: prod}\nspec: {type: Prometheus}\n"
    slo = one(slo_text(indicator=REFERRED) + "---\n" + document)
    assert isinstance(slo.indicator, RatioIndicator)
    assert (slo.indicator.total.type, slo.indicator.total.ref, slo.indicator.counter) == ("Prometheus", "prod", True)


def test_or_from_the_configuration() -> None:
    slo = one(slo_text(indicator=REFERRED), {"prod": {"type": "Prometheus"}})
    assert isinstance(slo.indicator, RatioIndicator)
    assert slo.indicator.total.type == "Prometheus"
    unknown = one(slo_text(indicator=REFERRED), {"prod": {"type": 5}})
    assert isinstance(unknown.indicator, RatioIndicator)
    assert unknown.indicator.total.type == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"indicator": "indicatorRef: nowhere"}, "no SLI is called `nowhere`"),
        ({"indicator": "description: none"}, "it has no indicator"),
        ({"indicator": "indicator: {spec: {ratioMetric: {good: 5}}}"}, "its indicator has no usable `good`"),
        ({"timeWindow": "[]"}, "it has no usable `timeWindow`"),
        ({"timeWindow": "[{duration: 28}]"}, "it has no usable `timeWindow`"),
        ({"timeWindow": "[{duration: 1M, isRolling: false}]"}, "its calendar window has no usable `startTime`"),
        ({"budgetingMethod": "Guesses"}, "it lacks `service`, `name` or a known `budgetingMethod`"),
        ({"objectives": "[]"}, "it has no objectives"),
        ({"objectives": "[{target: 99.9}]"}, "objective 0 has no usable target"),
        ({"budgetingMethod": "Timeslices"}, "objective 0 has no usable `timeSliceWindow`"),
    ],
)
def test_what_cannot_be_built_is_left_out_with_its_reason(changes: dict[str, str], reason: str) -> None:
    result = built(slo_text(**changes) + "---\n" + slo_text(name="other"))
    assert [slo.id for slo in result.slos] == ["chat/other"]
    (left_out,) = result.left_out
    assert (left_out.id, left_out.reason, left_out.broken) == ("chat/availability", reason, True)


PART = f"{{target: 0.9, compositeWeight: 2, indicator: {RATIO}}}"
BARE = {"indicator": "description: none"}


def test_each_part_of_a_composite_has_its_indicator_and_its_weight() -> None:
    (slo,) = built(slo_text(**BARE, objectives=f"[{PART}, {{target: 0.8, indicator: {RATIO}}}]")).slos
    assert slo.composite
    assert slo.indicator is None
    assert [str(part.weight) for part in slo.objectives] == ["2", "1"]
    assert all(isinstance(slo.indicator_of(part), RatioIndicator) for part in slo.objectives)


def test_an_slo_with_one_indicator_is_no_composite() -> None:
    (slo,) = built(slo_text()).slos
    assert not slo.composite
    assert slo.indicator_of(slo.objectives[0]) is slo.indicator


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("{target: 0.9, indicatorRef: nowhere}", "no SLI is called `nowhere`"),
        ("{target: 0.9}", "it has no indicator"),
    ],
)
def test_a_composite_with_a_part_that_cannot_be_measured_is_left_out(part: str, reason: str) -> None:
    (left_out,) = built(slo_text(**BARE, objectives=f"[{PART}, {part}]")).left_out
    assert (left_out.reason, left_out.broken) == (reason, True)
