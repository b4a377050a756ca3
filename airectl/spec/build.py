"""Spec documents to `core.slo.Slo`: everything resolved, nothing left of how it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airectl.core.catalogue import Catalogue
from airectl.core.findings import Location
from airectl.core.slo import (
    Indicator,
    Method,
    Objective,
    Query,
    RatioIndicator,
    RawIndicator,
    Slo,
    ThresholdIndicator,
    TimeWindow,
)
from airectl.spec import values
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.schema import START_TIME
from airectl.spec.signals import with_signals
from airectl.spec.tree import Map


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An SLO that cannot be evaluated as it is written, and why in a few words.

    `broken`: because of what it says; else because airectl does not evaluate such SLOs yet. `at` is the
    reason's place where it has one, else that of the SLO.
    """

    service: str
    name: str
    reason: str
    at: Location
    broken: bool = True

    @property
    def id(self) -> str:
        """SERVICE/NAME."""
        return f"{self.service}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Every SLO of a run: those that are complete, and those that are not."""

    slos: tuple[Slo, ...]
    left_out: tuple[LeftOut, ...]


class _CannotBuildError(Exception):
    """Something that an SLO needs is missing or wrong, or is not supported yet."""

    def __init__(self, reason: str, *, broken: bool = True, at: Location | None = None) -> None:
        super().__init__(reason)
        self.broken, self.at = broken, at


def build(specs: SpecSet, sources: Mapping[str, Mapping[str, Any]], catalogue: Catalogue) -> Built:
    """Every SLO of `specs`, in reading order. `sources` are those of airectl.toml, by name.

    `catalogue` says what metrics measure, for the objectives' signals. An SLO that needs what is
    missing or wrong is left out with the reason, never dropped in silence: what is wrong as such is a
    finding of validation.
    """
    slos: list[Slo] = []
    left_out: list[LeftOut] = []
    for document in specs.documents:
        if document.kind != "SLO":
            continue
        try:
            slos.append(with_signals(_slo(document, specs, sources), catalogue))
        except _CannotBuildError as error:
            service = document.spec.text("service")
            at = error.at or document.at
            left_out.append(LeftOut(service=service, name=document.name, reason=str(error), at=at, broken=error.broken))
    return Built(slos=tuple(slos), left_out=tuple(left_out))


def _slo(document: SpecObject, specs: SpecSet, sources: Mapping[str, Mapping[str, Any]]) -> Slo:
    spec = document.spec
    service, name, method = spec.text("service"), document.name, spec.text("budgetingMethod")
    if not (service and name and method in [*Method]):
        raise _CannotBuildError("it lacks `service`, `name` or a known `budgetingMethod`")
    indicator = _indicator(document, specs, sources)
    annotations = {key: text for key, text in document.annotations.items() if isinstance(text, str)}
    return Slo(
        service=service,
        name=name,
        indicator=indicator,
        window=_window(spec),
        method=Method(method),
        objectives=tuple(_objectives(spec, Method(method), indicator)),
        at=document.at,
        display_name=document.node.map("metadata").text("displayName"),
        description=spec.text("description"),
        annotations=annotations,
    )


def _indicator(document: SpecObject, specs: SpecSet, sources: Mapping[str, Mapping[str, Any]]) -> Indicator:
    if any("indicator" in o or "indicatorRef" in o for o in document.spec.maps("objectives")):
        raise _CannotBuildError("composite SLOs are not supported yet", broken=False)
    found = specs.indicator(document)
    if found is None:
        ref = document.spec.text("indicatorRef")
        if not ref:
            raise _CannotBuildError("it has no indicator")
        raise _CannotBuildError(f"no SLI is called `{ref}`", at=document.spec.at("indicatorRef"))
    queries = _Queries(specs, sources)
    if "thresholdMetric" in found.spec:
        return ThresholdIndicator(metric=queries.read(found.spec, "thresholdMetric"))
    ratio = found.spec.map("ratioMetric")
    if "raw" in ratio:
        return RawIndicator(raw=queries.read(ratio, "raw"), success=ratio.text("rawType") == "success")
    good = queries.read(ratio, "good") if "good" in ratio else None
    bad = None if good else queries.read(ratio, "bad")
    return RatioIndicator(total=queries.read(ratio, "total"), good=good, bad=bad, counter=ratio.get("counter") is True)


class _Queries:
    """Reads metric sources; a name in `metricSourceRef` is a DataSource's or one of airectl.toml."""

    def __init__(self, specs: SpecSet, sources: Mapping[str, Mapping[str, Any]]) -> None:
        self._specs, self._sources = specs, sources

    def read(self, owner: Map, key: str) -> Query:
        source = owner.map(key).map("metricSource")
        spec = source.get("spec")
        if not isinstance(spec, Map):
            raise _CannotBuildError(f"its indicator has no usable `{key}`")
        ref = source.text("metricSourceRef")
        type_ = source.text("type") or self._type_of(ref)
        return Query(type=type_, ref=ref, spec=spec, at=owner.key_at(key))

    def _type_of(self, ref: str) -> str:
        document = self._specs.find("DataSource", ref) if ref else None
        if document:
            return document.spec.text("type")
        kind = self._sources.get(ref, {}).get("type", "")
        return kind if isinstance(kind, str) else ""


def _window(spec: Map) -> TimeWindow:
    node = values.window(spec)
    duration = values.duration(node, "duration") if node is not None else None
    if node is None or duration is None:
        raise _CannotBuildError("it has no usable `timeWindow`")
    calendar = node.map("calendar")
    rolling = node.get("isRolling", "calendar" not in node)
    if rolling:
        return TimeWindow(duration=duration, rolling=True)
    try:
        start = datetime.strptime(calendar.text("startTime"), START_TIME)  # noqa: DTZ007  # wall clock, the zone is beside it
    except ValueError:
        raise _CannotBuildError("its calendar window has no usable `startTime`") from None
    return TimeWindow(duration=duration, rolling=False, start=start, time_zone=calendar.text("timeZone"))


def _objectives(spec: Map, method: Method, indicator: Indicator) -> Iterator[Objective]:
    nodes = spec.maps("objectives")
    if not nodes:
        raise _CannotBuildError("it has no objectives")
    for index, node in enumerate(nodes):
        target = values.target_ratio(node)
        slice_s = values.slice_s(node)
        if target is None:
            raise _CannotBuildError(f"objective {index} has no usable target")
        if method is not Method.OCCURRENCES and slice_s is None:
            raise _CannotBuildError(f"objective {index} has no usable `timeSliceWindow`")
        threshold = isinstance(indicator, ThresholdIndicator)
        yield Objective(
            name=node.text("displayName") or str(index),
            target=target,
            at=node.at("target" if "target" in node else "targetPercent"),
            op=node.text("op") if threshold else "",
            value=values.number(node, "value") if threshold else None,
            slice_target=values.number(node, "timeSliceTarget") if method is Method.TIMESLICES else None,
            slice_s=slice_s if method is not Method.OCCURRENCES else None,
        )
