"""`airectl probe` as a user runs it: verdicts, exit codes, reports, secrets, and a run that goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import jsonschema
import pytest

from airectl.render import FORMATS
from inference_server import MODEL, Asked, Reply, inference, scripted
from prometheus_faults import closed_port
from runner import Runner

SECRET = "t0ken-of-ours-9f"  # noqa: S105  # what must not be seen
_LONG_S = 60.0


@pytest.fixture
def probing(airectl: Runner) -> Runner:
    return replace(airectl, loopback=True)


def report(runner: Runner, *args: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The JSON report of a probe, which is valid, and its exit code."""
    stdout, stderr, code = runner.call(["probe", *args, "-o", "json"])
    assert stderr == b""
    found: dict[str, Any] = json.loads(stdout)
    jsonschema.validate(found, schema)
    assert found["exit_code"] == code
    return found, code


GIBBERISH = scripted([{"prompt": "France", "text": "\x1b]0;title\x07 kd fj \u202e ##"}])


@pytest.mark.parametrize(
    ("reply", "args", "comes_to"),
    [
        (Reply(), [], (0, set(), set())),
        (GIBBERISH, [], (1, {"mismatch"}, {"AIR136"})),
        (Reply(fault="error"), [], (1, {"error_payload"}, {"AIR133"})),
        (Reply(model="other"), [], (1, {"wrong_model"}, {"AIR135"})),
        (Reply(model="other"), ["--response-model", "other"], (0, set(), set())),
        (Reply(finish="length"), [], (1, {"token_limit"}, {"AIR137"})),
        (Reply(status=429, body=""), [], (1, {"rate_limited"}, {"AIR132"})),
        (Reply(status=503, body=""), [], (1, {"http_5xx"}, {"AIR132"})),
        (Reply(status=401, body=""), [], (3, {"denied"}, {"AIR132"})),
        (Reply(status=401, body=""), ["--on-unknown", "warn"], (0, {"denied"}, {"AIR132"})),
        (Reply(fault="reset"), [], (1, {"reset"}, {"AIR133"})),
        (Reply(fault="silent"), ["--first-token-timeout", "200ms"], (1, {"first_token_timeout"}, {"AIR134"})),
        (Reply(fault="stall"), ["--stall-timeout", "200ms"], (1, {"stall"}, {"AIR134"})),
        (Reply(fault="stall"), ["--timeout", "300ms"], (1, {"timeout"}, {"AIR134"})),
        (Reply(first_s=0.1), ["--ttft", "50ms"], (1, set(), {"AIR138"})),
        (Reply(), ["--ttft", "60s", "--itl", "60s", "--tpot", "60s", "--e2e", "60s"], (0, set(), set())),
        (Reply(usage=False), ["--tpot", "60s"], (3, set(), {"AIR138"})),
        (Reply(fault="error"), ["--fail-on", "never"], (0, {"error_payload"}, {"AIR133"})),
    ],
)
def test_what_each_server_comes_to(
    reply: Reply | Callable[[Asked], Reply],
    args: list[str],
    comes_to: tuple[int, set[str], set[str]],
    probing: Runner,
    report_schema: Mapping[str, Any],
) -> None:
    with inference(reply) as server:
        found, code = report(probing, server.url, *args, schema=report_schema)
    failures = [failure for prompt in found["data"]["prompts"] for failure in prompt["failures"]]
    reasons = {failure["reason"] for failure in failures}
    assert (code, reasons, {finding["code"] for finding in found["findings"]}) == comes_to
    assert found["data"]["model"] == MODEL


def test_a_server_that_is_healthy_and_talks_gibberish(probing: Runner) -> None:
    with inference(GIBBERISH) as server:
        assert httpx.get(f"{server.url}/health", trust_env=False).json() == {"status": "ok"}
        stdout, stderr, code = probing.call(["probe", server.url])
    text = stdout.decode()
    assert (code, stderr) == (1, b"")
    assert text.startswith("FAILED  1 of 4 prompts failed")
    assert "error[AIR136]: `capital`: wanted `Paris` in it, got `" in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_a_server_that_is_not_there(probing: Runner, report_schema: Mapping[str, Any]) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    found, code = report(probing, url, "--model", "x", schema=report_schema)
    assert code == 1
    assert [prompt["asked"] for prompt in found["data"]["prompts"]] == [1, 0, 0, 0]
    assert [gate["outcome"] for gate in found["gates"]] == ["failed", "undecided", "undecided", "undecided"]
    found, code = report(probing, url, schema=report_schema)
    assert (code, found["gates"][0]["name"]) == (1, "models")
    assert [finding["code"] for finding in found["findings"]] == ["AIR131"]


def test_numbers_of_a_report(probing: Runner, report_schema: Mapping[str, Any]) -> None:
    with inference(Reply(first_s=0.02, gap_s=0.01)) as server:
        found, code = report(probing, server.url, "--count", "3", schema=report_schema)
    data = found["data"]
    assert (code, data["rounds"], len(server.posts)) == (0, 3, 12)
    first = data["prompts"][0]
    assert (first["prompt"], first["asked"], first["passed"], first["right"]) == ("arithmetic", 3, 3, 3)
    assert (first["output_tokens"], first["finish_reason"], first["answer"]) == (4, "stop", "The result is 42.")
    assert 0.02 <= first["ttft_s"] <= first["e2e_s"]
    assert 0 < first["itl_p50_s"] <= first["itl_max_s"]
    assert data["prompts"][1]["itl_p50_s"] is None


def test_requests_go_one_after_the_other(probing: Runner) -> None:
    under_way: list[int] = []
    most: list[int] = []

    def counting(_asked: Asked) -> Reply:
        under_way.append(1)
        most.append(len(under_way))
        time.sleep(0.01)
        under_way.pop()
        return Reply()

    with inference(counting) as server:
        assert probing.call(["probe", server.url, "--count", "2"])[2] == 0
    assert most == [1] * 8


@pytest.mark.parametrize("format", FORMATS)
def test_secrets_are_in_no_report(format: str, probing: Runner) -> None:
    def echo(asked: Asked) -> Reply:
        said = f"you sent {asked.headers.get('authorization')}"
        return Reply(status=500, body=said) if "JSON" in asked.prompt else Reply(text=said, model=said)

    with inference(echo) as server:
        (probing.cwd / "airectl.toml").write_text(f'[probes.chat]\nurl = "{server.url}"\ntoken_env = "CHAT_TOKEN"\n')
        args = ["probe", "chat", "--model", "m", "-v", "--debug", "-o", format]
        stdout, stderr, code = probing.call(args, extra={"CHAT_TOKEN": SECRET})
    assert server.posts[0].headers["authorization"] == f"Bearer {SECRET}"
    assert code == 1
    assert b"you sent" in stderr
    assert SECRET.encode() not in stdout + stderr


def test_a_token_is_sent_to_its_own_server_alone(probing: Runner) -> None:
    environ = {"AIRECTL_PROBES_CHAT_TOKEN": SECRET}
    with inference() as server, inference() as other:
        environ["AIRECTL_PROBES_CHAT_URL"] = server.url
        for url in ("chat", server.url, other.url):
            assert probing.call(["probe", url], extra=environ)[2] == 0
    assert {each.headers.get("authorization") for each in server.asked} == {f"Bearer {SECRET}"}
    assert {each.headers.get("authorization") for each in other.asked} == {None}


def spec(name: str, **annotations: str) -> str:
    lines = "".join(f"    airectl.dev/{key}: {value}\n" for key, value in annotations.items())
    query = "{metricSource: {type: Prometheus, spec: {query: sum(my_total)}}}"
    return (
        f"apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {name}\n  labels: {{model: {MODEL}}}\n"
        f"  annotations:\n    airectl.dev/owner: a@example.com\n{lines}spec:\n  service: chat\n  indicator:\n"
        f"    metadata: {{name: {name}}}\n    spec: {{ratioMetric: {{counter: true, good: {query}, total: {query}}}}}\n"
        "  timeWindow: [{duration: 28d, isRolling: true}]\n  budgetingMethod: Occurrences\n"
        "  objectives: [{displayName: it, target: 0.95}]\n"
    )


def test_specs_give_the_model_and_the_objectives(probing: Runner, report_schema: Mapping[str, Any]) -> None:
    written = [
        spec("first", signal="ttft", threshold="60s"),
        spec("late", signal="e2e", threshold="1ms"),
        spec("right", signal="quality"),
        spec("full", signal="saturation"),
        spec("odd", signal="ttft"),
    ]
    (probing.cwd / "slo.yaml").write_text("---\n".join(written))
    with inference(Reply(first_s=0.05), models=["a", "b"]) as server:
        found, code = report(probing, server.url, "--specs", "slo.yaml", schema=report_schema)
        only, only_code = report(
            probing, server.url, "--specs", "slo.yaml", "--slo", "chat/first", schema=report_schema
        )
    assert code == 1
    assert found["data"]["model"] == MODEL
    states = {each["objective"]: each["status"] for each in found["data"]["objectives"]}
    assert states == {"chat/first": "met", "chat/late": "missed", "chat/right": "met"}
    assert [each["objective"] for each in found["data"]["unmeasured"]] == ["chat/full", "chat/odd"]
    missed = next(each for each in found["findings"] if each["code"] == "AIR138")
    assert missed["location"]["path"] == "slo.yaml"
    assert missed["message"].startswith("`chat/late` is missed: 0 of 4 answers were complete within 1 ms")
    assert only_code == 0
    assert [each["objective"] for each in only["data"]["objectives"]] == ["chat/first"]


def test_an_invalid_spec_fails_the_run(probing: Runner, report_schema: Mapping[str, Any]) -> None:
    (probing.cwd / "slo.yaml").write_text(spec("a", signal="quality").replace("0.95", "95"))
    with inference() as server:
        found, code = report(probing, server.url, "--specs", "slo.yaml", schema=report_schema)
    assert code == 1
    assert {finding["code"] for finding in found["findings"]} == {"AIR014"}
    assert found["data"]["objectives"] == []


@contextmanager
def going_on(runner: Runner, url: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    """`airectl probe --interval` as a process of its own."""
    environ = {key: value for key, value in runner.environ.items() if key not in ("PYTHONPATH", "SOURCE_DATE_EPOCH")}
    with subprocess.Popen(
        [sys.executable, "-m", "airectl", "probe", url, "--interval", "100ms", *args],
        cwd=runner.cwd, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def until(true: Callable[[], bool]) -> None:
    """Wait until it is."""
    end = time.monotonic() + _LONG_S
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_goes_on_until_it_is_stopped(signum: signal.Signals, airectl: Runner) -> None:
    sick: list[int] = []

    def falling_ill(asked: Asked) -> Reply:
        return Reply(text="\x1b[2Jgibberish") if sick and "France" in asked.prompt else Reply()

    with inference(falling_ill) as server, going_on(airectl, server.url) as process:
        until(lambda: len(server.posts) >= 9)
        sick.append(1)
        since = len(server.posts)
        until(lambda: len(server.posts) >= since + 9)
        sick.clear()
        since = len(server.posts)
        until(lambda: len(server.posts) >= since + 9)
        process.send_signal(signum)
        stdout, stderr = process.communicate(timeout=_LONG_S)
    assert process.returncode == 128 + signum
    assert stdout.startswith("FAILED  1 of 4 prompts failed, ")
    assert "partial" not in stdout
    said = stderr.splitlines()
    assert said[0] == f"airectl: asking {server.url}"
    assert len(said) == 3
    assert r"capital: wrong answer: wanted `Paris` in it, got `\x1b[2Jgibberish`" in said[1]
    assert said[2].endswith("capital: right")


def test_with_a_count_it_ends_by_itself(airectl: Runner) -> None:
    with inference() as server, going_on(airectl, server.url, "--count", "3", "-q") as process:
        stdout, stderr = process.communicate(timeout=_LONG_S)
    assert (process.returncode, stdout, stderr, len(server.posts)) == (0, "", "", 12)


def test_a_run_that_is_stopped_early_is_partial(airectl: Runner) -> None:
    with inference(Reply(fault="silent")) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "airectl", "probe", server.url],
            cwd=airectl.cwd, env={**os.environ, **airectl.environ, "PYTHONPATH": ""},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until(lambda: bool(server.posts))
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=_LONG_S)
    assert process.returncode == 130
    assert "partial: the run ended before it was complete" in stdout
