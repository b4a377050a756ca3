"""airectl init: for every system specs that are valid, with rules that promtool takes; all of a file or nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

import servers
from airectl.telemetry import catalogue
from runner import Runner

EXPOSITIONS: Final = Path(__file__).parents[1] / "telemetry" / "expositions"
SYSTEMS: Final = catalogue.load().systems
WITH: Final = [name for name, system in SYSTEMS.items() if system.presets]
WITHOUT: Final = [name for name in SYSTEMS if name not in WITH]
WHO: Final = ("--owner", "team-chat", "--runbook", "https://runbooks.example.com/chat")


def init(runner: Runner, *args: str) -> tuple[str, str, int]:
    stdout, stderr, code = runner.call(["init", *args])
    return stdout.decode(), stderr.decode(), code


def findings(runner: Runner, path: str, severity: str = "info") -> list[str]:
    """What `airectl validate` finds in a file, from this severity on."""
    stdout, _, _ = runner.call(["validate", path, "-o", "json", "--min-severity", severity])
    return [f"{each['code']} {each['message']}" for each in json.loads(stdout)["findings"]]


def promtool(folder: Path, *arguments: str) -> str:
    """What promtool says against the files; nothing where all is well."""
    servers.need("promtool")
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def written(runner: Runner) -> list[str]:
    return sorted(str(path.relative_to(runner.cwd)) for path in runner.cwd.rglob("*") if path.is_file())


def test_there_are_systems_of_both_kinds() -> None:
    assert len(WITH) > 15
    assert "ollama" in WITHOUT


@pytest.mark.parametrize("system", WITH)
def test_a_starting_point_is_valid_and_has_rules_that_pass_promtool(system: str, airectl: Runner) -> None:
    # A week is enough for the rules' own tests: a longer window makes them slower, and no surer.
    _, stderr, code = init(airectl, "--telemetry", system, "--service", "chat", "--window", "7d", *WHO)
    assert (stderr, code) == ("", 0)
    assert written(airectl) == ["slo-specs/chat.yaml"]
    assert findings(airectl, "slo-specs", "warning") == []
    assert {each.split()[0] for each in findings(airectl, "slo-specs")} <= {"AIR104", "AIR301"}
    assert airectl.call(["rules", "slo-specs", "--out", "rules", "-q"])[2] == 0
    rules = sorted(path.name for path in (airectl.cwd / "rules").glob("*.rules.yaml"))
    tests = sorted(path.name for path in (airectl.cwd / "rules").glob("*.rules.test.yaml"))
    assert len(rules) == len(tests) > 0
    assert promtool(airectl.cwd / "rules", "check", "rules", *rules) == ""
    assert promtool(airectl.cwd / "rules", "test", "rules", *tests) == ""


def every_promise(system: str) -> list[str]:
    """An option for each preset of a system, at its first edge or with any limit."""
    options = []
    for preset in SYSTEMS[system].presets.values():
        text = "95%"
        if preset.family:
            family = SYSTEMS[system].families[preset.family]
            text = f"{family.buckets[0]}{'ms' if family.unit == 'milliseconds' else 's'}"
        elif preset.compares and preset.value is None:
            text = "1s@95%" if preset.unit.endswith("seconds") else "0.001@95%"
        options += ["--slo", f"{preset.name}={text}"]
    return [*options, *(["--model", "llama-3.1-8b"] if "wrong-model" in SYSTEMS[system].presets else [])]


@pytest.mark.parametrize("system", WITH)
def test_every_preset_of_a_system_is_valid_and_has_rules(system: str, airectl: Runner) -> None:
    _, stderr, code = init(airectl, "--telemetry", system, "--service", "chat", *every_promise(system), *WHO)
    assert (stderr, code) == ("", 0)
    assert findings(airectl, "slo-specs", "warning") == []
    assert airectl.call(["rules", "slo-specs", "--out", "rules", "-q"])[2] == 0
    rules = sorted(path.name for path in (airectl.cwd / "rules").glob("*.rules.yaml"))
    assert len(rules) == len(SYSTEMS[system].presets)
    assert promtool(airectl.cwd / "rules", "check", "rules", *rules) == ""


@pytest.mark.parametrize("system", WITHOUT)
def test_a_system_without_metrics_says_what_to_use_instead(system: str, airectl: Runner) -> None:
    stdout, stderr, code = init(airectl, "--telemetry", system, "--service", "chat")
    assert (stdout, code) == ("", 2)
    assert f"use {SYSTEMS[system].instead}" in stderr
    assert written(airectl) == []


@pytest.mark.parametrize("system", sorted(path.stem for path in EXPOSITIONS.glob("*.txt")))
def test_a_live_page_says_which_system_it_is_of(system: str, airectl: Runner) -> None:
    page = str(EXPOSITIONS / f"{system}.txt")
    stdout, stderr, code = init(airectl, "--from", page, "--service", "chat", "--out", "-", "-o", "json=report.json")
    if system in WITHOUT:
        assert (code, stdout) == (2, "")
        assert "use " in stderr
        return
    assert code == 0
    report = json.loads((airectl.cwd / "report.json").read_text("utf-8"))["data"]
    assert (report["system"], report["page"]) == (system, page)
    assert report["slos"]
    lacking = [line for line in report["assumed"] if "not on the page" in line]
    assert lacking == []
    (airectl.cwd / "chat.yaml").write_text(stdout, "utf-8")
    assert findings(airectl, "chat.yaml", "warning") == []


def test_what_the_annotations_say_is_what_airectl_would_see_by_itself(airectl: Runner) -> None:
    init(airectl, "--telemetry", "vllm", "--service", "chat", "--ttft", "500ms@99%", "--saturation", "0.8@95%")
    _, ttft, full = yaml.safe_load_all((airectl.cwd / "slo-specs" / "chat.yaml").read_text("utf-8"))
    assert ttft["metadata"]["annotations"] == {
        "airectl.dev/signal": "ttft",
        "airectl.dev/threshold": "500ms",
        "airectl.dev/telemetry": "vllm",
    }
    assert ttft["spec"]["objectives"] == [{"displayName": "ttft < 500 ms", "target": 0.99}]
    assert full["spec"]["budgetingMethod"] == "Timeslices"
    (objective,) = full["spec"]["objectives"]
    assert (objective["op"], objective["value"], objective["timeSliceWindow"]) == ("lt", 0.8, "5m")


def test_owner_and_runbook_leave_nothing_to_be_said(airectl: Runner) -> None:
    init(airectl, "--telemetry", "vllm", "--service", "chat", *WHO)
    assert findings(airectl, "slo-specs") == []
    assert "# airectl.dev/" not in (airectl.cwd / "slo-specs" / "chat.yaml").read_text("utf-8")
    init(airectl, "--telemetry", "vllm", "--service", "chat", "--force")
    assert {each.split()[0] for each in findings(airectl, "slo-specs")} == {"AIR032", "AIR033"}
    text = (airectl.cwd / "slo-specs" / "chat.yaml").read_text("utf-8")
    assert text.count("    # airectl.dev/owner: TEAM\n    # airectl.dev/runbook: URL\n") == 3


def test_a_source_of_the_settings_is_the_one_that_is_asked(airectl: Runner) -> None:
    (airectl.cwd / "airectl.toml").write_text('[sources.prod]\ntype = "Prometheus"\nurl = "http://127.0.0.1:9090"\n')
    _, _, code = init(airectl, "--telemetry", "vllm", "--service", "chat", "--source", "prod", *WHO)
    assert code == 0
    assert findings(airectl, "slo-specs") == []
    assert (airectl.cwd / "slo-specs" / "chat.yaml").read_text("utf-8").count("metricSourceRef: prod") == 6


def test_an_edge_of_the_server_itself_is_taken_and_no_finding(airectl: Runner) -> None:
    text = (EXPOSITIONS / "vllm.txt").read_text("utf-8").replace('le="0.5"', 'le="0.3"')
    (airectl.cwd / "page.txt").write_text(text, "utf-8")
    arguments = ["--from", "page.txt", "--service", "chat", "--ttft", "300ms", *WHO]
    stdout, _, code = init(airectl, *arguments)
    assert code == 0
    assert "vllm:time_to_first_token_seconds has edges of its own" in stdout
    assert findings(airectl, "slo-specs") == []
    spec = (airectl.cwd / "slo-specs" / "chat.yaml").read_text("utf-8")
    assert "# airectl: ignore AIR106: this server has a bucket at 300 ms; page.txt had it on 2026-11-20" in spec
    _, stderr, code = init(airectl, "--telemetry", "vllm", "--service", "other", "--ttft", "300ms")
    assert code == 2
    assert "it lies between 250 ms and 500 ms" in stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<html><body>login</body></html>", "page.txt:1:1: this is HTML, not metrics"),
        ('{"vllm": 1}', "page.txt:1:1: this is JSON, not metrics"),
        ("", "page.txt:1:1: the page is empty"),
        ('# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{engine="0"', "the page is cut off"),
        ("other_total 1\n", "page.txt has no metric of a system that the telemetry catalogue knows"),
    ],
)
def test_a_page_that_is_none_writes_nothing(content: str, said: str, airectl: Runner) -> None:
    (airectl.cwd / "page.txt").write_text(content, "utf-8")
    stdout, stderr, code = init(airectl, "--from", "page.txt", "--service", "chat")
    assert (stdout, code) == ("", 2)
    assert said in stderr
    assert written(airectl) == ["page.txt"]


def test_a_page_cut_off_anywhere_is_never_taken_for_a_whole_one(airectl: Runner) -> None:
    whole = (EXPOSITIONS / "vllm.txt").read_bytes()
    for size in range(100, len(whole), len(whole) // 25):
        if whole[size - 1 : size] == b"\n":
            continue
        (airectl.cwd / "page.txt").write_bytes(whole[:size])
        stdout, stderr, code = init(airectl, "--from", "page.txt", "--service", "chat")
        assert (stdout, code) == ("", 2), size
        assert "the page is cut off" in stderr


def test_a_file_that_is_there_is_left_alone(airectl: Runner) -> None:
    arguments = ("--telemetry", "vllm", "--service", "chat")
    init(airectl, *arguments)
    before = (airectl.cwd / "slo-specs" / "chat.yaml").read_bytes()
    _, stderr, code = init(airectl, *arguments, "--ttft", "250ms")
    assert code == 2
    assert "slo-specs/chat.yaml is there already, and nothing was changed" in stderr
    assert (airectl.cwd / "slo-specs" / "chat.yaml").read_bytes() == before
    assert init(airectl, *arguments, "--ttft", "250ms", "--force")[2] == 0
    assert b"chat-ttft" in (airectl.cwd / "slo-specs" / "chat.yaml").read_bytes()
    assert (airectl.cwd / "slo-specs" / "chat.yaml").read_bytes() != before


def test_names_that_another_file_has_are_told_and_nothing_is_written(airectl: Runner) -> None:
    init(airectl, "--telemetry", "vllm", "--service", "chat", "--out", "slo-specs/first.yaml")
    for force in ((), ("--force",)):
        _, stderr, code = init(airectl, "--telemetry", "vllm", "--service", "chat", *force)
        assert code == 2
        assert "slo-specs/first.yaml" in stderr
        assert "there is a Service `chat` already" in stderr
    assert written(airectl) == ["slo-specs/first.yaml"]
    assert init(airectl, "--telemetry", "sglang", "--service", "other")[2] == 0


def test_a_dry_run_and_stdout_write_no_file(airectl: Runner) -> None:
    arguments = ("--telemetry", "vllm", "--service", "chat")
    stdout, _, code = init(airectl, *arguments, "--dry-run")
    assert (code, written(airectl)) == (0, [])
    assert "3 SLOs of chat would be written to slo-specs/chat.yaml" in stdout
    text, report, code = init(airectl, *arguments, "--out", "-")
    assert (code, written(airectl)) == (0, [])
    assert len(list(yaml.safe_load_all(text))) == 4
    assert report.startswith("DONE")


def test_the_same_options_give_the_same_bytes_wherever_they_go(airectl: Runner) -> None:
    arguments = ("--telemetry", "vllm", "--service", "chat", "--ttft", "500ms")
    init(airectl, *arguments, "--out", "one")
    init(airectl, *arguments, "--out", "two/")
    one, two = ((airectl.cwd / name / "chat.yaml").read_text("utf-8") for name in ("one", "two"))
    assert one.replace("one/chat.yaml", "two/chat.yaml") == two


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "init needs --telemetry or --from, and --service"),
        (("--telemetry", "vllm"), "init needs --service"),
        (("--service", "chat"), "init needs --telemetry or --from"),
        (("--telemetry", "vlm", "--service", "chat"), "did you mean `vllm`?"),
        (("--telemetry", "vllm", "--service", "Chat Bot"), "such as `chat-bot`"),
        (("--telemetry", "triton", "--service", "chat", "--ttft", "1s"), "airectl has no preset `ttft` for Triton"),
        (("--telemetry", "vllm", "--service", "chat", "--slo", "ttft"), "--slo cannot be `ttft`"),
        (("--telemetry", "vllm", "--service", "chat", "--slo", "tftt=1s"), "did you mean `ttft`?"),
        (("--telemetry", "vllm", "--service", "chat", "--window", "1M"), "--window cannot be `1M`"),
        (("--telemetry", "vllm", "--service", "chat", "--window", "5m"), "--window cannot be `5m`"),
        (("--telemetry", "vllm", "--service", "chat", "--source", "x"), "no source is called `x`"),
        (("--telemetry", "vllm", "--service", "chat", "--selector", "job=x"), "--selector cannot be `job=x`"),
        (("--telemetry", "vllm", "--service", "chat", "--selector", 'a="b"}) or vector(1'), "--selector cannot be"),
        (("--telemetry", "vllm", "--service", "chat", "--selector", 'a="b"} or vector(1) #'), "--selector cannot be"),
        (("--telemetry", "vllm", "--service", "chat", "--selector", '__name__="up"'), "--selector cannot be"),
        (("--telemetry", "vllm", "--service", "chat", "--selector", 'le="1"'), "--selector cannot be"),
        (("--telemetry", "vllm", "--service", "chat", "--model", "a", "--by-model"), "are opposites"),
        (("--from", str(EXPOSITIONS / "sglang.txt"), "--telemetry", "vllm", "--service", "c"), "it looks like SGLang"),
        (("--from", "nowhere.txt", "--service", "chat"), "no such file"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    options: tuple[str, ...], said: str, airectl: Runner
) -> None:
    stdout, stderr, code = init(airectl, *options)
    assert (stdout, code) == ("", 2)
    assert said in stderr
    assert written(airectl) == []


def test_a_server_that_does_not_answer_is_undecided(airectl: Runner) -> None:
    port = servers.free_port()
    reachable = Runner(cwd=airectl.cwd, home=airectl.home, loopback=True)
    _, stderr, code = init(reachable, "--from", f"http://127.0.0.1:{port}", "--service", "chat")
    assert code == 3
    assert f"http://127.0.0.1:{port}/metrics" in stderr
    assert written(airectl) == []


def test_a_model_that_the_page_does_not_name_is_said(airectl: Runner) -> None:
    page = str(EXPOSITIONS / "vllm.txt")
    models = ("--model", "llama-3.1-8b", "--model", "llama-3.1")
    stdout, _, code = init(airectl, "--from", page, "--service", "chat", "--ttft", "500ms", *models)
    assert code == 0
    assert [line.strip() for line in stdout.splitlines() if "not on the page" in line] == [
        "model `llama-3.1`: not on the page; is that what the server calls it?"
    ]


def test_a_selector_cannot_write_anything_but_matchers(airectl: Runner) -> None:
    hostile = 'job="a\\"} # \\nkind: Evil"'
    init(airectl, "--telemetry", "vllm", "--service", "chat", "--selector", hostile, *WHO)
    assert written(airectl)
    for path in written(airectl):
        documents = list(yaml.safe_load_all((airectl.cwd / path).read_text("utf-8")))
        assert [each["kind"] for each in documents] == ["Service", "SLO", "SLO", "SLO"]


@pytest.mark.parametrize("text", ["a\nkind: Evil", "# x", "a: b", "'\"", "\u202eevil", "{{ x }}", "true", "1e3"])
def test_owner_runbook_and_model_stay_texts(text: str, airectl: Runner) -> None:
    given = ("--owner", text, "--runbook", text, "--model", text)
    _, _, code = init(airectl, "--telemetry", "vllm", "--service", "chat", *given)
    assert code == 0
    documents = list(yaml.safe_load_all((airectl.cwd / "slo-specs" / "chat.yaml").read_text("utf-8")))
    assert [each["kind"] for each in documents] == ["Service", "SLO", "SLO", "SLO"]
    assert {each["metadata"]["annotations"]["airectl.dev/owner"] for each in documents[1:]} == {text}


def test_the_report_is_valid_json(airectl: Runner, report_schema: dict[str, Any]) -> None:
    stdout, _, code = init(airectl, "--telemetry", "vllm", "--service", "chat", "--ttft", "500ms", "-o", "json")
    assert code == 0
    report = json.loads(stdout)
    jsonschema.Draft202012Validator(report_schema).validate(report)
    (slo,) = report["data"]["slos"]
    assert (slo["threshold_s"], slo["edge_below_s"], slo["edge_above_s"]) == (0.5, 0.25, 0.75)
    assert report["data"]["files"] == ["slo-specs/chat.yaml"]
