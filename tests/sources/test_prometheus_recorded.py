"""What rules recorded, in place of counting: which of it is taken, and when the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

import servers
from airectl.core.findings import Location
from airectl.core.slo import Query, RatioIndicator, RawIndicator
from airectl.sources.prometheus import Prometheus, recorded
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Stopped
from series import series

AT: Final = Location(path="slo.yaml", line=3, col=7)
QUERY: Final = Query(
    type="Prometheus", ref="prod", spec={"query": "requests_total"}, at=AT, connection={"url": "http://x"}
)
ASK: Final = Ask(
    indicator=RatioIndicator(total=QUERY, good=QUERY, counter=True),
    start_s=0,
    end_s=180,
    step_s=60,
    service='ch"at',
    slo="answers",
)
TWINS, SLICES, SLOTH = range(3)


def found(pairs: Sequence[tuple[float, float]], *, states: str = "", there: bool = True) -> Answer:
    slices = series(pairs, states=states, whole=False)
    return Answer(slices=slices, case="increments of a counter", last_s=180 if there else None)


NOTHING: Final = found([(0, 0)] * 3, states="mmm", there=False)
COUNTED: Final = found([(9, 10)] * 3)


def chosen(counted: Result, *others: Result) -> Result:
    def read(asks: Sequence[Ask]) -> Iterable[Result]:
        assert len(asks) == 1 + len(others)
        return (counted, *others)

    (result,) = recorded.chosen([ASK], read)
    return result


def answer(counted: Result, *others: Result) -> Answer:
    result = chosen(counted, *others)
    assert isinstance(result, Answer)
    return result


def test_what_may_be_recorded_is_asked_of_the_same_source_by_the_slo_s_names() -> None:
    twins, slices, sloth = recorded.alternatives(ASK)
    assert isinstance(twins.indicator, RatioIndicator)
    assert twins.indicator.bad is not None
    labels = '{sloth_service="ch\\"at",sloth_slo="answers"}'
    assert twins.indicator.total.spec == {"query": f"slo:sli_total:rate5m{labels}"}
    assert twins.indicator.bad.spec == {"query": f"slo:sli_error:rate5m{labels}"}
    for ask, name in ((slices, "slo:sli_slice_error:ratio"), (sloth, "slo:sli_error:ratio_rate5m")):
        assert isinstance(ask.indicator, RawIndicator)
        assert ask.indicator.raw.spec == {"query": f"{name}{labels}"}
        assert not ask.indicator.success
        assert ask.indicator.raw.connection == QUERY.connection
    assert {each.end_s for each in (twins, slices, sloth)} == {ASK.end_s}


def test_the_most_exact_that_is_there_is_taken() -> None:
    exact, other = found([(0.9, 1)] * 3), found([(0.5, 1)] * 3)
    assert answer(COUNTED, exact, other, other).slices == exact.slices
    assert answer(COUNTED, NOTHING, NOTHING, exact).case == "recorded by rules as `slo:sli_error:ratio_rate5m`"
    assert answer(COUNTED, Stopped(), exact, other).case == "recorded by rules as `slo:sli_slice_error:ratio`"


def test_where_nothing_was_recorded_it_is_counted() -> None:
    assert chosen(COUNTED, NOTHING, NOTHING, NOTHING) is COUNTED


def test_what_was_recorded_stands_in_where_counting_fails() -> None:
    exact = found([(0.9, 1)] * 3)
    (finding,) = recorded.difference(ASK, found([(0, 1)] * 3).slices, COUNTED.slices)
    assert answer(Failure(finding=finding), exact, NOTHING, NOTHING).slices == exact.slices


def test_both_figures_are_said_where_they_differ() -> None:
    result = answer(COUNTED, found([(0.8, 1)] * 3), NOTHING, NOTHING)
    (finding,) = result.findings
    assert (finding.code, finding.at) == ("AIR221", AT)
    assert finding.message == "rules recorded 20 % of bad events in the window, and counting finds 10 %"


@pytest.mark.parametrize("good", [0.9, 0.9049, 0.8953])
def test_what_extrapolation_comes_to_is_no_difference(good: float) -> None:
    assert answer(COUNTED, found([(good, 1)] * 3), NOTHING, NOTHING).findings == ()


def test_only_slices_that_both_know_are_compared() -> None:
    partly = found([(0, 0), (0.9, 1), (0.9, 1)], states="bkk")
    uneven = found([(0, 10), (9, 10), (9, 10)])
    assert answer(uneven, partly, NOTHING, NOTHING).findings == ()
    assert answer(uneven, found([(0.9, 1)] * 3), NOTHING, NOTHING).findings != ()


def test_of_a_real_server(tmp_path: Path) -> None:
    end_s = 1_795_176_000
    times = range(end_s - 7200 + 7, end_s, 60)
    lines = ["# TYPE slo:sli_total:rate5m gauge"]
    names = 'sloth_id="chat-answers",sloth_service="chat",sloth_slo="answers"'
    lines += [f"slo:sli_total:rate5m{{{names}}} 2 {time}" for time in times]
    lines += ["# TYPE slo:sli_error:rate5m gauge"]
    lines += [f"slo:sli_error:rate5m{{{names}}} {time // 60 % 2} {time}" for time in times]
    lines += ["# TYPE requests counter"]
    lines += [f'requests_total{{code="{code}"}} {i * 60} {time}' for code in (200, 500) for i, time in enumerate(times)]
    with servers.prometheus(tmp_path / "server", "\n".join(lines) + "\n# EOF\n") as url:
        query = replace(QUERY, spec={"query": "sum(requests_total)"}, connection={"url": url})
        errors = replace(query, spec={"query": 'sum(requests_total{code="500"})'})
        indicator = RatioIndicator(total=query, bad=errors, counter=True)
        ask = Ask(indicator=indicator, start_s=end_s - 3600, end_s=end_s, step_s=60, service="chat", slo="answers")
        setting = Setting(cwd=Path(), now=datetime.fromtimestamp(end_s, UTC), recorded=True)
        (result,) = Prometheus(setting).read([ask])
        (counted,) = Prometheus(replace(setting, recorded=False)).read([ask])
    assert isinstance(result, Answer)
    assert isinstance(counted, Answer)
    assert result.case == "recorded by rules as `slo:sli_total:rate5m`"
    assert (sum(result.slices.good), sum(result.slices.valid)) == (90, 120)
    assert (sum(counted.slices.good), sum(counted.slices.valid)) == (3600, 7200)
    assert [each.code for each in result.findings] == ["AIR221"]
