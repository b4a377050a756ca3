"""`airectl postmortem new`, run as a user would run it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from airectl.core.incident.blanks import blanks
from airectl.incident import markdown
from airectl.runs import manifest
from load_requests import answered
from run_folders import manifest as run_manifest
from run_folders import write_run
from runner import Runner

ROOT: Final = Path(__file__).parents[2]
DEMO: Final = ("--from", "2026-11-04T00:00Z", "--to", "2026-11-05T12:00Z", "--specs", "slo-specs/demo-chat.yaml")
OUTAGE: Final = ("--outage", "total", "--target", "99.9%/30d")
RUN_SPEC: Final = """\
apiVersion: openslo/v1
kind: Service
metadata: {name: chat}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: first, annotations: {airectl.dev/signal: ttft, airectl.dev/threshold: 500ms}}
spec:
  service: chat
  indicator:
    metadata: {name: first}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'sum(ttft_bucket{le="0.5"})'}}}
        total: {metricSource: {type: Prometheus, spec: {query: sum(ttft_count)}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: first token, target: 0.95}]
"""
CLOUDFLARE: Final = ("--from", "2025-06-12T17:52Z", "--to", "2025-06-12T20:20Z")


@pytest.fixture
def demo(airectl: Runner) -> Runner:
    """The shipped specs and their logs."""
    shutil.copytree(ROOT / "slo-specs", airectl.cwd / "slo-specs")
    shutil.copytree(ROOT / "airectl/data/demo", airectl.cwd / "airectl/data/demo")
    return airectl


def new(airectl: Runner, *args: str, code: int = 0) -> dict[str, Any]:
    """The data of its report."""
    stdout, stderr, found = airectl.call(["postmortem", "new", *args, "-o", "json"])
    assert found == code, stderr.decode()
    said: dict[str, Any] = json.loads(stdout)
    return said


def refused(airectl: Runner, *args: str) -> str:
    """What it says where it cannot go on; nothing is written."""
    before = sorted(airectl.cwd.rglob("*"))
    stdout, stderr, code = airectl.call(["postmortem", "new", *args])
    assert (stdout, code) == (b"", 2)
    assert sorted(airectl.cwd.rglob("*")) == before
    return stderr.decode()


def document(airectl: Runner, path: str) -> str:
    return (airectl.cwd / path).read_text("utf-8")


@pytest.mark.parametrize(
    ("start", "end", "percent"),
    [
        ("2024-12-11T15:16-08:00", "2024-12-11T19:38-08:00", 6.0648),
        ("2025-06-12T17:52Z", "2025-06-12T20:20Z", 3.4259),
    ],
    ids=["OpenAI 2024-12-11", "Cloudflare 2025-06-12"],
)
def test_published_outages_as_if_total(start: str, end: str, percent: float, airectl: Runner) -> None:
    data = new(airectl, "--from", start, "--to", end, *OUTAGE, "--out", "pm.md")["data"]
    (budget,) = data["budgets"]
    assert budget["consumed_ratio"] == pytest.approx(percent, abs=5e-5)
    assert budget["basis"] == "upper bound"
    text = document(airectl, "pm.md")
    assert f"{percent * 100:.1f} %" in text
    assert "upper bound, as if the outage had been total" in text


def test_a_share_is_computed_and_never_copied(airectl: Runner) -> None:
    # Llama 3: 148 of 419 interruptions, of which a table says 30.1 %.
    data = new(airectl, *CLOUDFLARE, "--outage", "148/419", "--target", "90%/28d", "--dry-run")["data"]
    (budget,) = data["budgets"]
    assert budget["basis"] == "estimate"
    assert budget["bad"] / (148 * 60) == pytest.approx(0.353, abs=5e-4)


def test_budgets_and_times_of_the_demo_incident(demo: Runner) -> None:
    said = new(demo, *DEMO)
    data = said["data"]
    assert said["findings"] == []
    # As the README of the demo's logs has it: slow from 06:00 to 06:00, an outage from 13:00 to 17:00.
    assert {each["slo"]: round(each["consumed_ratio"], 2) for each in data["budgets"]} == {
        "demo-chat/ttft": 0.99,
        "demo-chat/availability": 0.78,
    }
    assert data["markers"]["degraded"] == {
        "at": "2026-11-04T06:03:00Z", "granularity": "minute", "proposed": True,
        "source": "first slice of demo-chat/ttft that is worse than its target",
    }  # fmt: skip
    assert data["markers"]["recovered"]["at"] == "2026-11-05T05:36:00Z"
    assert data["markers"]["detected"] is None
    assert data["metrics"]["ttr_s"] == (23 * 60 + 33) * 60
    assert sorted(path.name for path in (demo.cwd / "postmortems").iterdir()) == [
        "2026-11-04-demo-chat-availability-burn.svg",
        "2026-11-04-demo-chat-availability-timeline.svg",
        "2026-11-04-demo-chat-availability.md",
    ]


def test_what_was_burned_is_what_the_budget_says(demo: Runner) -> None:
    (burned,) = new(demo, *DEMO, "--slo", "demo-chat/availability", "--dry-run")["data"]["budgets"]
    stdout, _, _ = demo.call(["budget", "slo-specs", "--slo", "demo-chat/availability", "--at", "2026-11-05T12:00Z",
                              "-o", "json"])  # fmt: skip
    (budget,) = json.loads(stdout)["data"]["slos"]
    assert burned["counted"] == budget["valid_events"]
    assert burned["left_ratio"] == pytest.approx(budget["budget_remaining_ratio"])
    assert burned["consumed_ratio"] == pytest.approx(burned["bad"] / (0.01 * burned["counted"]))
    assert burned["bad"] <= budget["bad_events"]


def test_marks_that_a_person_gives_are_not_proposed(demo: Runner) -> None:
    marks = [
        "--mark",
        "degraded=2026-11-04T13:00Z",
        "--mark",
        "recovered=2026-11-04T17:00Z",
        "--mark",
        "declared=2026-11-04",
    ]
    data = new(demo, *DEMO, "--slo", "demo-chat/availability", *marks, "--dry-run")["data"]
    assert [data["markers"][each]["proposed"] for each in ("degraded", "recovered", "declared")] == [False] * 3
    assert data["markers"]["declared"]["granularity"] == "day"
    assert data["metrics"]["ttr_s"] == 4 * 3600
    (budget,) = data["budgets"]
    wide = new(demo, *DEMO, "--slo", "demo-chat/availability", "--dry-run")["data"]["budgets"][0]
    assert 0 < budget["bad"] <= wide["bad"]


TOKEN: Final = "xoxb-123456789012-abcdefghijkl"  # noqa: S105  # it looks like one, and is none


def inputs(cwd: Path) -> list[str]:
    """One of each kind, around 2026-11-04 13:00."""
    alert = {
        "labels": {"alertname": "DemoChatBudgetBurn"}, "annotations": {"summary": f"token: {TOKEN}"},
        "startsAt": "2026-11-04T13:12:00Z", "endsAt": "0001-01-01T00:00:00Z", "status": "firing",
    }  # fmt: skip
    files: dict[str, Any] = {
        "alerts.json": {"version": "4", "alerts": [alert]},
        "pagerduty.json": {"log_entries": [{"type": "acknowledge_log_entry", "created_at": "2026-11-04T13:20:00Z"}]},
        "opsgenie.json": {"data": [{"message": "burn", "createdAt": "2026-11-04T13:15:00Z"}]},
        "statuspage.json": {
            "incidents": [{"name": "Errors", "created_at": "2026-11-04T11:00:00Z", "backfilled": True}]
        },
        "slack/ops/2026-11-04.json": [{"type": "message", "ts": "1793800000.0001", "text": f"export TOKEN={TOKEN}"}],
        "slack/ops/2026-10-01.json": "not read",
        "slack/users.json": [],
    }
    for name, content in files.items():
        (cwd / name).parent.mkdir(parents=True, exist_ok=True)
        (cwd / name).write_text(json.dumps(content))
    return [
        word for kind in ("alerts", "pagerduty", "opsgenie", "statuspage") for word in (f"--{kind}", f"{kind}.json")
    ]


def test_every_kind_of_input_is_in_the_timeline(demo: Runner) -> None:
    words = inputs(demo.cwd)
    run = manifest.Manifest(
        tool_version="1", name="peak", target="http://127.0.0.1:9", protocol="openai",
        started_unix_ns=1_793_800_000 * 10**9, duration_s=60.0,
    )  # fmt: skip
    (demo.cwd / "run").mkdir()
    (demo.cwd / "run" / "run.json").write_text(json.dumps(run.to_json()))
    repository(demo.cwd / "repo")
    said = new(demo, *DEMO, *words, "--slack", "slack", "--run", "run", "--git", "repo", "--out", "pm.md", "-v")
    data = said["data"]
    assert {each["kind"]: each["events"] for each in data["inputs"]} == {
        "alerts": 1, "PagerDuty": 1, "Opsgenie": 1, "status page": 1, "Slack": 1, "git": 1, "run": 1,
    }  # fmt: skip
    assert data["markers"]["detected"]["at"] == "2026-11-04T13:12:00Z"
    # The only word to people outside was written later.
    assert data["markers"]["published"] is None
    assert data["metrics"]["ttd_s"] == (7 * 60 + 9) * 60
    text = document(demo, "pm.md")
    assert TOKEN not in text
    assert TOKEN not in json.dumps(said)
    assert text.count("****") >= 2
    page = markdown.read("pm.md", text)
    (timeline,) = (part for part in page.parts if part.heading.title == "Timeline")
    (table,) = page.tables(timeline)
    times = [row.text(0) for row in table.rows]
    assert times == sorted(times)
    assert {row.text(1) for row in table.rows} == {"alert", "ack", "page", "status", "talk", "change", "run", "burn"}
    assert all(row.text(3) for row in table.rows)
    assert [each["code"] for each in said["findings"]] == ["AIR605"]
    assert "cut off" in said["findings"][0]["message"]


def repository(folder: Path) -> None:
    """One commit within the incident, and one long before."""
    folder.mkdir()
    git = [
        "git",
        "-C",
        str(folder),
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run([*git, "init", "-q"], check=True)
    for day, name in (("2026-10-01", "old.md"), ("2026-11-04", "prompts.md")):
        (folder / name).write_text("x")
        subprocess.run([*git, "add", "."], check=True)
        at = f"{day}T12:00:00Z"
        subprocess.run([*git, "commit", "-q", "-m", "Prompt | <b>shorter</b>"], check=True,
                       env={"GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at, "PATH": "/usr/bin:/bin"})  # fmt: skip


HOSTILE: Final = (
    "a | b | c", "---\nowner: evil", "# not a heading", "<script>alert(1)</script>", "[x](javascript:alert(1))", "`",
    "```\nfence", "\x1b[31mred\x1b]8;;http://x\x07", "\u202eevil", "<!-- x", "-->", "{{ 1 }}", "{% raw %}", "*", "\\|",
    "@everyone #1", "TODO(postmortem): x", "https://evil.example/x", "![x](https://evil.example/x.png)", "\u2028x",
    "&lt;b&gt;", "key: value # x", "&a *a !x", "'\"", "\ud800", "| | |\n|---|---|", "---", "...", "<details>", "\x00",
    "1. x", "=====",
)  # fmt: skip


def told_by_others(airectl: Runner, texts: Sequence[str]) -> str:
    """The document of an incident in which alerts and messages have these texts."""
    alerts = [
        {
            "labels": {"alertname": text, "severity": text},
            "annotations": {"summary": text},
            "startsAt": f"2025-06-12T18:{minute:02}:00Z",
            "generatorURL": text,
        }
        for minute, text in enumerate(texts)
    ]
    messages = [{"ts": f"{1_749_751_200 + second}.0", "text": text} for second, text in enumerate(texts)]
    (airectl.cwd / "alerts.json").write_text(json.dumps(alerts))
    (airectl.cwd / "slack.json").write_text(json.dumps(messages))
    new(airectl, *CLOUDFLARE, *OUTAGE, "--alerts", "alerts.json", "--slack", "slack.json", "--out", "pm.md", "--force")
    return document(airectl, "pm.md")


def test_text_of_others_can_do_nothing_in_the_document(airectl: Runner) -> None:
    plain = told_by_others(airectl, ["plain words"] * len(HOSTILE))
    hostile = told_by_others(airectl, HOSTILE)
    before, after = markdown.read("pm.md", plain), markdown.read("pm.md", hostile)
    assert after.front == before.front
    assert [each.title for each in after.headings] == [each.title for each in before.headings]
    assert len(after.fences) == len(before.fences)
    for one, other in zip(tables(before), tables(after), strict=True):
        assert [len(row.cells) for row in one.rows] == [len(row.cells) for row in other.rows]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", hostile)
    # Beside code spans, and links that are evidence.
    body = "\n".join(re.sub(r"(`+).*?\1", "", line) for line in hostile.split("\n---\n", 1)[1].split("\n"))
    bare = re.sub(r"\]\(<https?://[^>]*>\)", "", body)
    for forbidden in ("<script", "javascript:", "<!--", "evil.example", "<details", "@everyone", "{{", "{%", "\\\\|"):
        assert forbidden not in bare
    assert [each.question for each in blanks(hostile)] == [each.question for each in blanks(plain)]


def tables(page: markdown.Page) -> list[markdown.Table]:
    return [table for part in page.parts if part.heading.level == 2 for table in page.tables(part)]


ANSWERS: Final = {
    "title": "Slow answers while prefill was starved", "severity": "sev2", "owner": "chat",
    "cause_began": "2026-11-04T06:00Z", "detected": "2026-11-04T13:12Z", "declared": "2026-11-04T13:20Z",
    "mitigated": "2026-11-04T17:00Z", "published": "null", "outage": "partial", "users": "120", "requests": "90",
    "- cause": "a batch job took the memory bandwidth", "hardware": "H100", "traffic_mix": "chat",
    "- action": "Add an alert for prefill that waits longer than 2 s", "type": "prevent", "due": "2026-12-20",
}  # fmt: skip


BEFORE: Final = "| 2026-11-04T06:00Z | change | a batch job was moved to these hosts | ticket OPS-1 |\n"


def filled(text: str) -> str:
    """The document as a person might leave it: no blank, every proposal agreed to."""
    front, body = text.removeprefix("---\n").split("\n---\n", 1)
    lines = [line for line in front.split("\n") if "proposed: true" not in line]
    done = []
    for line in lines:
        key, _, value = line.partition(": ")
        if "TODO(postmortem)" in value:
            line = f"{key}: {ANSWERS.get(key.strip(), 'known')}"  # noqa: PLW2901  # the line as it is answered
        done.append(line)
    body = body.replace("|---|---|---|---|\n", f"|---|---|---|---|\n{BEFORE}", 1)
    for name, value in (("TTA", "8 min"), ("TTM", "10 h 57 min")):
        body = re.sub(rf"(\| {name}, .*\| )TODO[^|]*\|", rf"\g<1>{value} |", body)
    body = re.sub(r"TODO\(postmortem\):[^\n|]*", "It is known. ", body)
    return "\n".join(["---", *done, "---", body])


def test_a_new_postmortem_passes_check_only_when_a_person_has_filled_it(demo: Runner) -> None:
    words = inputs(demo.cwd)
    new(demo, *DEMO, *words, "--class", "capacity-exhaustion", "--out", "pm.md")
    _, _, code = demo.call(["postmortem", "check", "pm.md"])
    assert code == 1
    text = document(demo, "pm.md")
    (demo.cwd / "pm.md").write_text(filled(text), "utf-8")
    stdout, _, code = demo.call(["postmortem", "check", "pm.md", "-o", "json"])
    left = [(each["code"], each["message"]) for each in json.loads(stdout)["findings"] if each["severity"] == "error"]
    assert left == []
    assert code == 0
    # One blank left is enough.
    (demo.cwd / "pm.md").write_text(filled(text).replace("It is known.", "TODO(postmortem): what?", 1), "utf-8")
    assert demo.call(["postmortem", "check", "pm.md"])[2] == 1


def test_nothing_is_overwritten_without_force(airectl: Runner) -> None:
    new(airectl, *CLOUDFLARE, *OUTAGE)
    path = airectl.cwd / "postmortems/2025-06-12-incident.md"
    path.write_text("mine")
    said = refused(airectl, *CLOUDFLARE, *OUTAGE)
    assert "postmortems/2025-06-12-incident.md is there already" in said
    path.unlink()
    assert "2025-06-12-incident-timeline.svg is there already" in refused(airectl, *CLOUDFLARE, *OUTAGE)
    path.write_text("mine")
    new(airectl, *CLOUDFLARE, *OUTAGE, "--force")
    assert path.read_text().startswith("---\n")


def test_stdout_and_dry_run_write_no_file(airectl: Runner) -> None:
    stdout, _, code = airectl.call(["postmortem", "new", *CLOUDFLARE, *OUTAGE, "--out", "-"])
    assert code == 0
    assert stdout.startswith(b"---\nschema: airectl/postmortem/v1\n")
    assert b"![" not in stdout
    new(airectl, *CLOUDFLARE, *OUTAGE, "--dry-run")
    assert list(airectl.cwd.iterdir()) == []


def test_a_template_that_escapes_writes_nothing(airectl: Runner) -> None:
    (airectl.cwd / "own.md").write_text("fine\n{{ ''.__class__ }}\n")
    said = new(airectl, *CLOUDFLARE, *OUTAGE, "--template", "own.md", code=1)
    (finding,) = said["findings"]
    assert (finding["code"], finding["location"]["path"], finding["location"]["line"]) == ("AIR603", "own.md", 2)
    assert [each.name for each in airectl.cwd.iterdir()] == ["own.md"]


def test_what_comes_next_can_be_pasted_and_the_document_says_how_it_was_made(airectl: Runner) -> None:
    about = ("--title", "Chat's router fell over", "--lead", "2h", "--out", "my pm.md")
    made = airectl.run(shlex.join(["airectl", "postmortem", "new", *CLOUDFLARE, *about]))
    assert "next  airectl postmortem check 'my pm.md'" in made.stdout
    assert "no SLO was measured" in made.stdout
    (line,) = [each for each in document(airectl, "my pm.md").splitlines() if each.startswith("- made with")]
    words = shlex.split(line.split("`")[1])
    assert words[words.index("--title") + 1] == "Chat's router fell over"
    assert words[words.index("--lead") + 1] == "7200s"
    assert airectl.run(shlex.join([*words, "--out", "again.md"])).code == 0
    body = document(airectl, "again.md").replace("again-", "my%20pm-").replace("again", "my pm")
    assert body.partition("## Supporting data")[0] == document(airectl, "my pm.md").partition("## Supporting data")[0]


def test_silence_is_no_sign_of_health(airectl: Runner) -> None:
    """A log without a line in the interval: who cannot be reached logs nothing, so nothing is known of the SLO."""
    query = "{type: Events, spec: {path: log.csv, timestamp: at%s}}"
    spec = re.sub(r"good: .*", f"good: {{metricSource: {query % ', where: ok = 1'}}}", RUN_SPEC)
    spec = re.sub(r"total: .*", f"total: {{metricSource: {query % ''}}}", spec)
    (airectl.cwd / "spec.yaml").write_text(spec)
    lines = [f"2026-11-{day:02}T{hour:02}:00:00Z,1" for day in (3, 4) for hour in range(24) if (day, hour) != (4, 2)]
    (airectl.cwd / "log.csv").write_text("\n".join(["at,ok", *lines]))
    about = ("--specs", "spec.yaml", "--out", "pm.md", "--force")
    silent = new(airectl, "--from", "2026-11-04T01:30Z", "--to", "2026-11-04T02:30Z", *about)
    assert [finding["code"] for finding in silent["findings"]] == ["AIR606"]
    assert "not worse than" not in document(airectl, "pm.md")
    assert "It was not measured (nothing was counted in the interval)" in document(airectl, "pm.md")
    heard = new(airectl, "--from", "2026-11-04T01:30Z", "--to", "2026-11-04T03:30Z", *about)
    assert not heard["findings"]
    assert "not worse than their targets by more than chance: chat/first" in document(airectl, "pm.md")


def test_a_load_test_has_a_postmortem_of_its_own(airectl: Runner) -> None:
    """A second of slow first tokens among sixty: found to the second, by its requests and no source."""
    (airectl.cwd / "spec.yaml").write_text(RUN_SPEC)
    times = (2000.0 if 300 <= n < 350 else 100.0 for n in range(600))
    records = [answered(n * 100.0, ttft_ms, 10.0, index=n) for n, ttft_ms in enumerate(times)]
    write_run(airectl.cwd / "run", run_manifest(), records)
    data = new(airectl, "--run", "run", "--specs", "spec.yaml", "--out", "pm.md")["data"]
    (budget,) = data["budgets"]
    assert (budget["bad"], budget["counted"], budget["basis"]) == (50, 600, "measured")
    assert budget["consumed_ratio"] == pytest.approx(50 / 600 / 0.05)
    assert [data["markers"][name]["at"] for name in ("degraded", "recovered")] == [
        "2026-11-20T12:00:30Z",
        "2026-11-20T12:00:35Z",
    ]
    text = document(airectl, "pm.md")
    assert "`airectl budget spec.yaml --slo chat/first --run run`" in text
    assert "From 2026-11-20T12:00:30Z to 2026-11-20T12:00:35Z on chat; looked at from 2026-11-20 12:00:00Z to" in text
    assert "made with `airectl postmortem new --specs spec.yaml --run run --template full`" in text
    assert (airectl.cwd / "pm-burn.svg").is_file()


def test_own_templates_are_found_by_the_settings(airectl: Runner) -> None:
    (airectl.cwd / "mine").mkdir()
    (airectl.cwd / "mine" / "ours.md.j2").write_text("# Ours\n\n{{ todo('why?') }}\n")
    (airectl.cwd / "airectl.toml").write_text('[postmortems]\npath = "docs"\ntemplates = "mine"\n')
    data = new(airectl, *CLOUDFLARE, *OUTAGE, "--template", "ours")["data"]
    assert data["path"] == "docs/2025-06-12-incident.md"
    assert document(airectl, data["path"]).endswith("---\n\n# Ours\n\nTODO(postmortem): why?\n")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "nothing says when it began"),
        (("--from", "yesterday"), "--from cannot be `yesterday`"),
        (("--from", "2025-06-12", "--to", "2025-06-11"), "is not after"),
        (("--from", "2025-06-12", "--to", "2099-06-11"), "is in the future"),
        ((*CLOUDFLARE, "--class", "drft"), "did you mean `drift`?"),
        ((*CLOUDFLARE, "--template", "large"), "no template is called `large`"),
        ((*CLOUDFLARE, "--outage", "most"), "--outage cannot be `most`"),
        ((*CLOUDFLARE, "--outage", "1/0"), "--outage cannot be `1/0`"),
        ((*CLOUDFLARE, "--outage", "0"), "--outage cannot be `0`"),
        ((*CLOUDFLARE, "--target", "99.9%/30d"), "--target needs --outage"),
        ((*CLOUDFLARE, "--outage", "total", "--target", "99.9"), "--target cannot be `99.9`"),
        ((*CLOUDFLARE, "--outage", "total", "--target", "100%/30d"), "--target cannot be `100%/30d`"),
        ((*CLOUDFLARE, "--mark", "seen=2025-06-12"), "--mark cannot be `seen=2025-06-12`"),
        ((*CLOUDFLARE, "--mark", "detected=soon"), "--mark detected cannot be `soon`"),
        ((*CLOUDFLARE, "--lead", "long"), "--lead cannot be `long`"),
        ((*CLOUDFLARE, "--slo", "a/b"), "--slo names an SLO, and there are no specs"),
        ((*CLOUDFLARE, "--pagerduty", "nothing.json"), "cannot read nothing.json"),
        ((*CLOUDFLARE, "--alerts", "nothing.json"), "no source is called `nothing.json`"),
        ((*CLOUDFLARE, "--git", "nowhere"), "there is no folder nowhere"),
        ((*CLOUDFLARE, "--run", "nowhere"), "is no run of a load test"),
    ],
)
def test_what_cannot_be_done_is_said(args: tuple[str, ...], said: str, airectl: Runner) -> None:
    assert said in refused(airectl, *args)


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "\xff", "NaN", "12", '{"alerts": 7}'])
def test_an_input_that_is_none_is_a_finding(content: str, airectl: Runner) -> None:
    (airectl.cwd / "x.json").write_bytes(content.encode("latin-1"))
    for kind in ("--alerts", "--pagerduty", "--opsgenie", "--statuspage", "--slack"):
        said = new(airectl, *CLOUDFLARE, *OUTAGE, kind, "x.json", "--dry-run")
        assert {each["code"] for each in said["findings"]} == {"AIR605"}, kind


def test_a_source_that_is_down_is_a_finding_and_the_rest_is_written(airectl: Runner) -> None:
    shutil.copytree(ROOT / "slo-specs", airectl.cwd / "slo-specs")
    here = replace(airectl, loopback=True)
    down = "http://u:hunter2@127.0.0.1:9"
    asked = ["--specs", "slo-specs/chat-vllm.yaml", "--slo", "chat/chat-ttft", "--source", down, "--alerts", down]
    said = new(here, *CLOUDFLARE, *asked, "--out", "pm.md")
    assert {each["code"] for each in said["findings"]} == {"AIR605", "AIR606"}
    assert said["data"]["not_measured"][0]["slo"] == "chat/chat-ttft"
    assert "hunter2" not in json.dumps(said)
    text = document(airectl, "pm.md")
    assert "hunter2" not in text
    assert "how much of its budget was burned?" in text


def test_offline_asks_nothing_and_estimates_where_asked(airectl: Runner) -> None:
    shutil.copytree(ROOT / "slo-specs", airectl.cwd / "slo-specs")
    said = new(airectl, *CLOUDFLARE, "--specs", "slo-specs/chat-vllm.yaml", "--offline", "--outage", "35%", "--dry-run")
    data = said["data"]
    assert {each["basis"] for each in data["budgets"]} == {"estimate"}
    assert len(data["not_measured"]) == len(data["budgets"]) == 3


def test_the_same_input_gives_the_same_document(demo: Runner) -> None:
    words = inputs(demo.cwd)
    texts = []
    for _ in range(2):
        new(demo, *DEMO, *words, "--slack", "slack", "--out", "pm.md", "--force")
        texts.append([(demo.cwd / name).read_bytes() for name in ("pm.md", "pm-burn.svg", "pm-timeline.svg")])
    assert texts[0] == texts[1]
