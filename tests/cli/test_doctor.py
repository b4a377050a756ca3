"""`airectl doctor` on real servers, on one that misbehaves, and on logs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

import servers
from prometheus_faults import Asked, Reply, closed_port, faulty, healthy, refusal, scripted
from runner import EPOCH, Runner

NOW: Final = int(EPOCH)
DAY_S: Final = 86_400
SPEC: Final = """apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
spec:
  service: chat
  indicator:
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            metricSourceRef: prod
            type: Prometheus
            spec: {{query: 'sum({metric}{{job="{job}",code=~"5.."}})'}}
        total:
          metricSource:
            metricSourceRef: prod
            type: Prometheus
            spec: {{query: 'sum({metric}{{job="{job}"}})'}}
  timeWindow: [{{duration: {window}, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.9}}]
"""


def spec(name: str = "availability", metric: str = "requests_total", job: str = "api", window: str = "2d") -> str:
    return SPEC.format(name=name, metric=metric, job=job, window=window)


def history() -> str:
    """Three days of a counter that is scraped every 30 s, and one that ended a day ago."""
    rows = ["# TYPE requests counter"]
    for number, time in enumerate(range(NOW - 3 * DAY_S, NOW + 1, 30)):
        rows.append(f'requests_total{{job="api",code="200"}} {number} {time}')
    rows.append("# TYPE old counter")
    for number, time in enumerate(range(NOW - 3 * DAY_S, NOW - DAY_S, 30)):
        rows.append(f'old_total{{job="api",code="500"}} {number} {time}')
    return "\n".join(rows) + "\n# EOF\n"


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    start = servers.prometheus if request.param == "prometheus" else servers.victoria
    with start(tmp_path_factory.mktemp(request.param), history()) as url:
        yield request.param, url


@dataclass(frozen=True)
class Doctor:
    """Runs the command in a folder with specs, for the source `prod` at `url`."""

    runner: Runner
    schema: Mapping[str, Any]

    def write(self, **specs: str) -> None:
        folder = self.runner.cwd / "slo-specs"
        folder.mkdir(exist_ok=True)
        for name, text in specs.items():
            (folder / f"{name}.yaml").write_text(text)

    def visit(self, url: str, *args: str) -> tuple[int, dict[str, Any]]:
        """The exit code, and the report as data."""
        out, err, code = self.runner.call(["doctor", *args, "-o", "json"], extra={"AIRECTL_SOURCES_PROD_URL": url})
        assert out, err.decode()
        report: dict[str, Any] = json.loads(out)
        jsonschema.validate(report, self.schema)
        assert report["exit_code"] == code
        return code, report


@pytest.fixture
def doctor(airectl: Runner, report_schema: dict[str, Any]) -> Doctor:
    return Doctor(replace(airectl, loopback=True), report_schema)


def said(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["code"], each["severity"], each["message"]) for each in report["findings"]]


def test_a_source_that_is_well(doctor: Doctor, held: tuple[str, str]) -> None:
    kind, url = held
    doctor.write(a=spec())
    code, report = doctor.visit(url)
    assert code == 0
    assert [each for each in said(report) if each[1] != "info"] == []
    (source,) = report["data"]["sources"]
    assert (source["name"], source["url"]) == ("prod", url)
    if kind == "prometheus":
        assert (source["product"], source["retention_s"]) == ("Prometheus", 100 * 365 * DAY_S)
        assert source["version"][:1].isdigit()
    else:
        assert (source["product"], source["retention_s"]) == ("VictoriaMetrics", None)
    assert source["answered_s"] >= 0
    # The clock is fixed for the sake of equal reports.
    assert source["clock_ahead_s"] is None
    total, bad = source["queries"]
    assert (total["slo"], total["role"], total["series"], total["scrape_interval_s"]) == (
        "chat/availability",
        "total",
        1,
        30,
    )
    assert (total["slice_s"], total["window_s"]) == (60, 2 * DAY_S)
    assert total["last"] == "2026-11-20T12:00:00Z"
    assert (bad["role"], bad["series"], bad["first"]) == ("bad", 0, None)


def test_no_failures_so_far_is_no_fault(doctor: Doctor, held: tuple[str, str]) -> None:
    doctor.write(a=spec())
    _, report = doctor.visit(held[1])
    (finding,) = report["findings"]
    assert (finding["code"], finding["severity"]) == ("AIR229", "info")
    assert finding["message"] == (
        '`chat/availability`: `bad` finds no series: no series of `requests_total` has code=~"5.."; its `code` is `200`'
    )
    assert finding["location"]["path"] == "slo-specs/a.yaml"
    assert finding["location"]["line"] == 15


@pytest.mark.parametrize(
    ("given", "message", "help"),
    [
        ({"metric": "request_total"}, "it has no metric `request_total`", "did you mean `requests_total`?"),
        (
            {"job": "apis"},
            'no series of `requests_total` has job="apis"; its `job` is `api`',
            "did you mean `api`?",
        ),
        (
            {"metric": 'requests_total{pod="a"} or requests_total', "job": "x"},
            "`requests_total` has no label `pod`",
            "look at the names in the web page of the server",
        ),
        (
            {"metric": "vllm:request_success_total"},
            "it has no metric `vllm:request_success_total`",
            "vLLM exposes it: look whether it is scraped",
        ),
    ],
)
def test_why_there_is_no_series(
    doctor: Doctor, held: tuple[str, str], given: Mapping[str, str], message: str, help: str
) -> None:
    doctor.write(a=spec(**given))
    code, report = doctor.visit(held[1])
    assert code == 1
    texts = [(each["message"], each["help"]) for each in report["findings"] if each["severity"] == "error"]
    assert (f"`chat/availability`: `total` finds no series: {message}", help) in texts


def test_series_that_ended(doctor: Doctor, held: tuple[str, str]) -> None:
    doctor.write(a=spec(metric="old_total"))
    code, report = doctor.visit(held[1])
    assert code == 1
    (found,) = [each for each in said(report) if each[1] == "error"]
    assert found[0] == "AIR229"
    assert found[2].startswith("`chat/availability`: `total` has had no samples since 2026-11-19 1")


def test_series_that_began_within_the_window(doctor: Doctor, held: tuple[str, str]) -> None:
    doctor.write(a=spec(window="14d"))
    code, report = doctor.visit(held[1])
    assert code == 0
    (found,) = [each for each in said(report) if each[0] == "AIR228"]
    assert found[1] == "info"
    assert "begin at about 2026-11-17" in found[2]


def test_a_source_can_be_looked_at_without_specs(doctor: Doctor, held: tuple[str, str]) -> None:
    code, report = doctor.visit(held[1], "prod")
    assert (code, report["data"]["sources"][0]["queries"]) == (0, [])
    code, report = doctor.visit("http://127.0.0.1:1", held[1])
    assert (code, [each["name"] for each in report["data"]["sources"]]) == (0, [held[1]])


RUNTIME: Final = "/api/v1/status/runtimeinfo"
BUILD: Final = "/api/v1/status/buildinfo"


def told(path: str, **data: str) -> dict[str, Any]:
    return {"path": path, "body": {"status": "success", "data": data}}


@pytest.mark.parametrize(
    ("rules", "product", "version"),
    [
        ([told(BUILD, application="Grafana Mimir", version="2.14.1")], "Grafana Mimir", "2.14.1"),
        ([told(BUILD, version="2.53.0"), told(RUNTIME, storageRetention="15d or 10GiB")], "Prometheus", "2.53.0"),
        (
            [
                told(BUILD, version="0.37.2"),
                {"path": RUNTIME, "status": 404, "body": b""},
                {"query": "1 default 2", "status": 400, "body": refusal("bad_data", "parse error")},
            ],
            "Thanos",
            "0.37.2",
        ),
    ],
)
def test_products_are_told_apart(doctor: Doctor, rules: list[dict[str, Any]], product: str, version: str) -> None:
    with faulty(scripted(rules)) as server:
        code, report = doctor.visit(server.url)
    (source,) = report["data"]["sources"]
    assert (code, source["product"], source["version"]) == (0, product, version)


def test_an_old_server_is_a_warning_and_a_short_retention_an_error(doctor: Doctor) -> None:
    doctor.write(a=spec(window="28d"))
    rules = [told(BUILD, version="2.30.0"), told(RUNTIME, storageRetention="15d")]
    with faulty(scripted(rules)) as server:
        code, report = doctor.visit(server.url)
    assert code == 1
    found = said(report)
    assert ("AIR227", "warning", "`prod` is Prometheus 2.30.0; 2.42 is the oldest that is supported") in found
    assert ("AIR228", "error", "`chat/availability` has a window of 28 d, and samples are kept for 15 d") in found


def test_scrapes_further_apart_than_slices(doctor: Doctor) -> None:
    def answering(asked: Asked) -> Reply:
        if asked.form.get("query", "").startswith("max(count_over_time("):
            hours = 6 if "5h59m59s999ms" in asked.form["query"] else 1
            body = healthy(asked).body
            body["data"]["result"][0]["value"][1] = str(hours * 3600 // 120)
            return Reply(body=body)
        return healthy(asked)

    doctor.write(a=spec(window="28d"))
    with faulty(answering) as server:
        code, report = doctor.visit(server.url)
    assert code == 1
    message = "`chat/availability`: `total` is scraped every 120 s, and its slices are 60 s long"
    assert ("AIR228", "error", message) in said(report)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(status=401, body=refusal("unauthorized", "who are you")), "AIR213"),
        (Reply(body=b"<html>login</html>"), "AIR216"),
    ],
)
def test_a_source_that_does_not_answer_is_undecided(doctor: Doctor, reply: Reply, code: str) -> None:
    doctor.write(a=spec())
    with faulty(reply) as server:
        exit_code, report = doctor.visit(server.url)
    assert (exit_code, [each[0] for each in said(report)]) == (3, [code])
    assert report["findings"][0]["location"]["path"] == "slo-specs/a.yaml"


def test_one_source_that_is_down_does_not_hide_another(doctor: Doctor, tmp_path: Path) -> None:
    (doctor.runner.cwd / "airectl.toml").write_text(f'[sources.down]\nurl = "http://127.0.0.1:{closed_port()}"\n')
    with faulty(healthy) as server:
        code, report = doctor.visit(server.url)
    assert code == 3
    sources = {each["name"]: each["answered_s"] is None for each in report["data"]["sources"]}
    assert sources == {"down": True, "prod": False}


def test_a_source_that_is_named_is_looked_at_alone(doctor: Doctor) -> None:
    (doctor.runner.cwd / "airectl.toml").write_text(f'[sources.down]\nurl = "http://127.0.0.1:{closed_port()}"\n')
    log = spec("other").replace("metricSourceRef: prod", "#").replace("type: Prometheus", "type: Events")
    doctor.write(a=spec(), b=log.replace("query:", "path: none.jsonl, where:"))
    with faulty(healthy) as server:
        code, report = doctor.visit(server.url, "prod")
    assert (code, [each["name"] for each in report["data"]["sources"]]) == (0, ["prod"])


def test_a_token_is_nowhere(doctor: Doctor) -> None:
    doctor.write(a=spec())
    with faulty(Reply(status=403, body=refusal("forbidden", "the token sesame-17 may not"))) as server:
        extra = {"AIRECTL_SOURCES_PROD_URL": server.url, "AIRECTL_SOURCES_PROD_TOKEN": "sesame-17"}
        out, err, code = doctor.runner.call(["doctor", "-v"], extra=extra)
        assert server.asked[0].headers.get("Authorization") == "Bearer sesame-17"
    assert code == 3
    assert b"sesame" not in out + err


def test_a_comment_silences_a_finding(doctor: Doctor, held: tuple[str, str]) -> None:
    text = spec(metric="request_total").replace(
        "spec: {query: 'sum(request_total{job=\"api\"})'}",
        "spec: {query: 'sum(request_total{job=\"api\"})'}  # airectl: ignore AIR229 until 2099-01-01: later",
    )
    doctor.write(a=text)
    code, report = doctor.visit(held[1])
    assert (code, [each[1] for each in said(report)]) == (0, ["info"])


def test_logs_are_counted(doctor: Doctor) -> None:
    rows = [{"timestamp": f"2026-11-20T0{hour}:00:00Z", "status": 200} for hour in range(3)]
    (doctor.runner.cwd / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    text = spec().replace("metricSourceRef: prod", "#").replace("type: Prometheus", "type: Events")
    text = text.replace(
        'spec: {query: \'sum(requests_total{job="api",code=~"5.."})\'}',
        "spec: {path: ../log.jsonl, where: status >= 500}",
    )
    text = text.replace("spec: {query: 'sum(requests_total{job=\"api\"})'}", "spec: {path: ../log.jsonl}")
    doctor.write(a=text)
    out, _, code = doctor.runner.call(["doctor", "-o", "json"])
    (source,) = json.loads(out)["data"]["sources"]
    assert (code, source["name"], source["url"]) == (0, "../log.jsonl", None)
    assert source["log"] == {
        "files": 1,
        "rows": 3,
        "unreadable_rows": 0,
        "first": "2026-11-20T00:00:00Z",
        "last": "2026-11-20T02:00:00Z",
    }


def test_a_log_that_is_not_there_could_not_be_asked(doctor: Doctor) -> None:
    text = spec().replace("metricSourceRef: prod", "#").replace("type: Prometheus", "type: Events")
    text = (
        text.replace("query:", "path: ../none.jsonl, where:").replace("sum(", "(").replace("requests_total", "status")
    )
    doctor.write(a=text)
    out, _, code = doctor.runner.call(["doctor", "-o", "json"])
    assert (code, [each["code"] for each in json.loads(out)["findings"]]) == (3, ["AIR201"])
