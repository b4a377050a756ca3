"""`airectl forecast` as users run it: JSON by the issue's keys, charts, metrics, a live Prometheus, the model."""

from __future__ import annotations

import json
import shlex
import xml.etree.ElementTree as ET  # it reads what airectl wrote
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

import servers
from demand_series import END, demand_of_models, growing_demand, hourly, steady_demand, three_points
from runner import Runner

ROOT: Final = Path(__file__).parents[2]
PRICES: Final = 'date: "2026-11-01"\ncurrency: USD\naccelerators:\n  h100: {on_demand: 4.00, reserved: 2.40}\n'
# A demand that needs an order, with all that can be said of one.
_CAPACITY: Final = "--capacity 12 --replicas 6 --accelerator h100 --prices prices.yaml"
ORDER: Final = f"forecast demand.csv {_CAPACITY} --lead-time 3w --horizon 13w"


@pytest.fixture
def project(airectl: Runner) -> Runner:
    (airectl.cwd / "demand.csv").write_bytes(growing_demand())
    (airectl.cwd / "steady.csv").write_bytes(steady_demand())
    (airectl.cwd / "prices.yaml").write_text(PRICES)
    return airectl


def told(project: Runner, line: str) -> dict[str, Any]:
    stdout, stderr, _ = project.call([*line.split(), "-o", "json"])
    assert not stderr, stderr.decode()
    found: dict[str, Any] = json.loads(stdout)
    return found


def test_the_json_has_what_was_promised(project: Runner, report_schema: dict[str, Any]) -> None:
    report = told(project, ORDER)
    jsonschema.Draft202012Validator(report_schema).validate(report)
    (series,) = report["data"]["series"]
    assert (series["name"], series["step_s"], series["history_points"], series["gaps"]) == (
        "requests_per_s",
        3600,
        2688,
        0,
    )
    assert sum(series["model_weights"].values()) == pytest.approx(1)
    backtest = series["backtest"]
    assert backtest["mase"] < backtest["mase_seasonal_naive"] < backtest["mase_naive"]
    assert {"coverage_ratio", "windows"} <= backtest.keys()
    assert all(each["low"] <= each["mean"] <= each["high"] for each in series["forecast"])
    assert series["forecast"][0]["time"] == "2026-11-20T00:00:00Z"
    assert series["crossing"]["p10"] <= series["crossing"]["p50"]
    accelerators = series["accelerators"]
    assert accelerators["needed"] == 16
    assert accelerators["order_by"] < series["crossing"]["p10"]
    assert accelerators["assumptions"]
    assert series["cost"]["monthly"] > 0
    assert series["cost"]["per_million_used"] < series["cost"]["per_million_allocated"]


def test_what_is_not_known_is_null(project: Runner) -> None:
    (series,) = told(project, "forecast steady.csv --horizon 7d")["data"]["series"]
    assert (series["crossing"], series["cost"], series["accelerators"]["needed"]) == (None, None, None)
    enough = told(project, "forecast steady.csv --capacity 12 --replicas 9")["data"]["series"][0]["crossing"]
    assert (enough["p10"], enough["p50"], enough["p90"]) == (None, None, None)


def test_a_short_horizon_is_forecast_by_the_hour(project: Runner) -> None:
    (series,) = told(project, "forecast demand.csv --horizon 2d")["data"]["series"]
    assert (series["forecast_step_s"], series["forecast_kind"], len(series["forecast"])) == (3600, "mean of a step", 48)
    (series,) = told(project, "forecast demand.csv --horizon 30d")["data"]["series"]
    assert (series["forecast_step_s"], series["forecast_kind"], len(series["forecast"])) == (
        86_400,
        "p95 hour of a day",
        30,
    )


def test_looking_from_an_earlier_day_leaves_out_what_came_later(project: Runner) -> None:
    (series,) = told(project, "forecast demand.csv --at 2026-11-01T00:00Z --horizon 2d")["data"]["series"]
    assert series["history_to"] == "2026-11-01T00:00:00Z"
    report = told(project, "forecast demand.csv --at 2026-11-01 --horizon 2d")
    assert not report["findings"]


def test_a_holiday_multiplies_its_days(project: Runner) -> None:
    def days(more: str) -> list[float]:
        (series,) = told(project, f"forecast demand.csv --horizon 30d {more}")["data"]["series"]
        return [each["mean"] for each in series["forecast"]]

    plain, sale = days(""), days("--event 2026-11-27/2d=sale*2")
    assert [round(one / other, 6) for one, other in zip(sale, plain, strict=True)][6:11] == [1, 2, 2, 1, 1]


def test_charts_are_written_beside(project: Runner) -> None:
    project.call(
        [
            "forecast",
            "demand.csv",
            "--capacity",
            "12",
            "--replicas",
            "6",
            "--lead-time",
            "3w",
            "--chart",
            "a.svg",
            "--chart",
            "b.png",
            "-q",
        ]
    )
    drawn = (project.cwd / "a.svg").read_text()
    ET.fromstring(drawn)  # noqa: S314  # see above
    assert "order by" in drawn
    assert "capacity of 6 replicas" in drawn
    assert (project.cwd / "b.png").read_bytes().startswith(b"\x89PNG")


def test_a_page_with_its_chart(project: Runner) -> None:
    stdout, _, code = project.call(["forecast", "demand.csv", "--capacity", "12", "--replicas", "6", "-o", "html"])
    assert code == 0
    assert b"<svg" in stdout


def test_metrics_are_openmetrics(project: Runner) -> None:
    stdout, _, _ = project.call(f"{ORDER} -o openmetrics".split())
    families = {each.name: each for each in read_openmetrics(stdout.decode())}  # type: ignore[no-untyped-call]  # prometheus_client has no types there
    assert families["airectl_forecast_accelerators_needed"].samples[0].value == 16
    shares = [each.labels["share"] for each in families["airectl_forecast_crossing_timestamp_seconds"].samples]
    assert shares == ["0.1", "0.5", "0.9"]
    assert [each.value for each in families["airectl_forecast_status"].samples] == [1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("--replicas 20 --fail-if-crossing 30d", 0),
        ("--replicas 5 --fail-if-crossing 30d", 1),
        ("--replicas 5 --fail-if-crossing 30d --fail-on never", 0),
        ("--replicas 5 --budget-gpus 3 --horizon 30d", 1),
        ("--replicas 5 --budget-gpus 30 --horizon 30d", 0),
    ],
)
def test_gates(more: str, code: int, project: Runner) -> None:
    assert project.call(f"forecast demand.csv --capacity 12 {more} -q".split())[2] == code


def test_too_little_history_is_undecided(project: Runner) -> None:
    (project.cwd / "three.csv").write_bytes(three_points())
    assert project.call(["forecast", "three.csv", "-q"])[2] == 3
    line = "forecast three.csv --capacity 12 --fail-if-crossing 30d -q"
    assert [project.call([*line.split(), "--on-unknown", each])[2] for each in ("fail", "warn", "pass")] == [3, 0, 0]


def test_stdin_is_a_series(project: Runner) -> None:
    step = project.run("airectl forecast - --horizon 2d -o csv < demand.csv")
    assert step.code == 0
    assert "requests_per_s" in step.stdout
    assert project.run("airectl forecast - --capacity - < demand.csv").code == 2


def test_a_model_in_place_of_a_load_test_says_so(project: Runner) -> None:
    model = "--profile h100-llama-8b --input-tokens 1500 --output-tokens 300 --ttft 500ms"
    report = told(project, f"forecast demand.csv {model} --replicas 2 --what-if cached=60% --what-if bits=8")
    (series,) = report["data"]["series"]
    assert series["accelerators"]["capacity_measured"] is False
    assert any("a model (h100-llama-8b)" in each for each in report["data"]["assumptions"])
    base = series["accelerators"]["capacity_per_replica"]
    changed = [each["series"][0]["accelerators"]["capacity_per_replica"] for each in report["data"]["what_if"]]
    assert all(each > base for each in changed)
    explained, _, _ = project.call(f"forecast demand.csv {model} --replicas 2 --explain".split())
    assert b"KV tokens of a replica" in explained


def test_specs_say_what_is_promised(project: Runner) -> None:
    (project.cwd / "slo-specs").symlink_to(ROOT / "slo-specs")
    model = "--profile h100-llama-8b --input-tokens 1500 --output-tokens 300"
    said = told(project, f"forecast demand.csv {model} --specs slo-specs/chat-vllm.yaml")["data"]["assumptions"]
    assert any(each.startswith("the promised ttft is that of ") for each in said)


def test_metrics_that_mislead_are_told(project: Runner) -> None:
    text = (project.cwd / "demand.csv").read_text().replace("requests_per_s", "DCGM_FI_DEV_GPU_UTIL")
    (project.cwd / "util.csv").write_text(text)
    assert [f["code"] for f in told(project, "forecast util.csv --horizon 2d")["findings"]] == ["AIR514"]


def test_a_query_of_a_live_prometheus(project: Runner, tmp_path: Path) -> None:
    lines = ["# TYPE demand gauge"]
    lines += [f'demand{{model="chat"}} {value:.3f} {int(time.timestamp())}' for time, value in hourly(4, base=30)]
    lines += [f'demand{{model="code"}} 3 {int(time.timestamp())}' for time, _ in hourly(4)]
    with servers.prometheus(tmp_path / "prometheus", "\n".join([*lines, "# EOF", ""])) as url:
        live = replace(project, loopback=True, extra={"AIRECTL_SOURCES_PROD_URL": url})
        query = "sum by (model) (last_over_time(demand[1h]))"
        asked = f"forecast '{query}' --source prod --horizon 2d --capacity 20 --history 5w -o json"
        stdout, stderr, code = live.call(shlex.split(asked))
    assert code == 0, stderr.decode()
    data = json.loads(stdout)["data"]
    assert [each["name"] for each in data["series"]] == ["model=chat", "model=code"]
    assert data["series"][0]["history_points"] == pytest.approx(4 * 168, abs=2)
    assert data["series"][0]["history_to"] >= f"{END:%Y-%m-%dT%H}"


def test_a_prometheus_that_is_down_is_undecided(project: Runner) -> None:
    down = replace(project, loopback=True)
    stdout, _, code = down.call(["forecast", "sum(demand)", "--source", "http://127.0.0.1:9", "-o", "json"])
    assert code == 3
    assert json.loads(stdout)["status"] == "undecided"


def test_groups_are_told_together(project: Runner) -> None:
    (project.cwd / "models.csv").write_bytes(demand_of_models())
    report = told(project, "forecast models.csv --group-by model --capacity 12 --replicas 5 --horizon 30d")
    assert {each["name"]: each["status"] for each in report["data"]["series"]} == {"chat": "crossed", "code": "enough"}
