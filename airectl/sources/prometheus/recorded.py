"""What rules recorded for an SLO, in place of counting, and whether both say the same.

The names are Sloth's, and those that airectl's own rules add: rates of bad and of all events, which weigh
each slice by its events as counting does. Sloth's ratios weigh every slice alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from math import fsum
from typing import Final

from airectl.core import naming
from airectl.core.findings import Finding, Severity
from airectl.core.slices import KNOWN, Slices
from airectl.core.slo import Indicator, Query, RatioIndicator, RawIndicator, ThresholdIndicator
from airectl.promql.matchers import Matcher, Op
from airectl.sources.protocol import Answer, Ask, Result
from airectl.sources.queries import place

_BASE_S: Final = 300
# Rates are extrapolated and means of means: so far apart they may be, of the larger share of bad events.
_NEAR: Final = 0.05
_SMALLEST: Final = 1e-5


def alternatives(ask: Ask) -> Iterator[Ask]:
    """The same ask of what rules may have recorded for its SLO, the most exact first."""
    main = _main(ask.indicator)
    labels = {naming.SERVICE: ask.service, naming.SLO: ask.slo}
    matchers = ",".join(str(Matcher(name=name, op=Op.EQUAL, value=value)) for name, value in labels.items())

    def query(name: str) -> Query:
        return replace(main, spec={"query": f"{name}{{{matchers}}}"})

    yield replace(ask, indicator=RatioIndicator(total=query(naming.TOTAL_RATE), bad=query(naming.ERROR_RATE)))
    for name in (naming.SLICE_ERROR, naming.error_ratio(_BASE_S)):
        yield replace(ask, indicator=RawIndicator(raw=query(name), success=False))


def chosen(asks: Sequence[Ask], read: Callable[[Sequence[Ask]], Iterable[Result]]) -> Iterator[Result]:
    """What rules recorded where they did, else what was counted; `read` answers asks in order."""
    groups = [(ask, *alternatives(ask)) for ask in asks]
    results = iter(read([each for group in groups for each in group]))
    for ask, *others in groups:
        counted = next(results)
        found = [(other, next(results)) for other in others]
        usable = ((other, each) for other, each in found if isinstance(each, Answer) and each.last_s is not None)
        yield next((_preferred(ask, other, each, counted) for other, each in usable), counted)


def _preferred(ask: Ask, other: Ask, recorded: Answer, counted: Result) -> Answer:
    name = str(_main(other.indicator).spec["query"]).partition("{")[0]
    case = f"recorded by rules as `{name}`"
    if not isinstance(counted, Answer):
        return replace(recorded, case=case)
    length_s = ask.window_slices * ask.step_s
    windows = [each.slices.cut(ask.end_s - length_s, ask.end_s) for each in (recorded, counted)]
    findings = (*counted.findings, *recorded.findings, *difference(ask, *windows))
    return replace(recorded, case=case, findings=findings)


def _main(indicator: Indicator) -> Query:
    if isinstance(indicator, RatioIndicator):
        return indicator.total
    return indicator.metric if isinstance(indicator, ThresholdIndicator) else indicator.raw


def difference(ask: Ask, recorded: Slices, counted: Slices) -> Iterator[Finding]:
    """That both say another share of bad events, in the slices that both know."""
    both = [a == b == KNOWN for a, b in zip(recorded.states, counted.states, strict=True)]
    theirs, ours = _bad(recorded, both), _bad(counted, both)
    if theirs is None or ours is None or abs(theirs - ours) <= max(_NEAR * max(theirs, ours), _SMALLEST):
        return
    yield Finding(
        code="AIR221",
        severity=Severity.WARNING,
        message=f"rules recorded {_percent(theirs)} of bad events in the window, and counting finds {_percent(ours)}",
        at=place(_main(ask.indicator), "query"),
        help="look whether the rules were made from this spec, and weigh intervals by their events: `airectl rules`",
    )


def _bad(slices: Slices, where: list[bool]) -> float | None:
    """The share of bad events; None where there are none at all."""
    valid = fsum(number for number, is_ in zip(slices.valid, where, strict=True) if is_)
    good = fsum(number for number, is_ in zip(slices.good, where, strict=True) if is_)
    return (valid - good) / valid if valid else None


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
