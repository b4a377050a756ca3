"""Static numbers, for a what-if: so many good of so many valid events in the window.

In a spec a query is `value`, a number from 0:

    good:  {metricSource: {type: Static, spec: {value: 999}}}
    total: {metricSource: {type: Static, spec: {value: 1000}}}

The events are taken to come evenly over the window, and at the same rate before it: the burn rate is the
same over every lookback, and nothing is said of when. To ask about
methods that count slices, give as many events as there are slices: then each slice holds one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.groups import Group
from airectl.core.slices import KNOWN, Number, Slices
from airectl.core.slo import Query, RatioIndicator
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Unsupported

TYPE: Final = "Static"
_CASE: Final = "static numbers, taken to come evenly over the window"


class Static:
    """The source of type `Static`: the numbers stand in the spec itself."""

    network = False

    def __init__(self, setting: Setting) -> None:
        """Static numbers need nothing from `setting`."""

    def read(self, asks: Sequence[Ask]) -> Iterator[Result]:
        """One result for each ask."""
        return map(_answer, asks)

    def groups(self, ask: Ask, by: Sequence[str]) -> Sequence[Group]:
        """One: the numbers are those of all groups together."""
        return ({},)


class _NoNumberError(Exception):
    def __init__(self, query: Query) -> None:
        super().__init__(query)
        self.query = query


def _answer(ask: Ask) -> Result:
    indicator = ask.indicator
    if not isinstance(indicator, RatioIndicator):
        return Unsupported(reason="static numbers are good or bad and total only")
    part = indicator.good or indicator.bad
    if part is None or part.type.casefold() != indicator.total.type.casefold():
        return Unsupported(reason="its two queries go to different kinds of source")
    try:
        valid, number = _number(indicator.total), _number(part)
    except _NoNumberError as error:
        return _invalid(error.query)
    findings = () if number <= valid else (_clipped(part, "good" if indicator.good else "bad"),)
    number = min(number, valid)
    bad = number if indicator.bad else valid - number
    return Answer(slices=_spread(ask, valid, bad), case=_CASE, timeless=True, findings=findings)


def _number(query: Query) -> int | Decimal:
    value = query.spec.get("value")
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not value >= 0:
        raise _NoNumberError(query)
    return int(value) if value == int(value) else value


def _spread(ask: Ask, valid: int | Decimal, bad: int | Decimal) -> Slices:
    """Whole events one by one, so that they stay whole; anything else in equal parts."""
    length = ask.window_slices
    numbers = range(length - ask.slices, length + 1)
    if isinstance(valid, int) and isinstance(bad, int):
        seen = [number * valid // length if length else 0 for number in numbers]
        # Bad events stand in the middle of the good ones around them.
        failed = [(2 * count * bad + valid) // (2 * valid) if valid else 0 for count in seen]
        all_: Sequence[Number] = _steps(seen)
        good: Sequence[Number] = [whole - part for whole, part in zip(all_, _steps(failed), strict=True)]
    else:
        all_ = [float(valid / length)] * ask.slices if length else [0.0] * ask.slices
        good = [float((valid - bad) / length)] * ask.slices if length else all_
    return Slices(
        start_s=ask.start_s,
        step_s=ask.step_s,
        good=good,
        valid=all_,
        states=bytes([KNOWN]) * ask.slices,
        whole=isinstance(valid, int) and isinstance(bad, int),
    )


def _steps(sums: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(sums)]


def _invalid(query: Query) -> Failure:
    finding = Finding(
        code="AIR012",
        severity=Severity.ERROR,
        message="`value` must be a number from 0",
        at=query.at,
        help="write how many events there are in the window, such as `value: 1000`",
    )
    return Failure(finding=finding, invalid=True)


def _clipped(query: Query, kind: str) -> Finding:
    return Finding(
        code="AIR204",
        severity=Severity.WARNING,
        message=f"more {kind} than valid events; {kind} was taken to be all that is valid",
        at=query.at,
        help=f"let `total` count every event that `{kind}` counts",
    )
