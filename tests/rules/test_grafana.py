"""Dashboards are valid by the schema that they name, and every panel shows something of the rules."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from jsonschema import Draft202012Validator

import servers
from airectl.core.naming import window_name
from airectl.promql.parse import parse
from airectl.rules import prometheus_file
from airectl.rules.generate import Options, generate
from airectl.rules.grafana import dashboard, files
from airectl.rules.model import Generated
from airectl.rules.tables import shipped
from airectl.spec.alerting import alerting
from airectl.spec.build import build
from airectl.spec.connections import Connections
from airectl.telemetry import catalogue
from spec_texts import read_file

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = ROOT / "tests" / "schemas" / "grafana-dashboard-36.json"
SERVICE: Final = "chat"
_VARIABLE: Final = re.compile(r"\$\{?(\w+)")
_HISTORY_S: Final = 3600
_SCRAPED_S: Final = 15
_WAIT_S: Final = 40


def generated(name: str = "chat-vllm.yaml") -> Generated:
    loaded = read_file(ROOT / "slo-specs" / name)
    slos = build(loaded.specs, Connections(), catalogue.load()).slos
    return generate(slos, Options(tables=shipped()), alerting(loaded.specs))


def made() -> Any:
    (text,) = files(generated()).values()
    return json.loads(text)


def queries(board: Any) -> Iterator[tuple[str, str]]:
    """Title and PromQL of every query, the variable taken as it is when all is chosen."""
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield f"{panel['title']} {target['refId']}", target["expr"].replace("$slo", ".+")


@pytest.mark.parametrize("name", [path.name for path in sorted((ROOT / "slo-specs").glob("*.yaml"))])
def test_every_dashboard_is_valid_by_the_schema(name: str) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    for text in files(generated(name)).values():
        assert [error.message for error in validator.iter_errors(json.loads(text))] == []


def test_the_schema_sees_a_misspelt_key() -> None:
    board = made()
    board["panels"][0]["fieldConfg"] = board["panels"][0].pop("fieldConfig")
    assert not Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).is_valid(board)


def test_one_dashboard_for_each_service() -> None:
    assert [*files(generated())] == ["dashboards/chat.json"]
    two = generated()
    other = replace(two, slos=(*two.slos, *generated("embeddings.yaml").slos))
    assert [*files(other)] == ["dashboards/chat.json", "dashboards/embeddings.json"]


def test_it_is_the_same_bytes_every_time_and_ids_are_its_own() -> None:
    assert files(generated()) == files(generated())
    board = made()
    assert board["uid"] != dashboard("embeddings", generated("embeddings.yaml").slos)["uid"]
    ids = [panel["id"] for panel in board["panels"]]
    assert ids == list(range(1, len(ids) + 1))


def test_panels_do_not_overlap_and_stay_on_the_page() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in made()["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_query_is_promql() -> None:
    found = list(queries(made()))
    assert len(found) > 15
    for title, query in found:
        assert parse(query), title


def test_queries_use_only_variables_that_there_are() -> None:
    board = made()
    known = {variable["name"] for variable in board["templating"]["list"]}
    assert known == {"datasource", "slo"}
    used = set(_VARIABLE.findall(json.dumps(board["panels"])))
    assert used <= known


def test_there_is_one_burn_rate_for_each_window_of_the_rules() -> None:
    (burn,) = (panel for panel in made()["panels"] if panel["title"] == "Burn rates by window")
    windows = {window_name(seconds) for rules in generated().slos for seconds in rules.windows_s}
    assert {target["legendFormat"].split()[-1] for target in burn["targets"]} == windows
    for alert in (each for rules in generated().slos for each in rules.alerts if each.fires):
        assert f"over {window_name(alert.long_s)} and {window_name(alert.short_s)}" in burn["description"]


def test_budget_is_green_orange_red_from_above() -> None:
    (left,) = (panel for panel in made()["panels"] if panel["title"] == "Least budget left")
    steps = left["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [(step["value"], step["color"]) for step in steps] == [(None, "red"), (0, "orange"), (0.25, "green")]


def test_runbooks_are_linked() -> None:
    links = [(link["title"], link["url"]) for link in made()["links"]]
    assert links == [("Runbooks: chat", "https://runbooks.example.com/chat/")]


def history(now: int) -> str:
    """An hour in which the service runs and answers nothing, up to now."""
    series = {
        'vllm:request_success_total{job="chat",finished_reason="error"}': 2.0,
        'vllm:request_success_total{job="chat",finished_reason="stop"}': 0.0,
        'vllm:time_to_first_token_seconds_bucket{job="chat",le="0.5"}': 0.0,
        'vllm:time_to_first_token_seconds_count{job="chat"}': 2.0,
        'vllm:inter_token_latency_seconds_bucket{job="chat",le="0.05"}': 0.0,
        'vllm:inter_token_latency_seconds_count{job="chat"}': 2.0,
    }
    lines = []
    for name, rate in series.items():
        lines.append(f"# TYPE {name.partition('{')[0]} unknown")
        lines += [f"{name} {rate * (s - now + _HISTORY_S):g} {s}" for s in range(now - _HISTORY_S, now, _SCRAPED_S)]
    return "\n".join([*dict.fromkeys(lines), "# EOF\n"])


CONFIG: Final = "global: {evaluation_interval: 1s}\nrule_files: ['*.rules.yaml']\n"


def answered(url: str, query: str) -> list[Any]:
    reply = httpx.get(f"{url}/api/v1/query", params={"query": query}, timeout=30, trust_env=False).json()
    assert reply["status"] == "success", (query, reply)
    found: list[Any] = reply["data"]["result"]
    return found


def test_every_panel_shows_data_of_a_prometheus_that_has_the_rules(tmp_path: Path) -> None:
    servers.need("prometheus", "promtool")
    folder = tmp_path / "prometheus"
    folder.mkdir()
    for name, text in prometheus_file.files(generated()).items():
        (folder / name).write_text(text, "utf-8")
    now = int(time.time())
    with servers.prometheus(folder, history(now), config=CONFIG) as url:
        end = time.monotonic() + _WAIT_S
        empty = dict(queries(made()))
        while empty and time.monotonic() < end:
            empty = {title: query for title, query in empty.items() if not answered(url, query)}
            time.sleep(0.5)
        assert empty == {}
        variable = httpx.get(f"{url}/api/v1/label/sloth_slo/values", timeout=30, trust_env=False).json()["data"]
        (least,) = answered(url, dict(queries(made()))["Least budget left A"])
        # A total outage of a 99.9 % objective has a thousand times the budget's errors.
        assert float(least["value"][1]) == pytest.approx(-999)
        shown = {column: float(found["value"][1]) for column in "ABCD"
                 for found in answered(url, dict(queries(made()))[f"SLOs {column}"])
                 if found["metric"]["sloth_slo"] == "chat-availability"}  # fmt: skip
        assert shown == pytest.approx({"A": 0.999, "B": 0, "C": -999, "D": 1000})
        assert variable == [rules.name for rules in sorted(generated().slos, key=lambda each: each.name)]


def test_victoriametrics_takes_every_query(tmp_path: Path) -> None:
    with servers.victoria(tmp_path / "victoria") as url:
        for _, query in queries(made()):
            answered(url, query)
