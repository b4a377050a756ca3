"""Changes of alerts in words: what was, what is, and what it means for whoever is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from airectl.core.naming import window_name
from airectl.core.report import Cell, Column, Kind, Lines, Table
from airectl.render.cells import shown
from airectl.rules.diff import Change, Detection, SloChange
from airectl.rules.diff import Kind as Of
from airectl.rules.watch import Pair, Watch

NEVER: Final = "never"
_RATIO: Final = Column(title="", kind=Kind.RATIO)
_FACTOR: Final = Column(title="", kind=Kind.NUMBER, digits=2)
_TIME: Final = Column(title="", kind=Kind.DURATION)
_COLUMNS: Final = (
    Column(title="SLO"),
    Column(title="FIRST"),
    Column(title="WHEN BAD", kind=Kind.RATIO),
    Column(title="BEFORE", kind=Kind.DURATION),
    Column(title="NOW", kind=Kind.DURATION),
    Column(title=""),
)


def title(change: SloChange) -> str:
    """`chat/ttft`; the id where the service is not known."""
    return f"{change.service}/{change.name}" if change.service else change.id


def sentences(changes: Sequence[SloChange]) -> Iterator[Lines]:
    """What changes, SLO by SLO; a last line says why it is weaker."""
    for each in changes:
        lines = [line for change in each.changes for line in _lines(change)]
        if each.slower:
            lines.append(f"weaker: {_slower(each.slower)}")
        yield Lines(title=title(each), lines=lines)


def detections(changes: Sequence[SloChange]) -> Table:
    """When the first alert comes, before and now, at error ratios that say something; only where they differ."""
    rows = [
        (title(each), _who(found), found.error_ratio, _cell(found.before_s), _cell(found.after_s), _judged(found))
        for each in changes
        for found in _telling(each.detections)
    ]
    return Table(columns=_COLUMNS, rows=rows)


def _telling(found: Sequence[Detection]) -> Iterator[Detection]:
    """Those that change; not of any alert what is said of pages already."""
    pages = {each.error_ratio: (each.before_s, each.after_s) for each in found if each.urgent}
    for each in found:
        times = (each.before_s, each.after_s)
        if each.before_s != each.after_s and (each.urgent or pages.get(each.error_ratio) != times):
            yield each


def _cell(seconds: Decimal | None) -> Cell:
    return NEVER if seconds is None else seconds


def _who(found: Detection) -> str:
    return "page" if found.urgent else "alert"


def _judged(found: Detection) -> str:
    if found.slower:
        return "later"
    return "sooner" if found.before_s is None or found.after_s != found.before_s else ""


def _time(seconds: Decimal | None) -> str:
    return NEVER if seconds is None else shown(seconds, _TIME)


def _slower(found: Detection) -> str:
    when, who = f"when {shown(found.error_ratio, _RATIO)} is bad", _who(found)
    if found.after_s is None:
        return f"{when} no {who} comes any more; one came after {_time(found.before_s)}"
    return f"{when} the first {who} comes after {_time(found.after_s)} instead of {_time(found.before_s)}"


def _lines(change: Change) -> Iterator[str]:
    """One for each difference; what makes it weaker says so."""
    before, after = change.before, change.after
    if isinstance(before, Pair) and isinstance(after, Pair):
        yield from (f"{_named(after)}: {each}" for each in _differences(before, after))
    else:
        yield f"{'weaker: ' if change.weaker else ''}{_SENTENCES[change.kind](change)}"


def _slo(change: Change) -> str:
    if change.before is None:
        return f"new, with {_count(change.after)}"
    return f"gone, and with it {_count(change.before)}"


def _count(watch: Watch) -> str:
    count = len({(pair.alert, pair.severity) for pair in watch.pairs}) + (watch.no_data_s is not None)
    return f"{count} alert{'s' if count != 1 else ''}" if count else "no alerts"


def _objective(change: Change) -> str:
    before, after = shown(change.before, _RATIO), shown(change.after, _RATIO)
    word = "later" if change.after < change.before else "sooner"
    return f"the objective is {after} instead of {before} so that alerts of one burn rate fire {word}"


def _window(change: Change) -> str:
    return f"the window is {window_name(change.after)} instead of {window_name(change.before)}"


def _alert(change: Change) -> str:
    """An alert that comes or goes; of one that stays `_differences` tells."""
    pair: Pair = change.before if change.after is None else change.after
    if change.after is None:
        return f"{_named(pair)} is gone: it fired when more than {_bad(pair)} was bad"
    rate = "" if pair.factor is None else f" at a burn rate of {shown(pair.factor, _FACTOR)}"
    return f"{_named(pair)} is new{rate}: it fires when more than {_bad(pair)} is bad"


def _named(pair: Pair) -> str:
    return f"{pair.severity or pair.alert} over {window_name(pair.long_s)} and {window_name(pair.short_s)}"


def _bad(pair: Pair) -> str:
    return shown(pair.threshold, _RATIO)


def _differences(before: Pair, after: Pair) -> Iterator[str]:
    if (before.long_s, before.short_s) != (after.long_s, after.short_s):
        yield f"before over {window_name(before.long_s)} and {window_name(before.short_s)}"
    if before.for_s != after.for_s:
        yield f"must hold for {_held(after.for_s)} instead of {_held(before.for_s)}"
    if before.factor is not None and after.factor is not None:
        old, new = shown(before.factor, _FACTOR), shown(after.factor, _FACTOR)
        if old != new:
            yield f"burn rate {new} instead of {old}"
    if _bad(before) != _bad(after):
        yield f"fires when more than {_bad(after)} is bad instead of {_bad(before)}"


def _held(seconds: int) -> str:
    return window_name(seconds) if seconds else "no time"


def _name(change: Change) -> str:
    return (
        f"{change.about} is called `{change.after}` instead of `{change.before}`: look at routes and silences by name"
    )


def _no_data(change: Change) -> str:
    if change.after is None:
        return "missing data is no longer told: the alert for it is gone"
    if change.before is None:
        return f"missing data is told after {window_name(change.after)}, which is new"
    return f"missing data is told after {window_name(change.after)} instead of {window_name(change.before)}"


def _targets(change: Change) -> str:
    return f"{change.about} goes to {_listed(change.after)} instead of {_listed(change.before)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "no one"


def _labels(change: Change) -> str:
    before: Mapping[str, str] = change.before
    after: Mapping[str, str] = change.after
    parts = [f"{name} is {after.get(name, 'absent')} instead of {before.get(name, 'absent')}"
             for name in sorted({*before, *after}) if before.get(name) != after.get(name)]  # fmt: skip
    return f"labels of {change.about}: {'; '.join(parts)}; look at routes by label"


_SENTENCES: Final = {
    Of.SLO: _slo,
    Of.OBJECTIVE: _objective,
    Of.WINDOW: _window,
    Of.ALERT: _alert,
    Of.NAME: _name,
    Of.NO_DATA: _no_data,
    Of.TARGETS: _targets,
    Of.LABELS: _labels,
}


def data_of(changes: Sequence[SloChange]) -> list[dict[str, Any]]:
    """Every change, for other programs."""
    return [
        {
            "slo": title(each),
            "id": each.id,
            "weaker": each.weaker,
            "changes": [_change(change) for change in each.changes],
            "detections": [_detection(found) for found in each.detections],
        }
        for each in changes
    ]


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "about": change.about or None,
        "before": _side(change.before),
        "after": _side(change.after),
        "weaker": change.weaker,
        "text": "; ".join(_lines(change)),
    }


def _side(side: Any) -> Any:
    if isinstance(side, Watch):
        return {"target_ratio": side.target, "period_s": side.period_s, "alerts": [_side(pair) for pair in side.pairs]}
    if isinstance(side, Pair):
        return {
            "alert": side.alert,
            "severity": side.severity,
            "long_s": side.long_s,
            "short_s": side.short_s,
            "threshold_ratio": side.threshold,
            "factor": side.factor,
            "for_s": side.for_s,
        }
    return list(side) if isinstance(side, tuple) else side


def _detection(found: Detection) -> dict[str, Any]:
    return {
        "error_ratio": found.error_ratio,
        "alerts": "page" if found.urgent else "any",
        "before_s": found.before_s,
        "after_s": found.after_s,
        "slower": found.slower,
    }
