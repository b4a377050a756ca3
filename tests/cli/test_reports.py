"""The JSON of every command follows the shipped schema, and the same input gives the same bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from airectl.registry import COMMANDS, Group
from demand_series import growing_demand
from runner import Runner

ROOT: Final = Path(__file__).parents[2]
# At least one line for each command, and one for each kind of answer it has.
LINES: Final = (
    "demo --dry-run",
    "init --telemetry vllm --service support --ttft 500ms --dry-run",
    "init --telemetry triton --service ranking --out other --force",
    "validate slo-specs",
    "validate slo-specs nowhere.yaml",
    "check slo-specs --at 2026-11-09",
    "check slo-specs --offline --on-unknown warn",
    "budget slo-specs --at 2026-11-09",
    "budget slo-specs/demo-chat.yaml --at 2026-11-09 --explain",
    "rules generate slo-specs/chat-vllm.yaml --out rules --dashboards grafana --alertmanager",
    "rules diff slo-specs/chat-vllm.yaml slo-specs/embeddings.yaml --fail-on-weaker",
    "watch slo-specs/demo-chat.yaml --count 1",
    "report saved.json",
    "completion script bash -q -o json=report.json",
    "completion values slos -q -o json=report.json",
    "postmortem check postmortems",
    "postmortem stats postmortems",
    "postmortem export postmortems --actions jira -q -o json=report.json",
    "runbook generate slo-specs --out runbooks",
    "runbook check runbooks --specs slo-specs",
    "convert slo-specs/quickstart.yaml --out out.yaml",
    "metrics lint --specs slo-specs",
    "metrics lint nowhere.txt --rules slo-specs",
    "probe http://127.0.0.1:9 --timeout 1s",
    "doctor --specs slo-specs/demo-chat.yaml",
    "postmortem new --from 2026-11-04T00:00Z --to 2026-11-05T12:00Z --specs slo-specs/demo-chat.yaml --dry-run",
    "postmortem new --from 2025-06-12T17:52Z --to 2025-06-12T20:20Z --outage total --target 99.9%/30d --dry-run",
    "postmortem classes",
    "postmortem classes drift",
    "forecast demand.csv --capacity 12 --replicas 6 --lead-time 8w",
    "forecast nowhere.csv",
    "loadtest report airectl-runs/chat --specs slo-specs --ttft-p99 500ms",
    "loadtest compare airectl-runs/chat airectl-runs/slow",
    "budget slo-specs --run airectl-runs/chat",
    "loadtest run http://127.0.0.1:9 --dry-run --ttft-p99 1s",
    "loadtest worker --master 127.0.0.1:9 --wait 100ms",
    "simulate profiles",
    "simulate run --dry-run",
    "loadtest calibrate --dry-run --streams 50 --tokens-per-second 2000",
    "loadtest presets",
    "loadtest presets chat rag",
    "cache show",
    "cache clear",
    "schema --quiet -o json=report.json",
    "explain",
    "explain AIR014",
    "explain slo.spec.objectives",
    "explain airectl.dev/owner",
    "explain xid",
    "explain xid 79",
    "help",
    "help exit-codes",
    "config show",
)


def place(folder: Path) -> None:
    """What the lines speak of."""
    shutil.copytree(ROOT / "slo-specs", folder / "slo-specs", dirs_exist_ok=True)
    shutil.copytree(ROOT / "airectl" / "data" / "demo", folder / "airectl" / "data" / "demo", dirs_exist_ok=True)
    shutil.copy(Path(__file__).parent / "saved" / "check.json", folder / "saved.json")
    shutil.copytree(ROOT / "tests" / "load" / "runs", folder / "airectl-runs", dirs_exist_ok=True)
    (folder / "demand.csv").write_bytes(growing_demand())
    (folder / "postmortems").mkdir(exist_ok=True)
    shutil.copy(ROOT / "tests" / "codes" / "AIR640" / "bad.md", folder / "postmortems")


def report(airectl: Runner, line: str) -> bytes:
    """The JSON report of a command line, from stdout or from report.json."""
    place(airectl.cwd)
    if "report.json" in line:
        airectl.call(line.split())
        return (airectl.cwd / "report.json").read_bytes()
    # Nothing listens on port 9: whoever is asked there refuses.
    return replace(airectl, loopback=True).call([*line.split(), "-o", "json"])[0]


@pytest.mark.parametrize("line", LINES)
def test_the_report_follows_its_schema(line: str, airectl: Runner, report_schema: dict[str, Any]) -> None:
    said = json.loads(report(airectl, line))
    jsonschema.Draft202012Validator(report_schema).validate(said)
    assert f"{line} ".startswith(f"{said['command']} ")


@pytest.mark.parametrize("line", LINES)
def test_the_report_is_the_same_again(line: str, airectl: Runner) -> None:
    assert report(airectl, line) == report(airectl, line)


def test_every_command_is_asked() -> None:
    paths = [f"{name} {below}" for name, each in COMMANDS.items() if isinstance(each, Group) for below in each.entries]
    paths += [name for name, each in COMMANDS.items() if not isinstance(each, Group)]
    assert [path for path in paths if not any(f"{line} ".startswith(f"{path} ") for line in LINES)] == []


@pytest.mark.parametrize(
    "environment", [{"TZ": "Pacific/Kiritimati"}, {"LC_ALL": "C"}, {"PYTHONHASHSEED": "7"}, {"TZ": "America/St_Johns"}]
)
def test_zone_locale_and_hash_seed_change_nothing(environment: dict[str, str], airectl: Runner) -> None:
    shutil.copytree(ROOT / "slo-specs", airectl.cwd / "slo-specs")
    shutil.copytree(ROOT / "airectl" / "data" / "demo", airectl.cwd / "airectl" / "data" / "demo")
    line = "airectl check slo-specs --at 2026-11-09 -o json | cat"
    given = " ".join(f"{name}={value}" for name, value in environment.items())
    expected, seen = airectl.run(line), airectl.run(f"{given} {line}")
    assert expected.stdout
    assert (seen.stdout, seen.code) == (expected.stdout, expected.code)
