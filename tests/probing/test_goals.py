"""What counts as good of each measure, which objectives a probe can judge, and medians in bounded memory."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.completion import Completion, Fault
from airectl.core.findings import Location
from airectl.core.slo import Measure, Method, Objective, Signal, Slo, TimeWindow
from airectl.core.units import Duration
from airectl.probing.goals import Goal, Score, model_of, of_flags, of_slos
from airectl.probing.prober import Result
from airectl.probing.reasons import Failure, Reason
from airectl.probing.record import KEPT, Record
from airectl.probing.rounds import Schedule
from probe_setup import CAPITAL

ANSWER = Completion(
    ttft_s=0.5, gaps_s=(0.1, 0.2, 0.3), e2e_s=1.1, text="Paris", reasoning="", finish_reason="stop", model="m",
    output_tokens=4, faults=(),
)  # fmt: skip
RIGHT = Result(prompt=CAPITAL, completion=ANSWER, right=True)
AT = Location(path="a.yaml", line=3, col=5)


def failed(reason: Reason, **given: Any) -> Result:
    return Result(prompt=CAPITAL, failure=Failure(reason=reason, said="x"), **given)


def goal(measure: Measure, threshold: str | None = None, target: str = "1") -> Goal:
    return Goal(id="a", measure=measure, target=Decimal(target), threshold_s=Decimal(threshold) if threshold else None)


@pytest.mark.parametrize(
    ("measure", "threshold", "counted"),
    [
        (Measure.TTFT, "0.5", (1, 1)),
        (Measure.TTFT, "0.4999999", (0, 1)),
        (Measure.ITL, "0.2", (2, 3)),
        (Measure.ITL, "0.05", (0, 3)),
        (Measure.TPOT, "0.21", (1, 1)),
        (Measure.TPOT, "0.19", (0, 1)),
        (Measure.E2E, "1.2", (1, 1)),
        (Measure.E2E, "1", (0, 1)),
    ],
)
def test_times_are_at_most_the_threshold(measure: Measure, threshold: str, counted: tuple[int, int]) -> None:
    assert goal(measure, threshold).counted(RIGHT) == counted


def test_what_was_not_measured_counts_in_neither_part() -> None:
    without = replace(RIGHT, completion=replace(ANSWER, ttft_s=None, gaps_s=(), e2e_s=None, output_tokens=None))
    for measure in (Measure.TTFT, Measure.ITL, Measure.TPOT, Measure.E2E):
        assert goal(measure, "1").counted(without) == (0, 0)
        assert goal(measure, "1").counted(failed(Reason.CONNECT)) == (0, 0)


def test_an_answer_that_broke_off_has_a_first_token_and_no_end() -> None:
    broken = replace(RIGHT, completion=replace(ANSWER, faults=((Fault.TRUNCATED, "x"),)))
    assert goal(Measure.TTFT, "1").counted(broken) == (1, 1)
    assert goal(Measure.E2E, "9").counted(broken) == (0, 0)


@pytest.mark.parametrize(
    ("result", "availability", "completeness", "quality"),
    [
        (RIGHT, (1, 1), (1, 1), (1, 1)),
        (replace(RIGHT, right=None), (1, 1), (1, 1), (0, 0)),
        (failed(Reason.HTTP_5XX), (0, 1), (0, 0), (0, 0)),
        (failed(Reason.STALL), (0, 1), (0, 0), (0, 0)),
        (failed(Reason.TRUNCATED), (1, 1), (0, 1), (0, 0)),
        (failed(Reason.TOKEN_LIMIT, right=True), (1, 1), (0, 1), (1, 1)),
        (failed(Reason.MISMATCH, right=False), (1, 1), (1, 1), (0, 1)),
        (failed(Reason.WRONG_MODEL, right=False), (1, 1), (1, 1), (0, 1)),
        (Result(prompt=CAPITAL, asked=False), (0, 0), (0, 0), (0, 0)),
    ],
)
def test_shares(
    result: Result, availability: tuple[int, int], completeness: tuple[int, int], quality: tuple[int, int]
) -> None:
    assert goal(Measure.AVAILABILITY).counted(result) == availability
    assert goal(Measure.QUALITY).counted(result) == quality
    assert goal(Measure.COMPLETENESS).counted(result) == completeness


@given(st.lists(st.sampled_from([RIGHT, *map(failed, Reason), Result(prompt=CAPITAL, asked=False)])))
def test_there_is_never_more_good_than_valid(results: list[Result]) -> None:
    for measure in (Measure.AVAILABILITY, Measure.COMPLETENESS, Measure.QUALITY):
        score = Score(goal(measure))
        for result in results:
            score.add(result)
        assert 0 <= score.good <= score.valid <= len(results)


def test_the_share_must_reach_the_target() -> None:
    score = Score(goal(Measure.TTFT, "0.5", "0.95"))
    assert score.met is None
    for _ in range(19):
        score.add(RIGHT)
    score.add(replace(RIGHT, completion=replace(ANSWER, ttft_s=0.6)))
    assert score.met is True  # 19 of 20 are 95 % exactly
    score.add(replace(RIGHT, completion=replace(ANSWER, ttft_s=0.6)))
    assert score.met is False


def test_of_a_flag_gaps_are_judged_by_their_median() -> None:
    ttft, itl = of_flags([(Measure.TTFT, Decimal("0.5")), (Measure.ITL, Decimal("0.2"))])
    assert (ttft.id, itl.id) == ("--ttft", "--itl")
    assert [ttft.target, itl.target] == [Decimal(1), Decimal("0.5")]


def slo(*signals: Signal | None, **given: Any) -> Slo:
    objectives = tuple(
        Objective(name=str(n), target=Decimal("0.9"), at=AT, signal=signal) for n, signal in enumerate(signals)
    )
    return Slo(
        service="chat", name="a", indicator=None, window=TimeWindow(duration=Duration(28, "d"), rolling=True),
        method=Method.OCCURRENCES, objectives=objectives, at=AT, **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        (None, "nothing says what it measures"),
        (Signal(measure=Measure.SATURATION), "saturation is not seen from outside"),
        (Signal(measure=Measure.COST, threshold=Decimal(1)), "cost is not seen from outside"),
        (Signal(measure=Measure.TTFT), "its threshold has no unit of time"),
        (Signal(measure=Measure.TTFT, threshold=Decimal(1), unit="ratio"), "its threshold has no unit of time"),
    ],
)
def test_what_a_probe_cannot_measure(signal: Signal | None, said: str) -> None:
    goals, (unmeasured,) = of_slos([slo(signal)])
    assert goals == []
    assert (unmeasured.id, unmeasured.at) == ("chat/a", AT)
    assert unmeasured.reason.startswith(said)


def test_thresholds_are_in_seconds_whatever_the_metric_has() -> None:
    signals = [Signal(measure=Measure.TTFT, threshold=Decimal(500), unit=unit) for unit in ("s", "milliseconds")]
    goals, _ = of_slos([slo(*signals, Signal(measure=Measure.QUALITY))])
    assert [each.threshold_s for each in goals] == [500, Decimal("0.5"), None]
    assert [each.id for each in goals] == ["chat/a/0", "chat/a/1", "chat/a/2"]
    assert {each.target for each in goals} == {Decimal("0.9")}


def test_the_model_of_specs() -> None:
    assert model_of([slo(labels={"model": "m"}), slo(labels={"model": "m"})]) == "m"
    assert model_of([slo(labels={"model": "m"}), slo()]) == ""
    assert model_of([]) == ""


def test_a_record_has_medians_and_stays_small() -> None:
    record = Record([CAPITAL], [goal(Measure.TTFT, "0.5")])
    for n in range(KEPT * 3):
        record.add(replace(RIGHT, connect_s=0.01, completion=replace(ANSWER, ttft_s=n / KEPT, text="x" * 10_000)))
    record.add(failed(Reason.MISMATCH, right=False, completion=replace(ANSWER, text="gibberish")))
    tally = record.tallies["capital"]
    assert (tally.asked, tally.passed, tally.judged, tally.right) == (301, 300, 301, 300)
    assert tally.worst is not None
    assert tally.worst.reason is Reason.MISMATCH
    assert tally.times.ttft_s == pytest.approx(2.49, abs=0.02)
    assert (tally.times.itl_s, tally.times.itl_max_s, tally.times.tokens) == (0.2, 0.3, 4)
    assert tally.answer is not None
    assert tally.answer.text == "gibberish"
    assert sum(len(each.completion.text) for each in tally._kept if each.completion) <= KEPT * 1000
    assert record.scores[0].valid == 301


@given(st.floats(0, 1e7), st.floats(0.001, 1e5))
def test_a_round_begins_at_a_whole_number_of_intervals(since_s: float, interval_s: float) -> None:
    wait_s = Schedule(rounds=None, interval_s=interval_s).wait_s(since_s)
    assert -1e-6 <= wait_s <= interval_s * (1 + 1e-9) + 1e-6
    rounds = (since_s + wait_s) / interval_s
    assert rounds == pytest.approx(round(rounds), rel=1e-6, abs=1e-6)


def test_without_an_interval_nothing_is_waited_for() -> None:
    assert Schedule(rounds=3).wait_s(1.5) == 0
    assert Schedule(rounds=None, interval_s=30).wait_s(65) == 25
