"""One SLO for each group: which there are, what the source is asked of each, and what is too much."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from airectl.core.findings import Location
from airectl.core.groups import MOST, Group
from airectl.core.judge import State
from airectl.core.slices import KNOWN, Slices
from airectl.core.slo import Method, Objective, Query, RatioIndicator, Slo, TimeWindow
from airectl.core.units import parse_duration
from airectl.env import Stop
from airectl.errors import SourceError, Unreachable
from airectl.evaluate import asking, cases
from airectl.evaluate.evaluation import Evaluation, evaluate
from airectl.sources.protocol import Answer, Ask, Result, Setting, Source, Stopped
from airectl.sources.static import Static

AT = Location(path="f.yaml", line=3, col=9)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Plain:
    """Nine of ten events are good, and none in the group `model="b"`."""

    network = False

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def read(self, asks: Sequence[Ask]) -> Iterable[Result]:
        return [self.answer(ask) for ask in asks]

    def answer(self, ask: Ask) -> Result:
        good = [0 if ask.group.get("model") == "b" else 9] * ask.slices
        states = bytes([KNOWN]) * ask.slices
        slices = Slices(start_s=ask.start_s, step_s=ask.step_s, good=good, valid=[10] * ask.slices, states=states)
        return Answer(slices=slices, case="counted")


class Models(Plain):
    """Tells groups apart; `say` is what it says of them."""

    say: ClassVar[Callable[[Ask, Sequence[str]], Sequence[Group] | Result]] = staticmethod(lambda ask, by: ())

    def groups(self, ask: Ask, by: Sequence[str]) -> Sequence[Group] | Result:
        return type(self).say(ask, by)


class Remote(Models):
    network = True


@pytest.fixture(autouse=True)
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, type[Source]] = {"Plain": Plain, "Models": Models, "Remote": Remote, "Static": Static}
    for module in (asking, cases):
        monkeypatch.setattr(module, "find", known.get)
    says(monkeypatch, [{"model": "b"}, {"model": "a"}])


def says(monkeypatch: pytest.MonkeyPatch, found: Sequence[Group] | Result | SourceError) -> None:
    def say(ask: Ask, by: Sequence[str]) -> Sequence[Group] | Result:
        if isinstance(found, SourceError):
            raise found
        return found

    monkeypatch.setattr(Models, "say", say)


def slo(type_: str = "Models", *, by: str = "model", objectives: int = 1) -> Slo:
    query = Query(type=type_, spec={"query": "c", "value": 9}, at=AT)
    return Slo(
        service="chat",
        name="fast",
        indicator=RatioIndicator(good=query, total=query),
        window=TimeWindow(duration=parse_duration("7d"), rolling=True),
        method=Method.OCCURRENCES,
        objectives=tuple(Objective(name=f"o{i}", target=Decimal("0.5"), at=AT) for i in range(objectives)),
        at=AT,
        annotations={"airectl.dev/group-by": by} if by else {},
    )


def run(*slos: Slo, offline: bool = False, stop: Stop | None = None) -> list[Evaluation]:
    return evaluate(slos, NOW, Setting(cwd=Path("/"), stop=stop or Stop()), offline=offline)


def state(each: Evaluation) -> State | None:
    return each.budget.state if each.budget else None


def test_each_group_is_judged_by_itself() -> None:
    first, second = run(slo())
    assert (first.id, first.group, state(first)) == ('chat/fast{model="a"}', {"model": "a"}, State.MET)
    assert (second.id, second.group, state(second)) == ('chat/fast{model="b"}', {"model": "b"}, State.EXHAUSTED)


def test_one_group_comes_after_the_other_and_slos_keep_their_order() -> None:
    found = run(slo(by=""), slo(objectives=2), slo(by=""))
    assert [each.id for each in found] == [
        "chat/fast",
        'chat/fast{model="a"}/o0',
        'chat/fast{model="a"}/o1',
        'chat/fast{model="b"}/o0',
        'chat/fast{model="b"}/o1',
        "chat/fast",
    ]


def test_the_source_is_asked_once_for_all_objectives_about_the_window_and_the_labels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[Ask, Sequence[str]]] = []

    def say(ask: Ask, by: Sequence[str]) -> Sequence[Group]:
        asked.append((ask, by))
        return [{"model": "a", "region": "eu"}]

    monkeypatch.setattr(Models, "say", say)
    found = run(slo(by="model, region", objectives=3))
    ((ask, by),) = asked
    assert (ask.end_s, ask.window_s, tuple(by)) == (int(NOW.timestamp()), 7 * 86_400, ("model", "region"))
    assert ask.group == {}
    assert {each.id.partition("/o")[0] for each in found} == {'chat/fast{model="a",region="eu"}'}


def test_without_a_group_it_is_all_one_and_so_are_numbers_of_all_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Sequence[Sequence[Group]] = ((), ({},))
    for found in nothing:
        says(monkeypatch, found)
        assert [each.id for each in run(slo())] == ["chat/fast"]
    assert [(each.id, state(each)) for each in run(slo("Static"))] == [("chat/fast", State.MET)]


def test_a_source_that_cannot_tell_them_apart_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    (each,) = run(slo("Plain"))
    assert each.skipped == "sources of type `Plain` do not tell groups apart (`airectl.dev/group-by`)"
    says(monkeypatch, Stopped())
    assert [each.skipped for each in run(slo(objectives=2))] == ["the run was interrupted"] * 2


def test_too_many_groups_are_a_mistake_of_the_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, [{"model": str(i)} for i in range(MOST)])
    assert len(run(slo())) == MOST
    says(monkeypatch, [{"model": str(i)} for i in range(1000 + MOST)])
    (each,) = run(slo())
    assert each.failure is not None
    assert each.failure.invalid
    finding = each.failure.finding
    assert (finding.code, finding.at) == ("AIR225", AT)
    assert finding.message == "`chat/fast` has 1,200 groups by `model`; at most 200 are evaluated"


def test_an_error_of_the_source_is_that_of_every_objective_and_no_other_slo(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, Unreachable("no answer within 10 s"))
    first, second, other = run(slo(objectives=2), slo(by=""))
    for each in (first, second):
        assert each.failure is not None
        assert each.failure.finding.message == "no answer within 10 s"
    assert state(other) is State.MET


def test_nobody_is_asked_offline_or_when_the_run_is_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Models, "say", lambda ask, by: pytest.fail("it was asked"))
    (each,) = run(slo("Remote"), offline=True)
    assert each.offline
    stop = Stop()
    stop.signum = 2
    run(slo(), stop=stop)


def test_a_composite_has_no_groups() -> None:
    part = replace(slo().objectives[0], indicator=slo().indicator)
    found = run(replace(slo(), indicator=None, objectives=(part, replace(part, name="o1"))))
    assert found[0].skipped == "a composite cannot have `airectl.dev/group-by`"
    assert found[2].skipped == "its part `o0` was not evaluated"
