"""Sources asked, answers judged, failures held."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from airectl.core.findings import Finding, Location, Severity
from airectl.core.judge import State
from airectl.core.slices import BEFORE, KNOWN, Slices
from airectl.core.slo import Method, Objective, Query, RatioIndicator, RawIndicator, Slo, ThresholdIndicator, TimeWindow
from airectl.core.terms import LOOKBACKS
from airectl.core.units import parse_duration
from airectl.errors import Rejected, Unreachable
from airectl.evaluate import asking, cases
from airectl.evaluate.cases import main_query
from airectl.evaluate.evaluation import Evaluation, evaluate
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Unsupported

AT = Location(path="f.yaml", line=1, col=1)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SETTING = Setting(cwd=Path("/"))


def query(type_: str) -> Query:
    return Query(type=type_, spec={"query": "up"}, at=AT)


def slo(type_: str = "Perfect", *, window: str = "7d", objectives: int = 1, **annotations: str) -> Slo:
    return Slo(
        service="chat",
        name=type_.lower(),
        indicator=RatioIndicator(good=query(type_), total=query(type_)),
        window=TimeWindow(duration=parse_duration(window), rolling=True),
        method=Method.OCCURRENCES,
        objectives=tuple(Objective(name=f"o{i}", target=Decimal("0.99"), at=AT) for i in range(objectives)),
        at=AT,
        annotations={f"airectl.dev/{name.replace('_', '-')}": text for name, text in annotations.items()},
    )


def objective(target: str) -> Objective:
    return Objective(name="only", target=Decimal(target), at=AT)


class Perfect:
    """Every slice has ten good events of ten."""

    network = False
    asked: Sequence[Ask] = ()
    opened = 0

    def __init__(self, setting: Setting) -> None:
        assert setting is SETTING
        type(self).opened += 1

    def read(self, asks: Sequence[Ask]) -> Iterable[Result]:
        type(self).asked = asks
        return [self.answer(ask) for ask in asks]

    def answer(self, ask: Ask) -> Result:
        tens, states = [10] * ask.slices, bytes([KNOWN]) * ask.slices
        slices = Slices(start_s=ask.start_s, step_s=ask.step_s, good=tens, valid=tens, states=states)
        return Answer(slices=slices, case="counted", first_s=0.0, last_s=1.0)


class Outage(Perfect):
    """The last ten slices are wholly bad; the first half of what was asked for was before the first sample."""

    def answer(self, ask: Ask) -> Result:
        tens = [10] * ask.slices
        known = ask.slices // 2
        good = [*tens[:-10], *[0] * 10]
        states = bytes([BEFORE]) * (ask.slices - known) + bytes([KNOWN]) * known
        zeros = [0] * (ask.slices - known)
        return Answer(
            slices=Slices(
                start_s=ask.start_s,
                step_s=ask.step_s,
                good=[*zeros, *good[-known:]],
                valid=[*zeros, *tens[-known:]],
                states=states,
            ),
            case="counted",
        )


class Remote(Perfect):
    network = True


class Down(Perfect):
    def read(self, asks: Sequence[Ask]) -> Iterable[Result]:
        raise Unreachable("no answer within 10 s", help="look at the network")


class Turned(Perfect):
    def read(self, asks: Sequence[Ask]) -> Iterable[Result]:
        raise Rejected("bad query", help="correct it", code="AIR214", invalid=True)


class Tired(Perfect):
    """Breaks off after its first answer."""

    def read(self, asks: Sequence[Ask]) -> Iterator[Result]:
        yield self.answer(asks[0])
        raise Unreachable("the connection was lost")


class Picky(Perfect):
    def answer(self, ask: Ask) -> Result:
        if ask.step_s == 300:
            return Unsupported(reason="too coarse")
        finding = Finding(code="AIR203", severity=Severity.ERROR, message="bad", at=AT)
        return Failure(finding=finding, invalid=True)


@pytest.fixture(autouse=True)
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, type[Perfect]] = {
        "Perfect": Perfect,
        "Outage": Outage,
        "Remote": Remote,
        "Down": Down,
        "Turned": Turned,
        "Tired": Tired,
        "Picky": Picky,
    }
    for module in (asking, cases):
        monkeypatch.setattr(module, "find", known.get)
    for source in known.values():
        monkeypatch.setattr(source, "asked", ())
        monkeypatch.setattr(source, "opened", 0)


def run(*slos: Slo, offline: bool = False) -> list[Evaluation]:
    return evaluate(slos, NOW, SETTING, offline=offline)


def test_an_answer_is_judged() -> None:
    (each,) = run(slo())
    assert each.budget is not None
    assert (each.budget.state, each.budget.valid_events, each.case) == (State.MET, 7 * 1440 * 10, "counted")
    assert each.burn == dict.fromkeys(LOOKBACKS, 0)


def test_results_come_in_the_order_of_the_specs_and_each_source_is_opened_once() -> None:
    found = run(slo(objectives=2), slo("Down"), slo())
    assert [each.id for each in found] == ["chat/perfect/o0", "chat/perfect/o1", "chat/down", "chat/perfect"]
    assert (Perfect.opened, len(Perfect.asked)) == (1, 3)


def test_a_failing_source_stops_no_other() -> None:
    down, fine = run(slo("Down"), slo())
    assert down.failure is not None
    assert (down.failure.finding.message, down.failure.invalid) == ("no answer within 10 s", False)
    assert down.budget is None
    assert set(down.burn.values()) == {None}
    assert fine.budget is not None


def test_a_source_s_error_has_its_own_code_and_says_whose_fault_it_is() -> None:
    turned, down = (each.failure for each in run(slo("Turned"), slo("Down")))
    assert turned is not None
    assert down is not None
    assert (turned.finding.code, turned.finding.severity, turned.invalid) == ("AIR214", Severity.ERROR, True)
    assert (down.finding.code, down.finding.severity, down.invalid) == ("AIR206", Severity.WARNING, False)


def test_what_was_answered_before_a_source_broke_off_counts() -> None:
    first, second, third = run(slo("Tired", objectives=3))
    assert first.budget is not None
    assert second.failure is not None
    assert third.failure is not None
    assert third.failure.finding.message == "the connection was lost"


def test_an_unknown_source_is_skipped_and_never_met() -> None:
    (each,) = run(slo("Datadog"))
    assert (each.budget, each.failure) == (None, None)
    assert each.skipped == "sources of type `Datadog` are not supported yet"
    assert run(slo(""))[0].skipped == "nothing says what kind of source it is"


def test_offline_asks_no_network() -> None:
    remote, unknown, local = run(slo("Remote"), slo("Datadog"), slo(), offline=True)
    assert remote.skipped == "`Remote` is asked over the network, and this run is offline"
    assert "offline" in unknown.skipped
    assert Remote.opened == 0
    assert local.budget is not None
    assert run(slo("Remote"))[0].budget is not None


def test_what_a_source_says_of_one_ask_is_its_own() -> None:
    failed, skipped = run(slo("Picky"), slo("Picky", window="1Q"))
    assert failed.failure is not None
    assert failed.failure.invalid
    assert [finding.code for finding in failed.findings] == ["AIR203"]
    assert skipped.skipped == "too coarse"


def test_a_short_window_is_asked_for_its_lookbacks_too() -> None:
    (each,) = run(slo(window="1d"))
    (ask,) = Perfect.asked
    assert ask.end_s - ask.start_s == 3 * 86_400
    assert each.budget is not None
    assert each.budget.valid_events == 1440 * 10
    assert each.burn["3d"] == 0


def test_a_rolling_window_is_asked_for_as_much_again_and_a_calendar_one_is_not() -> None:
    run(slo(window="7d"))
    (ask,) = Perfect.asked
    assert (ask.end_s - ask.start_s, ask.window_s) == (14 * 86_400, 7 * 86_400)
    start = datetime(2026, 11, 1)  # noqa: DTZ001  # wall clock
    run(replace(slo(), window=TimeWindow(duration=parse_duration("1M"), rolling=False, start=start)))
    (ask,) = Perfect.asked
    assert ask.start_s == int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())


def test_a_spent_budget_tells_since_when_until_when_and_by_what() -> None:
    (each,) = run(replace(slo("Outage", window="3d"), objectives=(objective("0.999"),)))
    assert each.budget is not None
    assert each.budget.state is State.EXHAUSTED
    end_s = each.window.end_s
    # 4,320 slices allow 4.32 bad ones; they fall out last of all.
    assert each.outlook.exhausted_since_s == end_s - 5 * 60
    assert each.outlook.recovers_at_s == end_s + 3 * 86_400 - 4 * 60
    (spender,) = each.spenders
    assert (spender.start_s, spender.end_s, int(spender.bad)) == (end_s - 600, end_s, 100)
    assert spender.share == 1


def test_a_budget_that_lasts_tells_when_it_will_not() -> None:
    (each,) = run(replace(slo("Outage", window="3d"), objectives=(objective("0.99"),)))
    assert each.budget is not None
    assert each.budget.state is State.MET
    # 43.2 bad slices are allowed and ten are gone; a sixth of the last hour was bad: 33.2 / (1/6) = 199.2.
    assert (each.outlook.exhausts_at_s, each.outlook.present) == (each.window.end_s + 200 * 60, "1h")
    (clean,) = run(slo())
    assert (clean.outlook.exhausts_at_s, clean.spenders) == (None, ())


def test_late_labels_move_the_window_back() -> None:
    (each,) = run(slo(label_delay="2d"))
    assert datetime.fromtimestamp(each.window.end_s, UTC) == NOW - timedelta(days=2)


def test_exclusions_leave_the_window() -> None:
    (each,) = run(slo(exclusions="2026-11-19T00:00Z/2026-11-19T01:00Z"))
    assert each.budget is not None
    assert (each.budget.evidence.excluded, each.budget.valid_events) == (60, (7 * 1440 - 60) * 10)


def test_the_main_query_is_the_total_or_the_only_one() -> None:
    assert main_query(RawIndicator(raw=query("A"), success=True)).type == "A"
    assert main_query(ThresholdIndicator(metric=query("B"))).type == "B"
    assert main_query(RatioIndicator(good=query("C"), total=query("D"))).type == "D"
