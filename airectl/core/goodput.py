"""Objectives that a load test can measure: how many events each has, how many of them were good.

An event of ttft, tpot and e2e is a request, one of itl a gap between tokens, each counted from the intended time. A
request that failed, or was never sent because as many were in flight as may, is one bad event of each. A request
that the end of the run cut off is bad where it was too late already, and else no event. For availability an event is
a request that was sent or found no connection, for completeness one that was answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

import numpy as np

from airectl.core.findings import Location
from airectl.core.requests import NEVER, Fate, Requests, Truth, Whole
from airectl.core.slo import Measure, Objective, Slo
from airectl.core.stats import minimum_events, wilson
from airectl.core.units import spoken_seconds

LATENCIES: Final = (Measure.TTFT, Measure.ITL, Measure.TPOT, Measure.E2E)
MEASURABLE: Final = (*LATENCIES, Measure.AVAILABILITY, Measure.COMPLETENESS)
_STREAMED: Final = (Measure.TTFT, Measure.ITL, Measure.TPOT)
_SECONDS: Final = {
    "s": Decimal(1),
    "milliseconds": Decimal("0.001"),
    "microseconds": Decimal("0.000001"),
    "nanoseconds": Decimal("0.000000001"),
}
# An event of each measure that is good, with its threshold behind it where it has one.
_SAID: Final = {
    Measure.TTFT: "first content, from the intended send, within",
    Measure.ITL: "gap between chunks, per token, within",
    Measure.TPOT: "time per output token after the first within",
    Measure.E2E: "last content, from the intended send, within",
    Measure.AVAILABILITY: "request that is answered",
    Measure.COMPLETENESS: "answer that is whole",
}
_UNSEEN: Final = {
    Measure.QUALITY: "a load test does not judge what answers say",
    Measure.SATURATION: "saturation is the server's own figure; a load test sees requests",
    Measure.COST: "a load test does not know prices",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """At least the share `target` of events must be good: within `threshold_ns`, or for shares, not failed.

    `id` is SERVICE/NAME, with the objective where there are several, or the flag; `at` is where it is written.
    """

    id: str
    measure: Measure
    target: Decimal
    threshold_s: Decimal | None = None
    service: str = ""
    at: Location | None = None

    def __str__(self) -> str:
        return f"{_SAID[self.measure]} {spoken_seconds(self.threshold_s or Decimal(0))}".removesuffix(" 0 s")

    @property
    def threshold_ns(self) -> int:
        """The threshold in whole nanoseconds."""
        return int((self.threshold_s or 0) * 10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """An objective that a load test cannot measure, and why in a few words."""

    id: str
    reason: str
    service: str = ""
    at: Location | None = None


def goal_of(slo: Slo, objective: Objective, *, streamed: bool) -> Goal | Unmeasured:
    """What a run with streamed answers, or without, can measure of an objective."""
    name = f"{slo.id}/{objective.name}" if len(slo.objectives) > 1 or slo.composite else slo.id
    found = _threshold(objective, streamed=streamed)
    if isinstance(found, str):
        return Unmeasured(id=name, reason=found, service=slo.service, at=objective.at)
    measure, threshold_s = found
    return Goal(
        id=name,
        measure=measure,
        target=objective.target,
        threshold_s=threshold_s,
        service=slo.service,
        at=objective.at,
    )


def _threshold(objective: Objective, *, streamed: bool) -> tuple[Measure, Decimal | None] | str:
    """What is measured and within which time, or why it is not measurable."""
    signal = objective.signal
    if signal is None:
        return "nothing says what it measures; `airectl.dev/signal` does"
    if signal.measure in _UNSEEN:
        return _UNSEEN[signal.measure]
    if signal.measure in _STREAMED and not streamed:
        return f"answers were not streamed, so there is no {signal.measure}"
    if signal.measure not in LATENCIES:
        return signal.measure, None
    if signal.threshold is None or signal.unit not in _SECONDS:
        return "its threshold has no unit of time; `airectl.dev/threshold` gives one"
    return signal.measure, signal.threshold * _SECONDS[signal.unit]


def goals_of(slos: Iterable[Slo], *, streamed: bool) -> tuple[list[Goal], list[Unmeasured]]:
    """The goals of SLOs, and the objectives that a load test cannot measure."""
    found = [goal_of(slo, objective, streamed=streamed) for slo in slos for objective in slo.objectives]
    goals = [each for each in found if isinstance(each, Goal)]
    return goals, [each for each in found if isinstance(each, Unmeasured)]


def counted(goals: Iterable[Goal], requests: Requests) -> tuple[Truth, Truth]:
    """Which requests met every goal, and which count: not those that the end of the run cut off in time."""
    good = requests.ok
    late = np.zeros(len(requests), dtype=bool)
    for goal in goals:
        fulfilled = met(goal, requests)
        good, late = good & fulfilled, late | ~fulfilled
    return good, (requests.fate != Fate.CANCELLED) | late


def events(goal: Goal, requests: Requests) -> tuple[Whole, Whole]:
    """How many good and how many valid events each request is."""
    match goal.measure:
        case Measure.AVAILABILITY:
            valid = requests.fate < Fate.CANCELLED
            return _counts(valid & (requests.fate != Fate.REFUSED), valid)
        case Measure.COMPLETENESS:
            valid = (requests.fate < Fate.CANCELLED) & (requests.fate != Fate.REFUSED)
            return _counts(valid & (requests.fate != Fate.BROKEN), valid)
        case Measure.ITL:
            return _gaps(goal, requests)
    good, has = _latency(goal, requests)
    return _counts(good & has, has | _missed(goal, requests))


def _counts(good: Truth, valid: Truth) -> tuple[Whole, Whole]:
    return good.astype(np.int64), valid.astype(np.int64)


def _latency(goal: Goal, requests: Requests) -> tuple[Truth, Truth]:
    """Which requests are within the threshold, and which were answered so that it can be said."""
    limit_ns = goal.threshold_ns
    if goal.measure is Measure.TPOT:
        span = requests.last_ns - requests.first_ns
        return span <= limit_ns * (requests.answer_tokens - 1), requests.has_tpot
    if goal.measure is Measure.TTFT:
        return requests.since(requests.first_ns, intended=True) <= limit_ns, requests.has_first
    return requests.since(requests.done_ns, intended=True) <= limit_ns, requests.ok


def _missed(goal: Goal, requests: Requests) -> Truth:
    """Which requests are bad for having failed, or for being too late already when the run ended."""
    failed: Truth = (requests.fate != Fate.ANSWERED) & (requests.fate != Fate.CANCELLED)
    if goal.measure is Measure.TPOT or goal.measure is Measure.ITL:
        return failed
    waited = requests.end_ns - requests.intended_ns > goal.threshold_ns
    if goal.measure is Measure.TTFT:
        came = requests.first_ns != NEVER
        waited = np.where(came, requests.first_ns - requests.intended_ns > goal.threshold_ns, waited)
    late: Truth = failed | ((requests.fate == Fate.CANCELLED) & waited)
    return late


def _gaps(goal: Goal, requests: Requests) -> tuple[Whole, Whole]:
    within = requests.gaps_ns <= goal.threshold_ns * requests.gap_tokens
    size = len(requests)
    good = np.bincount(requests.gap_owner[within], minlength=size).astype(np.int64)
    valid = np.maximum(requests.chunks - 1, 0)
    return good, valid + _missed(goal, requests)


def met(goal: Goal, requests: Requests) -> Truth:
    """Which requests met the goal: all of their events, and of gaps between tokens at least the target's share."""
    good, valid = events(goal, requests)
    # Of what is one event, all must be good.
    above, below = Fraction(goal.target).as_integer_ratio() if goal.measure is Measure.ITL else (1, 1)
    share: Truth = good * below >= valid * above
    return share


class State(StrEnum):
    """What a share says about its goal."""

    MET = "met"
    MISSED = "missed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How far a goal was met. `low` and `high` are the bounds of the share where an interval decided."""

    goal: Goal
    good: int
    valid: int
    state: State
    low: float | None = None
    high: float | None = None

    @property
    def ratio(self) -> float | None:
        """The share that was good; None without events."""
        return self.good / self.valid if self.valid else None

    @property
    def minimum(self) -> int:
        """With so many events the share itself decides."""
        return minimum_events(self.goal.target)


def score(goal: Goal, good: int, valid: int) -> Score:
    """The share against the target, exactly; below the minimum of events by the one-sided Wilson interval at 95 %.

    An upper bound below the target is missed, a lower one at or above it met, anything else inconclusive.
    """
    if valid >= minimum_events(goal.target):
        state = State.MET if Fraction(good) >= Fraction(goal.target) * valid else State.MISSED
        return Score(goal=goal, good=good, valid=valid, state=state)
    low, high = wilson(good, valid)
    target = float(goal.target)
    state = State.MISSED if high < target else State.MET if valid and low >= target else State.INCONCLUSIVE
    return Score(goal=goal, good=good, valid=valid, state=state, low=low, high=high)
