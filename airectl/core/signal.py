"""What an objective measures: said in annotations, else known from its metrics, else not known.

A signal lets one spec drive load tests and forecasts too. It is never guessed: where the metrics
allow two answers there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from airectl.core import annotations as known
from airectl.core.catalogue import Catalogue, Known, MetricType
from airectl.core.slo import Measure, Signal

_LATENCY: Final = frozenset((Measure.TTFT, Measure.ITL, Measure.TPOT, Measure.E2E))
_UNITS: Final = {"seconds": "s", "ratio": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One selector of a query: the series by its name on the wire, and what it asks of labels.

    `edge` is the bucket it names. `selects(label, value)` says whether a series with that value is in.
    `quantile` says that a quantile is taken of it.
    """

    series: str
    edge: Decimal | None = None
    selects: Callable[[str, str], bool]
    quantile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selections:
    """The selectors of an indicator. `marked` are those of good, or of bad; of a threshold metric, all.

    `bad` says that `marked` counts the bad events. `value` is what a threshold metric is compared with.
    """

    marked: Sequence[Selection]
    total: Sequence[Selection] = ()
    bad: bool = False
    value: Decimal | None = None


def signal_of(annotations: Mapping[str, Any], selections: Selections, catalogue: Catalogue) -> Signal | None:
    """The signal of an objective; None where it is not measurable by a load test.

    `airectl.dev/signal` decides; `airectl.dev/threshold` adds the threshold, or else the metrics do.
    """
    measured = _measured(selections, catalogue, known.read(annotations, "telemetry") or "")
    declared: Measure | None = known.read(annotations, "signal")
    signal = measured
    if declared and not (measured and measured.measure is declared):
        signal = Signal(measure=declared, threshold=selections.value)
    if signal is None:
        return None
    if (given := known.read(annotations, "threshold")) is not None:
        signal = replace(signal, threshold=given[0], unit=given[1])
    return signal


def _measured(selections: Selections, catalogue: Catalogue, said: str) -> Signal | None:
    """What the metrics themselves say."""
    pairs = [(each, found) for each in selections.marked if (found := catalogue.find(each.series, said))]
    if not pairs or len(pairs) < len(selections.marked):
        return None
    measures = {measure for each, found in pairs for measure in _measures(each, found, selections)}
    if len(measures) != 1:
        return None
    (measure,) = measures
    thresholds = {_threshold(each, found, selections) for each, found in pairs} - {None}
    if len(thresholds) > 1 or (measure in _LATENCY and not thresholds):
        return None
    unit = _UNITS.get(pairs[0][1].family.unit, pairs[0][1].family.unit)
    return Signal(measure=measure, threshold=next(iter(thresholds), None), unit=unit if thresholds else "")


def _measures(selection: Selection, found: Known, selections: Selections) -> set[Measure]:
    measures = {found.family.measure} if found.family.measure else set()
    for label, by_value in found.family.measure_by.items():
        total = [each for each in selections.total if each.series == selection.series] or selections.total
        counted = {value for value in by_value if any(each.selects(label, value) for each in total)}
        marked = {value for value in by_value if selection.selects(label, value)}
        measures |= {by_value[value] for value in (counted & marked if selections.bad else counted - marked)}
    return measures


def _threshold(selection: Selection, found: Known, selections: Selections) -> Decimal | None:
    """The bucket's edge; of a threshold metric, its value, where the query gives the metric's own unit."""
    if selections.value is None:
        return selection.edge
    plain = found.family.type is MetricType.GAUGE or (found.suffix == "_bucket" and selection.quantile)
    return selections.value if plain else None
