"""What changes for the people who are told: two ways of watching the same SLOs, compared.

Weaker means: at some even error ratio someone is told later than before, or not at all; or an alert or
the SLO as a whole is gone; or a severity has lost a target and got none for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from airectl.rules.watch import Pair, Watch, detection_s, urgent

# Error ratios at which detection times are told: a total outage, one event in ten, one in a hundred.
TOLD: Final = (Decimal(1), Decimal("0.1"), Decimal("0.01"))
# Times closer than this are the same: thresholds of rule files are rounded to doubles.
_SAME: Final = Decimal("1e-9")


class Kind(StrEnum):
    """What a change is about."""

    SLO = "slo"
    OBJECTIVE = "objective"
    WINDOW = "window"
    ALERT = "alert"
    NAME = "name"
    NO_DATA = "no data"
    TARGETS = "targets"
    LABELS = "labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. A side that is None does not exist. `about` is the alert or severity; `weaker`: less is told."""

    kind: Kind
    before: Any = None
    after: Any = None
    about: str = ""
    weaker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Seconds until the first alert at an even error ratio; None for never. `urgent`: only alerts that wake someone."""

    error_ratio: Decimal
    urgent: bool
    before_s: Decimal | None
    after_s: Decimal | None

    @property
    def slower(self) -> bool:
        """Whether someone is told later than before, or no more."""
        if self.before_s is None:
            return False
        return self.after_s is None or self.after_s > self.before_s * (1 + _SAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class SloChange:
    """All that changes for one SLO. `slower` is the highest error ratio found at which detection takes longer."""

    id: str
    service: str
    name: str
    changes: tuple[Change, ...]
    detections: tuple[Detection, ...] = ()
    slower: Detection | None = None

    @property
    def weaker(self) -> bool:
        """Whether something is told later, less, or no more."""
        return self.slower is not None or any(change.weaker for change in self.changes)


def diff(old: Sequence[Watch], new: Sequence[Watch]) -> tuple[SloChange, ...]:
    """Every SLO that changes: those of `new` in their order, then those that are gone."""
    before = {watch.id: watch for watch in old}
    after = {watch.id: watch for watch in new}
    both = [_compared(watch, before.get(id), watch) for id, watch in after.items()]
    gone = [_compared(watch, watch, None) for id, watch in before.items() if id not in after]
    return tuple(each for each in (*both, *gone) if each.changes)


def _compared(known: Watch, old: Watch | None, new: Watch | None) -> SloChange:
    earlier, later = (old.pairs if old else ()), (new.pairs if new else ())
    changes = tuple(_changes(old, new))
    if not changes:
        return SloChange(id=known.id, service=known.service, name=known.name, changes=())
    return SloChange(
        id=known.id,
        service=known.service,
        name=known.name,
        changes=changes,
        detections=tuple(_detection(earlier, later, ratio, only) for only in (True, False) for ratio in TOLD),
        slower=_slower(earlier, later) if old else None,
    )


def _changes(old: Watch | None, new: Watch | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change(kind=Kind.SLO, before=old, after=new, weaker=bool(old and (old.pairs or old.no_data_s)))
        return
    yield from _number(Kind.OBJECTIVE, old.target, new.target)
    yield from _number(Kind.WINDOW, old.period_s, new.period_s)
    yield from _pairs(old.pairs, new.pairs)
    if old.no_data_s != new.no_data_s:
        later = old.no_data_s is not None and (new.no_data_s is None or new.no_data_s > old.no_data_s)
        yield Change(kind=Kind.NO_DATA, before=old.no_data_s, after=new.no_data_s, weaker=later)
    yield from _targets(old, new)
    yield from _labels(old, new)


def _number(kind: Kind, old: Decimal | int | None, new: Decimal | int | None) -> Iterator[Change]:
    if old is not None and new is not None and not _same(Decimal(old), Decimal(new)):
        yield Change(kind=kind, before=old, after=new)


def _same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= _SAME * max(abs(one), abs(other))


def _pairs(old: Sequence[Pair], new: Sequence[Pair]) -> Iterator[Change]:
    """Pairs of one severity are matched by their long windows, then in the order of those."""
    for severity in dict.fromkeys(pair.severity for pair in (*old, *new)):
        earlier = [pair for pair in old if pair.severity == severity]
        later = [pair for pair in new if pair.severity == severity]
        matched = list(_matched(earlier, later))
        for before, after in matched:
            if before.alert != after.alert:
                yield Change(kind=Kind.NAME, before=before.alert, after=after.alert, about=severity)
            if not _alike(before, after):
                yield Change(kind=Kind.ALERT, before=before, after=after, about=severity)
        for before in earlier:
            if not any(before is each for each, _ in matched):
                yield Change(kind=Kind.ALERT, before=before, about=severity, weaker=True)
        for after in later:
            if not any(after is each for _, each in matched):
                yield Change(kind=Kind.ALERT, after=after, about=severity)


def _matched(old: Sequence[Pair], new: Sequence[Pair]) -> Iterator[tuple[Pair, Pair]]:
    left = sorted(new, key=lambda pair: pair.long_s)
    other: list[Pair] = []
    for pair in sorted(old, key=lambda pair: pair.long_s):
        found = next((each for each in left if each.long_s == pair.long_s), None)
        if found is None:
            other.append(pair)
        else:
            left = [each for each in left if each is not found]
            yield pair, found
    yield from zip(other, left, strict=False)


def _alike(one: Pair, other: Pair) -> bool:
    times = (one.long_s, one.short_s, one.for_s) == (other.long_s, other.short_s, other.for_s)
    return times and _same(one.threshold, other.threshold)


def _targets(old: Watch, new: Watch) -> Iterator[Change]:
    if old.targets is None or new.targets is None:
        return
    for severity in dict.fromkeys((*old.targets, *new.targets)):
        before, after = old.targets.get(severity, ()), new.targets.get(severity, ())
        if set(before) != set(after):
            fewer = set(after) < set(before)
            yield Change(kind=Kind.TARGETS, before=before, after=after, about=severity, weaker=fewer)


def _labels(old: Watch, new: Watch) -> Iterator[Change]:
    """Labels of the alerts that both have: those that routes may look at."""
    for key, after in new.labels.items():
        before = old.labels.get(key)
        if before is not None and before != after:
            yield Change(
                kind=Kind.LABELS, before=before, after=after, about=f"{key[0]} ({key[1]})" if key[1] else key[0]
            )


def _detection(old: Iterable[Pair], new: Iterable[Pair], ratio: Decimal, only: bool) -> Detection:
    before, after = (urgent(old), urgent(new)) if only else (old, new)
    return Detection(
        error_ratio=ratio,
        urgent=only,
        before_s=detection_s(before, ratio),
        after_s=detection_s(after, ratio),
    )


def _slower(old: Sequence[Pair], new: Sequence[Pair]) -> Detection | None:
    """The highest error ratio at which detection is slower, looked for where any pair begins to fire and at those told.

    Between two such ratios the same pairs fire, each sooner the more is bad.
    """
    edges = {pair.threshold for pair in (*old, *new)}
    ratios = {*TOLD, *(edge * (1 + _SAME * 2) for edge in edges), *edges}
    for ratio in sorted((each for each in ratios if 0 < each <= 1), reverse=True):
        for only in (True, False):
            found = _detection(old, new, ratio, only)
            if found.slower:
                return found
    return None
