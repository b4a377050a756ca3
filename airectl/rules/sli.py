"""The SLI of an objective in PromQL: from what its queries say to an error ratio over any window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from airectl.core.annotations import read
from airectl.core.naming import window_name
from airectl.core.slo import Method, Objective, Query, RatioIndicator, RawIndicator, Slo, ThresholdIndicator
from airectl.promql import windowed as queries
from airectl.promql.bind import Use
from airectl.promql.guard import PromqlError
from airectl.promql.parse import Parsed, parse
from airectl.promql.ranged import WINDOW
from airectl.promql.terms import with_all_terms
from airectl.rules.expressions import bracketed, literal
from airectl.rules.model import Kind, Sli

# The slices in which a value or a ratio is looked at where the SLO gives none.
STEP_S: Final = 60
# The window of the records whose sums over time are the budget.
BASE_S: Final = 300
# The comparison that is true of what is bad.
_BAD: Final = {"lt": ">=", "lte": ">", "gt": "<=", "gte": "<"}


_Made = TypeVar("_Made")


class NotPossibleError(Exception):
    """No rules can be made of it, for a reason in a few words. `query` stands in the way, `code` is the finding's."""

    def __init__(self, reason: str, query: Query, code: str = "AIR304") -> None:
        super().__init__(reason)
        self.reason, self.query, self.code = reason, query, code


def text_of(query: Query) -> str:
    """The PromQL of a query, empty where it has none."""
    text = query.spec.get("query")
    return text.strip() if isinstance(text, str) else ""


def _part(indicator: RatioIndicator) -> Query:
    """The query for some of the events: the good ones, else the bad ones."""
    part = indicator.good or indicator.bad
    if part is None:
        raise NotPossibleError("it says neither which events are good nor which are bad", indicator.total)
    return part


def sli(slo: Slo, objective: Objective) -> Sli:
    """The SLI of an objective. Raises NotPossibleError where a query cannot be taken over a window."""
    group_by: tuple[str, ...] = read(slo.annotations, "group-by") or ()
    indicator = slo.indicator_of(objective)
    of = _Maker(slo.method, objective, group_by)
    match indicator:
        case RatioIndicator():
            return of.events(indicator) if slo.method is Method.OCCURRENCES else of.slices(indicator)
        case RawIndicator():
            return of.raw(indicator)
        case ThresholdIndicator():
            return of.threshold(indicator)


class _Maker:
    """What the ways to make an SLI share."""

    def __init__(self, method: Method, objective: Objective, group_by: tuple[str, ...]) -> None:
        self.method, self.objective, self.group_by = method, objective, group_by
        self.step_s = objective.slice_s or STEP_S

    def events(self, indicator: RatioIndicator) -> Sli:
        """Bad and valid events over a window."""
        function = "rate" if indicator.counter else "sum_over_time"
        total = with_all_terms(self._windowed(indicator.total, function))
        part = with_all_terms(self._windowed(_part(indicator), function))
        return Sli(
            kind=Kind.EVENTS,
            good=self._filled(part, total) if indicator.good else "",
            bad=self._filled(part, total) if indicator.bad else "",
            total=total,
            absent=self._gone(indicator.total, total),
            group_by=self.group_by,
            doubtful=queries.may_be_nan(part),
        )

    def slices(self, indicator: RatioIndicator) -> Sli:
        """The error ratio of the slice that just ended; for Timeslices whether it was bad, 1 or 0."""
        use = Use.COUNTER if indicator.counter else Use.SAMPLES
        total = self._sliced(indicator.total, use)
        part = self._filled(self._sliced(_part(indicator), use), total)
        ratio = f"{bracketed(part)}\n/\n({bracketed(total)} > 0)"
        absent = self._gone(indicator.total, total)
        return self._of_slices(self._verdict(ratio, good=indicator.good is not None), absent)

    def raw(self, indicator: RawIndicator) -> Sli:
        """A ratio that the query gives: over a window where it has one, else slice by slice."""
        query, text = indicator.raw, text_of(indicator.raw)
        parsed = self._checked(query)
        ranged = bool(parsed.templates) or all(each.range_s is not None for each in parsed.selectors)
        if self.method is Method.OCCURRENCES and (ranged or queries.linear(text)):
            ratio = self._windowed(query, "avg_over_time", merge="avg")
            error = f"1 - {bracketed(ratio)}" if indicator.success else ratio
            return Sli(
                kind=Kind.RAW,
                # A comparison with -Inf lets every number pass, and no NaN.
                bad=f"{bracketed(error)} >= -Inf",
                absent=self._gone(query, ratio),
                group_by=self.group_by,
            )
        now = self._sliced(query, Use.RAW, merge="avg")
        ratio = f"{bracketed(now)} >= -Inf"
        return self._of_slices(self._verdict(ratio, good=indicator.success), self._gone(query, now))

    def threshold(self, indicator: ThresholdIndicator) -> Sli:
        """1 while the value is on the wrong side of the threshold, else 0; of several series the worst."""
        objective, query = self.objective, indicator.metric
        if objective.value is None or objective.op not in _BAD:
            raise NotPossibleError(
                "its objective has no usable `op` and `value`", query, "write `op: lte` and `value: 0.5`"
            )
        wrong = f"{_BAD[objective.op]} bool {literal(objective.value)}"
        worst = "min" if objective.op in ("gt", "gte") else "max"
        now = self._sliced(query, Use.THRESHOLD, merge=worst)
        return self._of_slices(f"({bracketed(now)} >= -Inf) {wrong}", self._gone(query, now))

    def _verdict(self, ratio: str, *, good: bool) -> str:
        """The error ratio of a slice, or by Timeslices whether it is one too many."""
        if self.method is Method.TIMESLICES:
            asked = self.objective
            wanted = asked.target if asked.slice_target is None else asked.slice_target
            return f"{bracketed(ratio)} {f'< bool {literal(wanted)}' if good else f'> bool {literal(1 - wanted)}'}"
        return f"clamp({f'1 - {bracketed(ratio)}' if good else ratio}, 0, 1)"

    def _of_slices(self, bad: str, absent: str) -> Sli:
        # The subquery looks at whole slices only: its times are multiples of the step. One of them is in the
        # range, whose ends both belong to it before Prometheus 3: a quiet slice is not the one before it.
        at_end = f"last_over_time({bracketed(bad)}[{self.step_s * 1000 - 1}ms:{window_name(self.step_s)}])"
        return Sli(kind=Kind.SLICES, bad=at_end, absent=absent, step_s=self.step_s, group_by=self.group_by)

    def _filled(self, part: str, total: str) -> str:
        """0 where there are valid events and no series of the part: it may be so rare that it does not exist yet."""
        if queries.answers_nothing(part):
            return part
        other = "vector(0)" if not self.group_by else f"0 * {bracketed(total)}"
        return f"{bracketed(part)} or {other}"

    def _gone(self, query: Query, text: str) -> str:
        base = window_name(BASE_S)
        return self._tried(query, lambda: queries.gone(text_of(query), text.replace(WINDOW, base)))

    def _checked(self, query: Query) -> Parsed:
        return self._tried(query, lambda: parse(text_of(query)))

    def _windowed(self, query: Query, function: str, merge: str = "sum") -> str:
        return self._tried(query, lambda: queries.windowed(text_of(query), function, self.group_by, merge=merge))

    def _sliced(self, query: Query, use: Use, merge: str = "sum") -> str:
        text, step_s = text_of(query), self.step_s
        return self._tried(query, lambda: queries.sliced(text, use, step_s, self.group_by, merge=merge))

    def _tried(self, query: Query, make: Callable[[], _Made]) -> _Made:
        try:
            return make()
        except PromqlError as error:
            raise NotPossibleError(str(error), query) from None
