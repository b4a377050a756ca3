"""Objectives of load tests: which requests are events, which of them are good, and what a share decides."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.findings import Location
from airectl.core.goodput import Goal, State, Unmeasured, counted, events, goal_of, goals_of, met, score
from airectl.core.slo import Measure, Method, Objective, Query, Signal, Slo, ThresholdIndicator, TimeWindow
from airectl.core.units import Duration
from airectl.runs.record import ErrorClass, Record
from load_requests import MS, answered, columns, failed

AT = Location(path="slo.yaml", line=1, col=1)
E = ErrorClass


def goal(measure: Measure, threshold_ms: str = "", target: str = "0.9") -> Goal:
    threshold = Decimal(threshold_ms) / 1000 if threshold_ms else None
    return Goal(id=measure.value, measure=measure, target=Decimal(target), threshold_s=threshold)


def sums(goal: Goal, *records: Record) -> tuple[int, int]:
    good, valid = events(goal, columns(records))
    return int(good.sum()), int(valid.sum())


@pytest.mark.parametrize(("late_ms", "good"), [(199.999, 1), (200, 1), (200.001, 0)])
def test_a_threshold_is_met_at_itself_and_not_above(late_ms: float, good: int) -> None:
    assert sums(goal(Measure.TTFT, "200"), answered(0, late_ms)) == (good, 1)


def test_latencies_count_from_the_intended_time() -> None:
    late = answered(100, 150, sent_ms=160)
    assert sums(goal(Measure.TTFT, "200"), late) == (0, 1)
    assert sums(goal(Measure.E2E, "210"), late) == (1, 1)


def test_an_event_of_itl_is_a_gap_per_token() -> None:
    # 30 ms for 3 tokens is good at 10 ms exactly, 21 ms for 2 is not.
    assert sums(goal(Measure.ITL, "10"), answered(0, 50, 30, 21, 4, chunk_tokens=[1, 3, 2, 1])) == (2, 3)


def test_tpot_is_judged_exactly() -> None:
    # 100 ms over 3 tokens is 33.3... ms, which whole nanoseconds would round to be within.
    third = answered(0, 50, 100, output_tokens=4)
    assert sums(goal(Measure.TPOT, "33.333333"), third) == (0, 1)
    assert sums(goal(Measure.TPOT, "33.333334"), third) == (1, 1)
    assert sums(goal(Measure.TPOT, "33"), answered(0, 50, 99, output_tokens=4)) == (1, 1)
    assert sums(goal(Measure.TPOT, "1"), answered(0, 50)) == (0, 0)


@pytest.mark.parametrize("measure", [Measure.TTFT, Measure.ITL, Measure.TPOT, Measure.E2E])
@pytest.mark.parametrize("error", [E.HTTP_5XX, E.TRUNCATED, E.WRONG_MODEL, E.TIMEOUT_FIRST_TOKEN, E.DROPPED])
def test_what_failed_is_one_bad_event_of_each_latency(measure: Measure, error: ErrorClass) -> None:
    assert sums(goal(measure, "200"), failed(0, error)) == (0, 1)


@pytest.mark.parametrize(("after_ms", "found"), [(100, (0, 0)), (300, (0, 1))])
def test_what_the_end_cut_off_is_bad_only_where_it_was_late(after_ms: float, found: tuple[int, int]) -> None:
    cut = failed(0, E.CANCELLED, after_ms=after_ms)
    assert sums(goal(Measure.TTFT, "200"), cut) == found
    assert sums(goal(Measure.E2E, "200"), cut) == found
    assert sums(goal(Measure.TPOT, "200"), cut) == (0, 0)


def test_a_first_token_in_time_is_not_late_for_having_been_cut_off_later() -> None:
    cut = failed(0, E.CANCELLED, after_ms=900, first_content_ns=50 * MS)
    assert sums(goal(Measure.TTFT, "200"), cut) == (0, 0)


SHARES = [answered(0, 50), failed(0, E.HTTP_429), failed(0, E.TRUNCATED), failed(0, E.WRONG_MODEL),
          failed(0, E.CANCELLED), failed(0, E.DROPPED)]  # fmt: skip


def test_a_server_that_is_not_there_is_not_available() -> None:
    assert sums(goal(Measure.AVAILABILITY), failed(0, E.CONNECT, sent_ns=-1)) == (0, 1)


def test_availability_is_of_what_was_sent_and_completeness_of_what_was_answered() -> None:
    assert sums(goal(Measure.AVAILABILITY), *SHARES) == (3, 4)
    assert sums(goal(Measure.COMPLETENESS), *SHARES) == (2, 3)


def test_goodput_wants_every_objective_and_of_gaps_the_targets_share() -> None:
    requests = columns(
        [
            answered(0, 100, *[5] * 9, 50),  # one of ten gaps is late: 90 % are not
            answered(0, 100, *[5] * 8, 50, 50),
            answered(0, 300, 5),
            failed(0, E.CONNECT),
            failed(0, E.CANCELLED),
        ]
    )
    goals = [goal(Measure.TTFT, "200"), goal(Measure.ITL, "10")]
    good, counts = counted(goals, requests)
    assert good.tolist() == [True, False, False, False, False]
    assert counts.tolist() == [True, True, True, True, False]
    assert met(goals[1], requests).tolist() == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("good", "valid", "target", "state"),
    [
        (990, 1000, "0.99", State.MET),
        (989, 1000, "0.99", State.MISSED),
        (999, 1000, "0.999", State.INCONCLUSIVE),  # 2,995 would decide
        (50, 50, "0.99", State.INCONCLUSIVE),
        (268, 268, "0.99", State.MET),  # fewer than 299, but the interval leaves no doubt
        (10, 50, "0.99", State.MISSED),
        (0, 0, "0.99", State.INCONCLUSIVE),
    ],
)
def test_a_share_decides_exactly_or_by_its_interval(good: int, valid: int, target: str, state: State) -> None:
    assert score(goal(Measure.TTFT, "200", target), good, valid).state is state


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from(["0.5", "0.9", "0.99"]))
def test_more_good_events_never_make_it_worse(good: int, more: int, target: str) -> None:
    rank = [State.MISSED, State.INCONCLUSIVE, State.MET]
    valid = good + more
    states = [rank.index(score(goal(Measure.TTFT, "1", target), each, valid).state) for each in (good, valid)]
    assert states == sorted(states)


def slo(*signals: Signal | None) -> Slo:
    indicator = ThresholdIndicator(metric=Query(type="Prometheus", at=AT))
    objectives = tuple(
        Objective(name=str(n), target=Decimal("0.9"), at=AT, signal=each) for n, each in enumerate(signals)
    )
    return Slo(
        service="chat", name="x", indicator=indicator, method=Method.OCCURRENCES, at=AT, objectives=objectives,
        window=TimeWindow(duration=Duration(28, "d"), rolling=True),
    )  # fmt: skip


def test_objectives_become_goals_by_their_signal() -> None:
    signals = [
        Signal(measure=Measure.TTFT, threshold=Decimal("0.5"), unit="s"),
        Signal(measure=Measure.E2E, threshold=Decimal(80), unit="milliseconds"),
        Signal(measure=Measure.AVAILABILITY),
    ]
    goals, unmeasured = goals_of([slo(*signals)], streamed=True)
    assert [(each.id, each.threshold_ns) for each in goals] == [
        ("chat/x/0", 500 * MS), ("chat/x/1", 80 * MS), ("chat/x/2", 0),
    ]  # fmt: skip
    assert unmeasured == []


@pytest.mark.parametrize(
    ("signal", "streamed", "why"),
    [
        (None, True, "nothing says what it measures"),
        (Signal(measure=Measure.QUALITY), True, "does not judge what answers say"),
        (Signal(measure=Measure.SATURATION), True, "the server's own figure"),
        (Signal(measure=Measure.COST), True, "does not know prices"),
        (Signal(measure=Measure.TTFT), True, "no unit of time"),
        (Signal(measure=Measure.TTFT, threshold=Decimal(1), unit="tokens"), True, "no unit of time"),
        (Signal(measure=Measure.ITL, threshold=Decimal(1), unit="s"), False, "were not streamed, so there is no itl"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_measured_is_named_with_the_reason(signal: Signal | None, streamed: bool, why: str) -> None:
    spec = slo(signal)
    found = goal_of(spec, spec.objectives[0], streamed=streamed)
    assert isinstance(found, Unmeasured)
    assert found.id == "chat/x"
    assert why in found.reason


def test_a_goal_says_what_is_good() -> None:
    assert str(goal(Measure.ITL, "50")) == "gap between chunks, per token, within 50 ms"
    assert str(goal(Measure.AVAILABILITY)) == "request that is answered"
    assert replace(goal(Measure.TTFT, "0.5")).threshold_ns == MS // 2
