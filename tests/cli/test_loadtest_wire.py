"""How requests of `airectl loadtest` go: by proxies or not, over connections that are kept or not, to which model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from prometheus_faults import closed_port
from raw_server import DONE, Scripts, event, raw_server, stream, whole
from runner import Runner

SHORT = (
    "--input-tokens", "8", "--output-tokens", "2", "--no-calibration", "--processes", "1", "--arrival", "constant",
    "--rate", "20", "--requests", "10", "--duration", "1s", "--out", "run", "-q", "-o", "json=report.json",
)  # fmt: skip
MODELS = whole(json.dumps({"data": [{"id": "m"}]}))


@pytest.fixture
def loading(airectl: Runner) -> Runner:
    """Runs commands whose processes may reach this machine."""
    return replace(airectl, loopback=True, extra={"PYTHONPATH": ""})


def ran(runner: Runner, url: str, *args: str) -> dict[str, Any]:
    """The data of the report of a run."""
    _, stderr, code = runner.call(["loadtest", url, *SHORT, *args])
    assert code in (0, 3), stderr.decode()
    found: dict[str, Any] = json.loads((runner.cwd / "report.json").read_text())["data"]
    return found


def model(name: str) -> Scripts:
    """A server that lists the model `m` and answers as this one."""
    events = (event("a", model=name), event(finish="stop", model=name), DONE)
    return lambda number, total, request: [MODELS] if request.startswith(b"GET ") else stream(*events)


def test_answers_of_another_model_are_errors(loading: Runner) -> None:
    with raw_server(model("n")) as server:
        loading.call(["loadtest", server.url, *SHORT])
    data = json.loads((loading.cwd / "report.json").read_text())["data"]
    assert data["errors"] == {"wrong model": 10}


def test_a_table_says_under_which_other_name_a_model_answers(loading: Runner) -> None:
    with raw_server(model("n")) as server:
        (loading.cwd / "airectl.toml").write_text(f'[probes.chat]\nurl = "{server.url}"\nresponse_model = "n"\n')
        data = ran(loading, "chat")
    assert data["errors"] == {}


def test_no_keep_alive_opens_a_connection_for_each_request(loading: Runner) -> None:
    with raw_server(model("m")) as server:
        data = ran(loading, server.url, "--no-keep-alive")
        kept = sum(request.startswith(b"POST ") for request in server.requests)
    assert data["errors"] == {}
    assert kept == 10
    assert server.connections > 10


def test_a_proxy_is_used_where_the_user_says_so_and_only_there(loading: Runner) -> None:
    with raw_server(model("")) as proxy:
        named = {"http_proxy": proxy.url, "PYTHONPATH": ""}
        behind = replace(loading, extra=named)
        target = "http://inference.example.com"
        _, stderr, code = behind.call(["loadtest", target, *SHORT, "--proxy-from-env"])
        assert code == 2, "what is behind a proxy is not this machine"
        assert b"behind a proxy" in stderr
        data = ran(behind, target, "--proxy-from-env", "--yes")
        assert data["errors"] == {}
        assert len(proxy.requests) == 10, "nothing is asked beside the load"
        assert all(each.startswith(b"POST http://inference.example.com/v1/") for each in proxy.requests)
    with raw_server(model("m")) as server:
        there = replace(loading, extra={"http_proxy": f"http://127.0.0.1:{closed_port()}", "PYTHONPATH": ""})
        assert ran(there, server.url, "--out", "direct")["errors"] == {}


def test_loopback_behind_a_proxy_is_not_this_machine(loading: Runner) -> None:
    behind = replace(loading, extra={"http_proxy": f"http://127.0.0.1:{closed_port()}", "PYTHONPATH": ""})
    _, stderr, code = behind.call(["loadtest", "http://127.0.0.1:9", *SHORT, "--proxy-from-env"])
    assert code == 2
    assert b"is not this machine" in stderr
