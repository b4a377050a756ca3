"""The SLO as every command sees it, whatever format it was written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as _field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from airectl.core.findings import Location
from airectl.core.units import Duration


class Method(StrEnum):
    """OpenSLO's budgeting methods."""

    OCCURRENCES = "Occurrences"
    TIMESLICES = "Timeslices"
    RATIO_TIMESLICES = "RatioTimeslices"


class Measure(StrEnum):
    """What an objective is about; load tests and forecasts look here."""

    AVAILABILITY = "availability"
    TTFT = "ttft"
    ITL = "itl"
    TPOT = "tpot"
    E2E = "e2e"
    COMPLETENESS = "completeness"
    QUALITY = "quality"
    SATURATION = "saturation"
    COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What an objective measures, with its threshold in `unit` (seconds for times); None: no threshold."""

    measure: Measure
    threshold: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An OpenSLO metricSource: which kind of source, which one, and what to ask it.

    `connection` is what is said of the source called `ref`, in `connection_file`, which paths in it are
    relative to. It fills in what `spec` leaves open; with `overrides` (from --source) it comes first.
    """

    type: str
    ref: str = ""
    spec: Mapping[str, Any] = _field(default_factory=dict)
    at: Location
    connection: Mapping[str, Any] = _field(default_factory=dict)
    connection_file: str = ""
    overrides: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioIndicator:
    """good / total, or 1 - bad / total. Exactly one of `good` and `bad` is set.

    `counter` true: the queries give ever-growing counters; false: each sample is an increment.
    """

    total: Query
    good: Query | None = None
    bad: Query | None = None
    counter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawIndicator:
    """A ratio that was computed elsewhere; `success` says whether 1 is good."""

    raw: Query
    success: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdIndicator:
    """A value compared with each objective's `op` and `value`."""

    metric: Query


Indicator = RatioIndicator | RawIndicator | ThresholdIndicator


def queries(indicator: Indicator) -> tuple[Query, ...]:
    """Every query of an indicator; that for all events of a ratio comes last."""
    match indicator:
        case RatioIndicator():
            return tuple(each for each in (indicator.good, indicator.bad, indicator.total) if each)
        case RawIndicator():
            return (indicator.raw,)
        case ThresholdIndicator():
            return (indicator.metric,)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """Rolling, or calendar periods counted from `start` (wall clock in `time_zone`, an IANA name)."""

    duration: Duration
    rolling: bool
    start: datetime | None = None
    time_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One target. `target` is in [0, 1); `op`, `value` belong to threshold indicators only.

    A part of a composite SLO has an `indicator` of its own, and a `weight` above 0.
    """

    name: str
    target: Decimal
    at: Location
    op: str = ""
    value: Decimal | None = None
    slice_target: Decimal | None = None
    slice_s: int | None = None
    signal: Signal | None = None
    indicator: Indicator | None = None
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """One SLO with its indicator resolved; a composite has None, and one in each objective.

    Its identity is SERVICE/NAME. `labels` are OpenSLO's, several values of one joined with commas.
    """

    service: str
    name: str
    indicator: Indicator | None
    window: TimeWindow
    method: Method
    objectives: tuple[Objective, ...]
    at: Location
    display_name: str = ""
    description: str = ""
    annotations: Mapping[str, str] = _field(default_factory=dict)
    labels: Mapping[str, str] = _field(default_factory=dict)

    @property
    def id(self) -> str:
        """SERVICE/NAME, as `--slo` takes it."""
        return f"{self.service}/{self.name}"

    @property
    def composite(self) -> bool:
        """Whether its objectives are parts with indicators of their own."""
        return any(objective.indicator for objective in self.objectives)

    def indicator_of(self, objective: Objective) -> Indicator:
        """What an objective is measured by. Raises ValueError where neither it nor the SLO has an indicator."""
        found = objective.indicator or self.indicator
        if found is None:
            raise ValueError(f"`{self.id}` has no indicator for `{objective.name}`")
        return found
