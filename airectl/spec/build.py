"""Spec documents to `core.slo.Slo`: everything resolved, nothing left of how it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

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
from airectl.errors import UsageError
from airectl.spec import values
from airectl.spec.connections import Connections, Directory
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.schema import START_TIME
from airectl.spec.signals import with_signals
from airectl.spec.tree import Map


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An SLO that cannot be evaluated as it is written, and why in a few words.

    `broken`: its own text gives the reason; else it is that of its file. `at` is the reason's place where
    it has one, else that of the SLO.
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
    """Something that an SLO needs is missing or wrong."""

    def __init__(self, reason: str, *, at: Location | None = None) -> None:
        super().__init__(reason)
        self.at = at


def build(specs: SpecSet, connections: Connections, catalogue: Catalogue) -> Built:
    """Every SLO of `specs`, in reading order, its queries sent to the sources that `connections` name.

    `catalogue` says what metrics measure, for the objectives' signals. An SLO that needs what is
    missing or wrong is left out with the reason, never dropped in silence: what is wrong as such is a
    finding of validation. Raises UsageError for a --source that is not there, or that no query can go to.
    """
    directory = Directory(connections, specs)
    slos: list[Slo] = []
    left_out: list[LeftOut] = []
    for document in specs.documents:
        if document.kind != "SLO":
            continue
        try:
            slos.append(with_signals(_slo(document, specs, directory), catalogue))
        except _CannotBuildError as error:
            service = document.spec.text("service")
            at = error.at or document.at
            left_out.append(LeftOut(service=service, name=document.name, reason=str(error), at=at))
    if directory.chosen and slos and not directory.used:
        raise UsageError(
            f"--source: no SLO can be asked of `{directory.chosen.name}`, a source of type `{directory.chosen.type}`",
            help="leave --source out, or name a source of the type that the SLOs are written for",
        )
    return Built(slos=tuple(slos), left_out=tuple(left_out))


def _slo(document: SpecObject, specs: SpecSet, directory: Directory) -> Slo:
    spec = document.spec
    service, name, method = spec.text("service"), document.name, spec.text("budgetingMethod")
    if not (service and name and method in [*Method]):
        raise _CannotBuildError("it lacks `service`, `name` or a known `budgetingMethod`")
    shared, own = _indicators(document, specs, directory)
    annotations = {key: text for key, text in document.annotations.items() if isinstance(text, str)}
    return Slo(
        service=service,
        name=name,
        indicator=shared,
        window=_window(spec),
        method=Method(method),
        objectives=tuple(_objectives(spec, Method(method), shared, own)),
        at=document.at,
        display_name=document.node.map("metadata").text("displayName"),
        description=spec.text("description"),
        annotations=annotations,
        labels=_labels(document.node.map("metadata").map("labels")),
    )


def _labels(node: Map) -> dict[str, str]:
    """Labels as one text each; OpenSLO allows a list of texts too."""
    found = {}
    for key, value in node.items():
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
            found[key] = ",".join(texts)
    return found


def _indicators(
    document: SpecObject, specs: SpecSet, directory: Directory
) -> tuple[Indicator | None, list[Indicator | None]]:
    """That of the SLO, and those of its objectives: one or the others are None."""
    nodes = document.spec.maps("objectives")
    if any("indicator" in node or "indicatorRef" in node for node in nodes):
        parts = [_indicator(specs.indicator_of(document, node), node, directory) for node in nodes]
        return None, [*parts]
    return _indicator(specs.indicator(document), document.spec, directory), [None] * len(nodes)


def _indicator(found: SpecObject | None, owner: Map, directory: Directory) -> Indicator:
    """What an SLI says; `owner` is what wants it: the SLO's spec, or one part of a composite."""
    if found is None:
        ref = owner.text("indicatorRef")
        if not ref:
            raise _CannotBuildError("it has no indicator")
        raise _CannotBuildError(f"no SLI is called `{ref}`", at=owner.at("indicatorRef"))
    queries = _Queries(directory)
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

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def read(self, owner: Map, key: str) -> Query:
        source = owner.map(key).map("metricSource")
        spec = source.get("spec")
        if not isinstance(spec, Map):
            raise _CannotBuildError(f"its indicator has no usable `{key}`")
        ref = source.text("metricSourceRef")
        query = self._directory.sent(Query(type=source.text("type"), ref=ref, spec=spec, at=owner.key_at(key)))
        if query is None:
            raise _CannotBuildError(f"no DataSource is called `{ref}`", at=source.at("metricSourceRef"))
        return query


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


def _objectives(
    spec: Map, method: Method, shared: Indicator | None, own: Sequence[Indicator | None]
) -> Iterator[Objective]:
    nodes = spec.maps("objectives")
    if not nodes:
        raise _CannotBuildError("it has no objectives")
    for index, (node, part) in enumerate(zip(nodes, own, strict=True)):
        target = values.target_ratio(node)
        slice_s = values.slice_s(node)
        if target is None:
            raise _CannotBuildError(f"objective {index} has no usable target")
        if method is not Method.OCCURRENCES and slice_s is None:
            raise _CannotBuildError(f"objective {index} has no usable `timeSliceWindow`")
        threshold = isinstance(part or shared, ThresholdIndicator)
        yield Objective(
            name=node.text("displayName") or str(index),
            target=target,
            at=node.at("target" if "target" in node else "targetPercent"),
            op=node.text("op") if threshold else "",
            value=values.number(node, "value") if threshold else None,
            slice_target=values.number(node, "timeSliceTarget") if method is Method.TIMESLICES else None,
            slice_s=slice_s if method is not Method.OCCURRENCES else None,
            indicator=part,
            weight=values.number(node, "compositeWeight") or Decimal(1),
        )
