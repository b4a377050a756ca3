"""Two parsers read the output: OpenMetrics, and the older text format that node_exporter and the Pushgateway take."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from report_examples import HOSTILE, NOON, empty, finding, hostile, readable, view_of

from airectl.core.judge import State
from airectl.core.report import Report, Status
from airectl.render.inert import inert
from airectl.render.openmetrics import render
from runner import Runner

DEMO = Path(__file__).parents[2] / "slo-specs" / "demo-chat.yaml"
TTFT: dict[str, Any] = {
    "service": "chat",
    "slo": "chat/ttft",
    "objective": "ttft < 500 ms",
    "target_ratio": Decimal("0.950"),
    "window": {"kind": "rolling", "to": NOON},
    "sli_ratio": 0.91199,
    "sli_low_ratio": None,
    "sli_high_ratio": None,
    "valid_events": 2000,
    "bad_events": 176,
    "budget_consumed_ratio": 1.76,
    "budget_remaining_ratio": -0.76,
    "burn_rates": {"1h": 2.1, "6h": 3.9, "3d": None},
    "exhausted_since": NOON - timedelta(days=6),
    "status": "exhausted",
}


def printed(*slos: Any) -> str:
    return render(view_of(Report(status=Status.FAILED, data={"slos": list(slos)})))


def families(text: str) -> list[Metric]:
    return list(read_openmetrics(text))  # type: ignore[no-untyped-call]  # prometheus_client has no types there


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Value by name and label values, as both parsers read it."""
    strict, plain = families(text), list(read_text(text))
    assert _all(strict) == _all(plain)
    return dict(_all(strict))


def _all(found: list[Metric]) -> list[tuple[tuple[str, tuple[str, ...]], float]]:
    return [((s.name, tuple(s.labels.values())), s.value) for family in found for s in family.samples]


ID = ("chat", "chat/ttft", "ttft < 500 ms")


def test_an_objective_with_all_that_is_known(golden: Callable[[str, str], None]) -> None:
    golden("render/openmetrics-budget.txt", printed(TTFT))


def test_values_and_labels_are_read_back() -> None:
    found = samples(printed(TTFT))
    assert found["airectl_slo_target_ratio", ID] == 0.95
    assert found["airectl_error_budget_remaining_ratio", ID] == -0.76
    assert found["airectl_slo_bad_events", ID] == 176
    assert found["airectl_error_budget_burn_rate", (*ID, "6h")] == 3.9
    assert found["airectl_slo_window_end_timestamp_seconds", ID] == NOON.timestamp()
    assert found["airectl_error_budget_exhausted_since_timestamp_seconds", ID] == NOON.timestamp() - 6 * 86400


@pytest.mark.parametrize("state", State)
def test_one_status_is_1_and_the_others_are_0(state: State) -> None:
    found = samples(printed({**TTFT, "status": state.value}))
    marks = {labels[-1]: value for (name, labels), value in found.items() if name == "airectl_slo_status"}
    assert marks == {each.value: int(each is state) for each in State}


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_not_known_has_no_sample(nothing: Any) -> None:
    unknown = {key: nothing for key in TTFT if key.endswith(("_ratio", "_events", "_since"))}
    names = {name for name, _ in samples(printed({**TTFT, **unknown, "burn_rates": {"1h": nothing}, "status": None}))}
    assert {name for name in names if not name.startswith("airectl_run_")} == {
        "airectl_slo_window_end_timestamp_seconds"
    }


def test_lookbacks_without_data_have_no_sample() -> None:
    windows = {labels[-1] for name, labels in samples(printed(TTFT)) if name == "airectl_error_budget_burn_rate"}
    assert windows == {"1h", "6h"}


@pytest.mark.parametrize("slos", [[], ["chat/ttft"], None, "chat"])
def test_without_budgets_the_run_alone_is_told(slos: Any) -> None:
    report = Report(status=Status.FAILED, data={"slos": slos}, findings=[finding(), finding()])
    assert samples(render(view_of(report))) == {
        ("airectl_run_info", ("check", "0.1.0")): 1,
        ("airectl_run_timestamp_seconds", ("check",)): NOON.timestamp(),
        ("airectl_run_exit_code", ("check",)): 1,
        ("airectl_run_findings", ("check", "error")): 2,
        ("airectl_run_findings", ("check", "warning")): 0,
        ("airectl_run_findings", ("check", "info")): 0,
    }


@pytest.mark.parametrize("report", [readable(), hostile(), empty()], ids=["readable", "hostile", "empty"])
def test_every_report_is_read_by_both_parsers(report: Report) -> None:
    assert samples(render(view_of(report)))


@given(st.lists(st.text(st.characters(codec=None) | st.sampled_from('\\"\n\r{}=,#\x1b'), max_size=9), min_size=3))
@example(["ends in \\", "\n", '"'])
@example(["\\n", '\\"', "{}=,#"])
def test_any_label_value_comes_back_as_shown(texts: list[str]) -> None:
    service, slo, objective = texts[:3]
    found = samples(printed({**TTFT, "service": service, "slo": slo, "objective": objective}))
    shown = tuple(map(inert, (service, slo, objective)))
    assert found["airectl_slo_target_ratio", shown] == 0.95


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 10**30))
def test_any_number_comes_back(value: float) -> None:
    assert samples(printed({**TTFT, "bad_events": value}))["airectl_slo_bad_events", ID] == value


def test_groups_of_one_objective_are_told_apart() -> None:
    found = samples(printed({**TTFT, "group": {"model": 'a"b', "region": ""}}, {**TTFT, "group": None}))
    assert ("airectl_slo_sli_ratio", (*ID, '{model="a\\"b",region=""}')) in found
    assert ("airectl_slo_sli_ratio", ID) in found


def test_the_same_labels_come_once() -> None:
    again = {**TTFT, "sli_ratio": 0.5}
    assert samples(printed(TTFT, again))["airectl_slo_sli_ratio", ID] == 0.91199
    assert printed(TTFT, again).count("\nairectl_slo_sli_ratio{") == 1


def test_names_end_in_their_unit_and_all_are_gauges() -> None:
    found = families(printed({**TTFT, "good_slices": 3}))
    assert {family.type for family in found} == {"gauge"}
    units = {family.name.rpartition("_")[2]: family.unit for family in found if family.unit}
    assert units == {"ratio": "ratio", "events": "events", "slices": "slices", "seconds": "seconds"}
    assert all(family.documentation.endswith(".") for family in found)


def test_no_sample_has_a_timestamp_of_its_own() -> None:
    assert all(s.timestamp is None for family in families(printed(TTFT)) for s in family.samples)
    assert printed(TTFT).endswith("\n# EOF\n")


def test_hostile_text_stays_in_its_label() -> None:
    found = samples(printed({**TTFT, "service": HOSTILE, "slo": '"} 1\nforged{x="'}))
    assert not [name for name, _ in found if not name.startswith("airectl_")]


def test_check_counts_what_the_demo_logs_hold(airectl: Runner) -> None:
    stdout, _, code = airectl.call(["check", str(DEMO), "--at", "2026-11-09", "-o", "openmetrics"])
    found = samples(stdout.decode())
    assert found["airectl_run_exit_code", ("check",)] == code == 1
    labels = ("demo-chat", "demo-chat/ttft", "ttft < 500 ms")
    assert found["airectl_slo_bad_events", labels] == 152
    assert found["airectl_slo_sli_ratio", labels] == 3287 / 3439
