"""The budget that a real Prometheus records by the rules, beside that of `airectl budget` on the same samples."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import yaml

import generated_rules
import servers
from airectl.core.naming import (
    ERROR_BUDGET,
    ERROR_RATE,
    PERIOD_BUDGET_REMAINING,
    PERIOD_BURN_RATE,
    SLICE_ERROR,
    TOTAL_RATE,
    error_ratio,
)
from runner import Runner
from scraped_histories import Track, openmetrics

DAY_S: Final = 86_400
# 2026-11-20T12:00:00Z
END_S: Final = 1_795_176_000
AT: Final = "2026-11-20T12:00:00Z"
DAYS: Final = 3
WINDOW_S: Final = 2 * DAY_S
SCRAPED_S: Final = 30
EVERY_S: Final = 60
# A recording that uses another one sees it in the next pass. Of what is no sum over the window the end will do.
PASSES: Final = (
    (WINDOW_S + 600, {TOTAL_RATE, SLICE_ERROR}),
    (WINDOW_S + 600, {ERROR_RATE}),
    (600, {error_ratio(WINDOW_S), ERROR_BUDGET}),
    (600, {PERIOD_BURN_RATE}),
    (600, {PERIOD_BUDGET_REMAINING}),
)
AGREED: Final = 0.001

SPEC: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: chat
  indicator:
    metadata: {{name: {name}}}
    spec: {{ratioMetric: {{counter: true, {part}: {query}, total: {total}}}}}
  timeWindow: [{{duration: 2d, isRolling: true}}]
  budgetingMethod: {method}
  objectives: [{{target: 0.99{slices}}}]
"""
GOOD: Final = 'sum(requests_total{code!~"5.."})'
BAD: Final = 'sum(requests_total{code=~"5.."})'
TOTAL: Final = "sum(requests_total)"
CASES: Final = {
    "good": ("good", GOOD, "Occurrences", ""),
    "bad": ("bad", BAD, "Occurrences", ""),
    "slices": ("good", GOOD, "Timeslices", ", timeSliceTarget: 0.9, timeSliceWindow: 1m"),
    "ratios": ("bad", BAD, "RatioTimeslices", ", timeSliceWindow: 5m"),
}


def query(text: str) -> str:
    return "{metricSource: {type: Prometheus, spec: {query: '" + text + "'}}}"


def spec(name: str) -> str:
    part, text, method, slices = CASES[name]
    return SPEC.format(name=name, part=part, query=query(text), total=query(TOTAL), method=method, slices=slices)


def tracks() -> list[Track]:
    """Two pods: busy days, nights without a request, errors in bursts, restarts."""
    rng = random.Random(20_261_120)  # noqa: S311  # a history that is the same in every run
    pods = {pod: {code: Track({"instance": pod, "code": code}) for code in ("200", "500")} for pod in "ab"}
    values = {(pod, code): 0 for pod in pods for code in ("200", "500")}
    for number, time in enumerate(range(END_S - DAYS * DAY_S, END_S + 1, SCRAPED_S)):
        hour, minute = time % DAY_S // 3600, time // 60
        if number % 3001 == 0:
            values["a", "200"] = values["a", "500"] = 0
        for pod, series in pods.items():
            busy = 0 if 2 <= hour < 5 else rng.randrange(5, 9) if hour < 8 else rng.randrange(40, 70)
            failing = busy and (minute % 180 < 7 or minute % 1440 in range(600, 640))
            bad = busy // 3 if failing else int(rng.random() < 0.05) if busy else 0
            values[pod, "200"] += busy - bad
            values[pod, "500"] += bad
            for code, track in series.items():
                track.samples.append((time, values[pod, code]))
    return [track for series in pods.values() for track in series.values()]


@dataclass(frozen=True)
class Recorded:
    """A Prometheus that holds the samples and what the rules make of them."""

    url: str


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    servers.need("prometheus", "promtool")
    folder = tmp_path_factory.mktemp("recorded")
    rules = folder / "rules"
    rules.mkdir()
    generated_rules.write(rules, generated_rules.of_text("---\n".join(spec(name) for name in CASES)))
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(rules.glob("*.rules.yaml"))]
    history = openmetrics(tracks())
    for length_s, names in PASSES:
        of_pass = folder / "pass.yaml"
        of_pass.write_text(yaml.safe_dump({"groups": list(_groups(documents, names))}), "utf-8")
        with servers.prometheus(folder / "server", history) as url:
            _backfill(folder / "made", of_pass, url, END_S - length_s)
        # Not while the server runs: it compacts and deletes blocks, and these are not its own.
        for block in (folder / "made").iterdir():
            block.rename(folder / "server" / "data" / block.name)
        history = ""
    with servers.prometheus(folder / "server") as url:
        yield Recorded(url)


def _groups(documents: list[Any], names: Collection[str]) -> Iterator[dict[str, Any]]:
    """The groups with those recordings; their interval would come before that of the command."""
    for document in documents:
        for group in document["groups"]:
            rules = [rule for rule in group["rules"] if rule.get("record") in names]
            if rules:
                yield {"name": group["name"], "rules": rules}


def _backfill(made: Path, rules: Path, url: str, start_s: int) -> None:
    """Blocks of what the rules record, evaluated by the server, for its next start."""
    made.mkdir(exist_ok=True)
    command = ["promtool", "tsdb", "create-blocks-from", "rules", f"--url={url}", f"--start={start_s}"]
    command += [f"--end={END_S}", f"--eval-interval={EVERY_S}s", f"--output-dir={made}"]
    done = subprocess.run([*command, str(rules)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def value(url: str, text: str) -> float:
    asked = httpx.get(f"{url}/api/v1/query", params={"query": text, "time": END_S}, timeout=60, trust_env=False)
    (result,) = asked.json()["data"]["result"]
    return float(result["value"][1])


@pytest.fixture
def online(airectl: Runner) -> Runner:
    return Runner(cwd=airectl.cwd, home=airectl.home, loopback=True)


def budget(runner: Runner, name: str, url: str) -> dict[str, Any]:
    (runner.cwd / "slo.yaml").write_text(spec(name))
    stdout, stderr, _ = runner.call(["budget", "slo.yaml", "--at", AT, "-o", "json", "--source", url])
    assert stderr == b"", stderr.decode()
    found: dict[str, Any] = json.loads(stdout)["data"]["slos"][0]
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_recorded_budget_is_that_of_airectl(recorded: Recorded, online: Runner, name: str) -> None:
    known = budget(online, name, recorded.url)["budget_consumed_ratio"]
    assert known > 0.5
    consumed = value(recorded.url, f'slo:period_burn_rate:ratio{{sloth_slo="{name}"}}')
    left = value(recorded.url, f'slo:period_error_budget_remaining:ratio{{sloth_slo="{name}"}}')
    assert consumed == pytest.approx(known, rel=AGREED)
    assert left == pytest.approx(1 - known, abs=known * AGREED)
