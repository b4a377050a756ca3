"""Whatever stands in whichever file a command reads: a documented exit code, no traceback, no dead process, no NaN."""

# ruff: noqa: E501  # a case a line is read best

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from airectl.registry import COMMANDS, Group
from demand_series import csv, hourly
from hostile_files import (
    JSON_TEXTS,
    TABLE_TEXTS,
    TEXTS,
    TOML_TEXTS,
    TOO_MUCH,
    YAML_TEXTS,
    json_with,
    table_with,
    yaml_with,
)
from many_calls import Called, called
from runner import Runner

ROOT: Final = Path(__file__).parents[2]
RUNS: Final = ROOT / "tests" / "load" / "runs"
PERIOD: Final = "--from 2026-11-20T10:00Z --to 2026-11-20T11:59Z --outage total --target 99.9%/30d --dry-run"
SPEC: Final = "service: chat\ntelemetry: vllm\nSLO:\n  availability: 99.9%\n  ttft: 500ms\n"
EVENTS: Final = """apiVersion: openslo/v1
kind: SLO
metadata:
  name: chat
spec:
  service: chat
  indicator:
    metadata: {name: chat}
    spec:
      ratioMetric:
        good: {metricSource: {type: Events, spec: {path: FILE, where: status < 500}}}
        total: {metricSource: {type: Events, spec: {path: FILE}}}
  timeWindow: [{duration: 1h, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
"""
SCENARIO: Final = """name: a
target: http://127.0.0.1:9
requests: 9
arrivals: {rate: 5, burstiness: 0.5}
workload:
  input: {distribution: lognormal, mean: 100, deviation: 50}
  output: 20
"""
PLAN: Final = """lead_time: 1d
accelerator: h100
budget_gpus: 16
services:
  - name: chat
    model: llama
    file: demand.csv
    capacity: 12
    replicas: 6
"""
PRICES: Final = 'date: "2026-11-01"\ncurrency: EUR\naccelerators:\n  h100: {on_demand: 4.10, spot: 1.5}\n'
WINDOWS: Final = (ROOT / "airectl" / "data" / "windows" / "google-30d.yaml").read_text("utf-8")
PROFILE: Final = (ROOT / "airectl" / "data" / "profiles" / "h100-llama-8b.yaml").read_text("utf-8")
PROMPTS: Final = "prompts:\n  - name: a\n    prompt: What is 2 + 2?\n    max_tokens: 7\n    expect: {contains: '4'}\n"
PAGE: Final = """# HELP vllm:request_success_total Count.
# TYPE vllm:request_success_total counter
vllm:request_success_total{model_name="llama",finished_reason="stop"} 5
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{model_name="llama",le="0.5"} 3
vllm:time_to_first_token_seconds_bucket{model_name="llama",le="+Inf"} 5
vllm:time_to_first_token_seconds_sum{model_name="llama"} 1.5
vllm:time_to_first_token_seconds_count{model_name="llama"} 5
"""
RULES: Final = """groups:
  - name: chat
    interval: 1m
    rules:
      - record: a:b
        expr: sum(rate(http_requests_total[5m]))
      - alert: Burns
        expr: a:b > 5
        for: 2m
        labels: {severity: page}
        annotations: {runbook_url: "https://example.com/chat"}
"""
DASHBOARD: Final = {
    "title": "chat",
    "panels": [
        {"type": "timeseries", "title": "a", "targets": [{"expr": "sum(up)", "datasource": {"type": "prometheus"}}]}
    ],
    "templating": {"list": [{"name": "job", "type": "query", "query": "label_values(up, job)"}]},
}
CONFIG: Final = """[sources.prod]
url = "http://127.0.0.1:9"
token_env = "A_TOKEN"
timeout = "3s"
[postmortems]
path = "postmortems"
[runbooks]
path = "runbooks"
[loadtest]
allow = ["*.example.com"]
max_rate = 100
[probes.chat]
url = "http://127.0.0.1:9"
"""
REPORT: Final = {
    "schema": "airectl/report/v1",
    "generated_at": "2026-11-18T09:00:00Z",
    "data": {
        "capacity": {"rps": {"low": 21.5, "high": 22.6}, "output_tokens_per_s": {"low": 4300.0, "high": None},
                     "accelerator": "NVIDIA H100 80GB HBM3", "accelerators": 2},
        "model": "llama",
        "objectives": [{"objective": "chat/ttft", "threshold_s": 0.5}],
    },
}  # fmt: skip
TOKENIZER: Final = {
    "version": "1.0",
    "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"},
    "pre_tokenizer": {"type": "Whitespace"},
}
ALERTS: Final = [
    {
        "labels": {"alertname": "ChatBurn", "severity": "page"},
        "annotations": {"summary": "budget burns"},
        "startsAt": "2026-11-20T11:00:00Z",
        "endsAt": "2026-11-20T11:30:00Z",
        "generatorURL": "http://prometheus.example.com/graph",
        "status": {"state": "active"},
    }
]
MATRIX: Final = {
    "status": "success",
    "data": {
        "resultType": "matrix",
        "result": [
            {"metric": {"__name__": "ALERTS", "alertname": "A", "alertstate": "firing"}, "values": [[1795173000, "1"]]}
        ],
    },
}
PAGERDUTY: Final = {
    "log_entries": [
        {"type": "trigger_log_entry", "created_at": "2026-11-20T11:02:00Z", "incident": {"summary": "burns"},
         "agent": {"summary": "A Person"}, "channel": {"summary": "x"}}
    ]
}  # fmt: skip
OPSGENIE: Final = {
    "data": [
        {"message": "burns", "priority": "P1", "status": "closed", "acknowledged": True,
         "createdAt": "2026-11-20T11:02:00.000Z", "report": {"ackTime": 180000, "closeTime": 528000}}
    ]
}  # fmt: skip
STATUSPAGE: Final = {
    "incidents": [
        {"name": "Errors", "impact": "major", "shortlink": "https://stspg.io/x", "backfilled": False,
         "incident_updates": [{"status": "investigating", "body": "We look.", "created_at": "2026-11-20T11:03:00Z",
                               "display_at": "2026-11-20T11:02:00Z"}]}
    ]
}  # fmt: skip
SLACK: Final = {
    "messages": [{"type": "message", "ts": "1795173000.000100", "user": "U1", "text": "<@U2> see <https://x|y>"}]
}
LOG: Final = "timestamp,status,latency_s\n2026-11-20T11:30:00Z,200,0.2\n2026-11-20T11:31:00Z,503,0.4\n"
TRACE: Final = "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-11-16 18:15:46.68,374,44\n2026-11-16 18:15:50,396,109\n"
JSONL_LOG: Final = '{"timestamp": "2026-11-20T11:30:00Z", "status": 200}\n{"timestamp": 1795174300, "status": 503}\n'
PROMPT_ROWS: Final = (
    '{"prompt": "What is an SLO?", "output_tokens": 5}\n{"messages": [{"role": "user", "content": "a"}]}\n'
)
POSTMORTEM: Final = (ROOT / "tests" / "codes" / "AIR640" / "bad.md").read_text("utf-8")
TEMPLATE: Final = (
    "---\nname: mine\ntitle: Mine\n---\n# {{ incident.title }}\n\n{% for row in timeline %}{{ row.at }}{% endfor %}\n"
)
DEMAND: Final = csv(hourly(2)).decode()


@dataclass(frozen=True, slots=True)
class Reader:
    """A file that commands read: its name, what is good in it, and how to ask for it. `{}` is the file's name."""

    file: str
    good: Any
    lines: Sequence[str]


READERS: Final = {
    "spec": Reader("x.yaml", SPEC, [
        "validate {}", "check {} --offline", "budget {} --offline", "rules generate {} -q", "convert {} -q",
        "watch {} --count 1", "runbook generate {} --out runbooks --dry-run", "completion values slos", "doctor --specs {}",
        "postmortem new --from 2026-11-20T10:00Z --to 2026-11-20T11:59Z --offline --dry-run --specs {}",
    ]),
    "openslo": Reader("x.yaml", EVENTS.replace("FILE", "log.csv"), ["validate {}", "check {} --at 2026-11-20T12:00Z"]),
    "windows": Reader("x.yaml", WINDOWS, ["rules generate slo.yaml -q --windows {}"]),
    "rules": Reader("x.yaml", RULES, ["rules diff {} slo.yaml", "metrics lint page.txt --rules {}"]),
    "dashboard": Reader("x.json", DASHBOARD, ["metrics lint page.txt --dashboards {}"]),
    "page": Reader("x.txt", PAGE, ["metrics lint {} --specs slo.yaml", "init --from {} --service a --out -"]),
    "golden prompts": Reader("x.yaml", PROMPTS, ["probe http://127.0.0.1:9 --timeout 1s --prompts {}"]),
    "profile": Reader("x.yaml", PROFILE, [
        "simulate run --dry-run --profile {}",
        "forecast demand.csv --profile {} --input-tokens 100 --output-tokens 50 --ttft 1s --step 1h --horizon 1d",
    ]),
    "config": Reader("airectl.toml", CONFIG, ["config show", "validate slo.yaml", "check slo.yaml --offline"]),
    "scenario": Reader("x.yaml", SCENARIO, ["loadtest presets {}", "loadtest run {} --dry-run"]),
    "prompt rows": Reader("x.jsonl", PROMPT_ROWS, ["loadtest run http://127.0.0.1:9 --dry-run --prompts {}"]),
    "trace": Reader("x.csv", TRACE, [
        "loadtest run http://127.0.0.1:9 --dry-run --trace {}", "forecast {} --trace --horizon 1d --capacity 5",
    ]),
    "tokenizer": Reader("x.json", TOKENIZER, ["loadtest run http://127.0.0.1:9 --dry-run --tokenizer {}"]),
    "manifest": Reader("run/run.json", json.loads((RUNS / "chat" / "run.json").read_text("utf-8")), [
        "loadtest report run --ttft-p99 1s", "loadtest compare run slow", "budget slo.yaml --run run",
        "postmortem new --run run --specs slo.yaml --dry-run --offline",
    ]),
    "end of a run": Reader("run/end.json", json.loads((RUNS / "chat" / "end.json").read_text("utf-8")), [
        "loadtest report run --ttft-p99 1s", "loadtest compare slow run",
    ]),
    "client of a run": Reader("run/client-000.jsonl", (RUNS / "chat" / "client-000.jsonl").read_text("utf-8"), [
        "loadtest report run", "loadtest compare run slow",
    ]),
    "server of a run": Reader("run/server.jsonl", '{"t_s": 1.0, "from": "http://x", "samples": {"a": 1}}\n', [
        "loadtest report run",
    ]),
    "report of a run": Reader("run/report.json", REPORT, ["forecast demand.csv --horizon 1d --capacity run"]),
    "calibration": Reader("x.json", {"data": {"host_error_s": {"ttft_s": 0.2, "e2e_s": 0.2, "itl_s": None}}}, ["loadtest compare run slow --calibration {}"]),
    "demand": Reader("x.csv", DEMAND, ["forecast {} --horizon 2d --capacity 12 --lead-time 1d"]),
    "demand in JSON": Reader("x.jsonl", '{"time": "2026-11-01", "v": 1}\n' * 3, ["forecast {} --horizon 1d"]),
    "demand in Parquet": Reader("x.parquet", None, ["forecast {} --horizon 1d"]),
    "plan": Reader("x.yaml", PLAN, ["forecast {} --horizon 1d"]),
    "prices": Reader("x.yaml", PRICES, ["forecast demand.csv --horizon 1d --capacity 12 --accelerator h100 --prices {}"]),
    "capacity": Reader("x.json", REPORT, ["forecast demand.csv --horizon 1d --capacity {}"]),
    "saved": Reader("x.json", json.loads((ROOT / "tests" / "cli" / "saved" / "check.json").read_text("utf-8")), ["report {}"]),
    "postmortem": Reader("postmortems/x.md", POSTMORTEM, [
        "postmortem check {}", "postmortem stats {}", "postmortem export {} -q", "check slo.yaml --offline",
    ]),
    "template": Reader("x.md", TEMPLATE, [f"postmortem new {PERIOD} --template {{}}"]),
    "alerts": Reader("x.json", ALERTS, [f"postmortem new {PERIOD} --alerts {{}}"]),
    "series of alerts": Reader("x.json", MATRIX, [f"postmortem new {PERIOD} --alerts {{}}"]),
    "pagerduty": Reader("x.json", PAGERDUTY, [f"postmortem new {PERIOD} --pagerduty {{}}"]),
    "opsgenie": Reader("x.json", OPSGENIE, [f"postmortem new {PERIOD} --opsgenie {{}}"]),
    "statuspage": Reader("x.json", STATUSPAGE, [f"postmortem new {PERIOD} --statuspage {{}}"]),
    "slack": Reader("x.json", SLACK, [f"postmortem new {PERIOD} --slack {{}}"]),
    "runbook": Reader("runbooks/chat/availability.md", None, [
        "runbook check runbooks --specs slo.yaml", "runbook generate slo.yaml --out runbooks --dry-run",
        "runbook generate slo.yaml --out runbooks --check",
    ]),
    "log in CSV": Reader("log.csv", LOG, ["check events.yaml --at 2026-11-20T12:00Z", "check events.yaml --at 2026-11-20T12:00Z --offline"]),
    "log in JSON": Reader("log.jsonl", JSONL_LOG, ["check jsonl.yaml --at 2026-11-20T12:00Z"]),
    "records": Reader("run/requests-000.bin", None, ["loadtest report run", "loadtest compare run slow"]),
}  # fmt: skip
# As many odd contents of each kind; `make fuzz` asks for more.
EXAMPLES: Final = int(os.environ.get("AIRECTL_FUZZ_EXAMPLES", "8"))
# Those that read no file, but what stands in the installation, and those whose files are other commands' above.
WITHOUT: Final = frozenset((
    "demo", "loadtest calibrate", "loadtest worker", "postmortem classes", "schema", "explain", "cache show",
    "cache clear", "completion script", "help", "simulate profiles",
))  # fmt: skip


def folder(airectl: Runner) -> Path:
    """What all the commands find where they run."""
    cwd = airectl.cwd
    for name in ("chat", "slow"):
        shutil.copytree(RUNS / name, cwd / {"chat": "run"}.get(name, name))
    for name in ("postmortems", "runbooks/chat"):
        (cwd / name).mkdir(parents=True)
    (cwd / "slo.yaml").write_text(SPEC)
    (cwd / "page.txt").write_text(PAGE)
    (cwd / "log.csv").write_text(LOG)
    (cwd / "events.yaml").write_text(EVENTS.replace("FILE", "log.csv"))
    (cwd / "jsonl.yaml").write_text(EVENTS.replace("FILE", "log.jsonl"))
    (cwd / "demand.csv").write_text(DEMAND)
    (cwd / "airectl.toml").write_text('[postmortems]\npath = "postmortems"\n')
    return cwd


def contents(reader: Reader, rng: random.Random, count: int) -> Iterator[bytes]:
    """What the file of a reader holds, time after time."""
    if isinstance(reader.good, str):
        yield reader.good.encode()
        made: Callable[[str, random.Random, int], Iterator[bytes]] = table_with if "csv" in reader.file else yaml_with
        own = TABLE_TEXTS if "csv" in reader.file else TOML_TEXTS if "toml" in reader.file else YAML_TEXTS
        yield from made(reader.good, rng, count)
        yield from rng.sample(own, min(count // 3, len(own)))
    elif reader.good is not None:
        yield json.dumps(reader.good).encode()
        yield from json_with(reader.good, rng, count)
        yield from rng.sample(JSON_TEXTS, min(count // 3, len(JSON_TEXTS)))
    yield from rng.sample(TEXTS, min(count // 3, len(TEXTS)))
    yield from TOO_MUCH


def asked(name: str, airectl: Runner, seed: str, count: int) -> list[tuple[bytes, Called]]:
    """Every content of a reader's file, and what a command said of it."""
    cwd, reader = folder(airectl), READERS[name]
    held = list(contents(reader, random.Random(seed), count))  # noqa: S311  # the same files for the same seed
    calls = [(line, number) for number in range(len(held)) for line in _lines(reader, number)]
    for number, content in enumerate(held):
        (cwd / "held").mkdir(exist_ok=True)
        (cwd / "held" / str(number)).write_bytes(content)
    args = [
        ["copy", f"held/{number}", reader.file, *line.format(reader.file).split(), "-o", "json"]
        for line, number in calls
    ]
    # Probes alone ask somebody: nobody, at port 9.
    environ = {**airectl.environ, "PYTHONPATH": ""} if name == "golden prompts" else airectl.environ
    return [(held[number], each) for (_, number), each in zip(calls, called(args, cwd, environ), strict=True)]


def _lines(reader: Reader, number: int) -> Sequence[str]:
    """All lines for what is good, and one in turn for each content that is not."""
    return reader.lines if number == 0 else [reader.lines[number % len(reader.lines)]]


def no_constant(text: str) -> None:
    raise AssertionError(f"{text} in JSON")


def hold(name: str, airectl: Runner, seed: str, count: int) -> None:
    """What is good is read; whatever stands there, it ends as documented."""
    reader = READERS[name]
    for number, (content, each) in enumerate(asked(name, airectl, seed, count)):
        seen = f"{' '.join(each.args)}: {content[:300]!r}: {each.stdout[-600:]}{each.stderr[-600:]}"
        good = reader.good is not None and number < len(reader.lines)
        assert each.code in ((0, 1, 3) if good else (0, 1, 2, 3)), seen
        assert "Traceback" not in each.stdout + each.stderr, seen
        if each.stdout.startswith("{"):
            json.loads(each.stdout, parse_constant=no_constant)


@pytest.mark.parametrize("name", READERS)
def test_a_file_of_anything(name: str, airectl: Runner) -> None:
    hold(name, airectl, name, EXAMPLES)


@pytest.mark.parametrize("name", sorted({name for name, reader in READERS.items() if "{}" in "".join(reader.lines)}))
def test_a_name_that_no_file_can_have(name: str, airectl: Runner) -> None:
    reader = READERS[name]
    long = "a" * 300 + Path(reader.file).suffix
    folder(airectl)
    for line in reader.lines:
        _, stderr, code = replace(airectl, loopback=True).call([*line.format(long).split(), "-q"])
        assert code in (0, 1, 2, 3), f"{line}: {stderr.decode()}"


def test_every_command_is_here() -> None:
    paths = [f"{name} {below}" for name, each in COMMANDS.items() if isinstance(each, Group) for below in each.entries]
    paths += [name for name, each in COMMANDS.items() if not isinstance(each, Group)]
    lines = [f"{line} " for reader in READERS.values() for line in reader.lines]
    assert [path for path in paths if not any(line.startswith(f"{path} ") for line in lines)] == sorted(
        WITHOUT, key=paths.index
    )
