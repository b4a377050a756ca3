"""Composites: the evaluations of the parts, and one more."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from airectl.core.budget import Tally
from airectl.core.findings import Finding, Location, Severity
from airectl.core.judge import State
from airectl.core.slices import KNOWN, MISSING, Slices
from airectl.core.slo import Method, Objective, Query, RatioIndicator, Slo, TimeWindow
from airectl.core.units import parse_duration
from airectl.evaluate import asking
from airectl.evaluate.evaluation import Evaluation, evaluate
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Unsupported

AT = Location(path="f.yaml", line=1, col=1)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
# Bad events of four in each of the last five minutes.
BAD = {"A": (0, 1, 4, 0, 0), "B": (0, 0, 2, 1, 0)}


class Fours:
    """Every minute has four events; which are bad says the query's type. `dead` has no samples."""

    network = False

    def __init__(self, setting: Setting) -> None:
        pass

    def read(self, asks: Sequence[Ask]) -> Iterable[Result]:
        return [_answer(ask) for ask in asks]


def _answer(ask: Ask) -> Result:
    assert isinstance(ask.indicator, RatioIndicator)
    kind = ask.indicator.total.spec["kind"]
    if kind == "unsupported":
        return Unsupported(reason="too odd")
    if kind == "failing":
        return Failure(finding=Finding(code="AIR203", severity=Severity.ERROR, message="bad", at=AT), invalid=True)
    bad = [0] * (ask.slices - 5) + list(BAD.get(kind, (0,) * 5))
    state = MISSING if kind == "dead" else KNOWN
    valid = [4 if state == KNOWN else 0] * ask.slices
    slices = Slices(
        start_s=ask.start_s,
        step_s=ask.step_s,
        good=[whole - part for whole, part in zip(valid, bad, strict=True)],
        valid=valid,
        states=bytes([state]) * ask.slices,
    )
    return Answer(slices=slices, case="counted", timeless=kind == "timeless")


def part(kind: str, *, weight: int = 1, target: str = "0.5", slice_s: int | None = None) -> Objective:
    query = Query(type="Fours", spec={"kind": kind}, at=AT)
    return Objective(
        name=kind, target=Decimal(target), at=AT, weight=Decimal(weight), slice_s=slice_s,
        slice_target=Decimal("0.9"), indicator=RatioIndicator(good=query, total=query),
    )  # fmt: skip


def told(*parts: Objective, method: Method = Method.OCCURRENCES, minimum: str = "1") -> list[Evaluation]:
    counts_slices = method is not Method.OCCURRENCES
    each = (replace(one, slice_s=one.slice_s or 60) if counts_slices else one for one in parts)
    slo = Slo(
        service="chat",
        name="both",
        indicator=None,
        window=TimeWindow(duration=parse_duration("5m"), rolling=True),
        method=method,
        objectives=tuple(each),
        at=Location(path="f.yaml", line=7, col=1),
        annotations={"airectl.dev/minimum-events": minimum},
    )
    return evaluate([slo], NOW, Setting(cwd=Path("/")))


def together(*parts: Objective, method: Method = Method.OCCURRENCES) -> Evaluation:
    return told(*parts, method=method)[-1]


@pytest.fixture(autouse=True)
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "find", {"Fours": Fours}.get)


def test_every_part_is_evaluated_and_then_the_composite() -> None:
    found = told(part("A"), part("B"))
    assert [each.id for each in found] == ["chat/both/A", "chat/both/B", "chat/both/composite"]
    assert [len(each.parts) for each in found] == [0, 0, 2]
    assert found[-1].objective.at.line == 7


def test_occurrences_by_hand() -> None:
    """A: 5 bad of 20, half of which may be: 0.5. B: 3 of 20: 0.3, which counts twice."""
    found = told(part("A"), part("B", weight=2))
    consumed = [each.budget.consumed for each in found if each.budget]
    assert consumed == [Fraction(1, 2), Fraction(3, 10), Fraction(11, 10)]
    both = found[-1]
    assert both.budget is not None
    assert (both.target, both.sli, both.budget.state) == (None, None, State.EXHAUSTED)
    assert both.budget.remaining == Fraction(-1, 10)
    assert both.burn["5m"] == Fraction(11, 10)


def test_timeslices_by_hand() -> None:
    """Bad minutes: the second and the third by A, the third and the fourth by B: three of five."""
    both = together(part("A"), part("B"), method=Method.TIMESLICES)
    assert both.budget is not None
    assert both.budget.tally == Tally(good=Fraction(2), counted=Fraction(5))
    assert (both.sli, both.budget.consumed) == (Fraction(2, 5), Fraction(3) / Fraction(5, 2))
    assert both.budget.state is State.EXHAUSTED
    assert both.spenders[0].bad == 3
    assert both.outlook.exhausted_since_s == NOW.timestamp() - 60, "the third bad minute is the one before the last"


def test_ratio_timeslices_by_hand() -> None:
    """Missed: 1/4, then 1 and 1/2 which are 1 together, then 1/4: 1.5 of 5 minutes."""
    both = together(part("A"), part("B"), method=Method.RATIO_TIMESLICES)
    assert both.budget is not None
    assert (both.budget.tally.bad, both.budget.consumed) == (Fraction(3, 2), Fraction(3, 5))
    assert both.budget.state is State.MET


def test_where_slices_are_counted_the_target_is_that_of_the_strictest_part() -> None:
    both = together(part("A"), part("B", target="0.75"), method=Method.TIMESLICES)
    assert both.target == Decimal("0.75")


def test_a_budget_that_parts_use_up_exactly_is_not_exhausted() -> None:
    both = together(part("A"), part("A"))
    assert both.budget is not None
    assert (both.budget.consumed, both.budget.state) == (Fraction(1), State.WARNING)


@pytest.mark.parametrize("kind", ["dead", "failing"])
@pytest.mark.parametrize("method", Method)
def test_a_part_that_is_unknown_makes_it_unknown(kind: str, method: Method) -> None:
    both = together(part("good"), part(kind), method=method)
    assert both.budget is None
    assert both.failure is not None
    assert not both.failure.invalid
    assert [finding.message for finding in both.findings] == [
        f"no data to decide about `chat/both/composite`: its part `{kind}` is unknown"
    ]


@pytest.mark.parametrize("method", Method)
def test_a_part_that_is_not_evaluated_leaves_it_out(method: Method) -> None:
    both = together(part("good"), part("unsupported"), method=method)
    assert (both.skipped, both.offline) == ("its part `unsupported` was not evaluated", False)


@pytest.mark.parametrize("method", Method)
def test_parts_with_too_few_events_make_it_inconclusive(method: Method) -> None:
    both = told(part("A"), part("good"), method=method, minimum="21")[-1]
    assert both.budget is not None
    assert both.budget.state is State.INCONCLUSIVE


def test_slices_of_different_lengths_are_not_merged() -> None:
    both = together(part("A", slice_s=60), part("B", slice_s=300), method=Method.TIMESLICES)
    assert both.skipped == "its parts have slices of different lengths"


def test_numbers_without_times_are_not_merged_but_added_up() -> None:
    assert "slice by slice" in together(part("timeless"), part("A"), method=Method.TIMESLICES).skipped
    assert together(part("timeless"), part("A")).budget is not None


def test_a_composite_of_one_part_is_told_apart_from_it() -> None:
    assert [each.id for each in told(part("A"))] == ["chat/both/A", "chat/both/composite"]
