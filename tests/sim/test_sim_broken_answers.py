"""Each fault as a client sees it, read by the reader that the prober and the load test use."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from airectl.core import completion
from airectl.core.completion import Completion, Stream
from airectl.core.sse import Reader
from airectl.sim.faults import NAMES
from airectl.sim.service import FAULT_HEADER
from simulator import Running, settings, simulator

ASKED = {"prompt": "Tell me of rivers.", "max_tokens": 6, "ignore_eos": True, "stream": True}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with simulator(settings(control=True)) as here:
        yield here


def ask(running: Running, fault: str = "", *, timeout_s: float = 30, **more: Any) -> httpx.Response:
    headers = {FAULT_HEADER: fault} if fault else {}
    body = {**ASKED, **more}
    return httpx.post(f"{running.url}/v1/completions", json=body, headers=headers, trust_env=False, timeout=timeout_s)


def read(running: Running, fault: str) -> Completion:
    answer = ask(running, fault)
    assert answer.status_code == 200
    reader, stream = Reader(), Stream(0)
    for event in reader.feed(answer.content):
        stream.take(event, 1)
    return stream.end(whole=reader.end())


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("truncate", completion.Fault.TRUNCATED),
        ("malformed", completion.Fault.MALFORMED),
        ("error", completion.Fault.ERROR_PAYLOAD),
        ("empty", completion.Fault.EMPTY),
    ],
)
def test_a_broken_stream_is_seen_for_what_it_is(name: str, fault: completion.Fault, running: Running) -> None:
    found = read(running, name)
    assert [each for each, _ in found.faults] == [fault]
    assert len(found.text.split()) == (0 if name == "empty" else 2)


def test_without_a_fault_nothing_is_wrong(running: Running) -> None:
    found = read(running, "")
    assert (found.faults, found.finish_reason, len(found.text.split())) == ((), "length", 6)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", ["cut", "reset"])
def test_a_connection_that_ends_within_the_answer_is_an_error_of_http(
    name: str, stream: bool, running: Running
) -> None:
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        ask(running, name, stream=stream)


def test_another_model_and_gibberish_are_whole_answers(running: Running) -> None:
    wrong, noise = read(running, "wrong-model"), read(running, "gibberish")
    assert (wrong.model, wrong.faults) == ("another-model", ())
    assert (noise.model, noise.faults, noise.output_tokens) == ("llama-3.1-8b", (), None)
    assert noise.text != wrong.text


def test_refusals_have_their_status_and_429_says_when_to_come_back(running: Running) -> None:
    limited, down = ask(running, "429"), ask(running, "503")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
    assert (down.status_code, "retry-after" in down.headers) == (503, False)
    assert "error" in limited.json()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", ["slow-headers=300ms", "slow-first-token=300ms", "stall=300ms"])
def test_a_slow_answer_is_late_and_whole(name: str, stream: bool, running: Running) -> None:
    begun_s = time.monotonic()
    answer = ask(running, name, stream=stream)
    assert time.monotonic() - begun_s >= 0.3
    assert answer.text.count("data: ") == 8 if stream else answer.json()["usage"]["completion_tokens"] == 6


def test_a_stream_that_is_slow_to_begin_has_its_head_at_once(running: Running) -> None:
    body = {**ASKED, "stream": True}
    headers = {FAULT_HEADER: "slow-first-token=60s"}
    url = f"{running.url}/v1/completions"
    with httpx.stream("POST", url, json=body, headers=headers, trust_env=False, timeout=20) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize(("name", "stream"), [("stall", True), ("stall", False), ("endless", False)])
def test_what_never_ends_goes_on_until_the_client_leaves(name: str, stream: bool, running: Running) -> None:
    before = running.total(r'vllm:request_success_total\{.*finished_reason="abort"')
    url, headers = f"{running.url}/v1/completions", {FAULT_HEADER: name}
    body = {**ASKED, "stream": stream}
    with pytest.raises(httpx.TimeoutException):
        httpx.post(url, json=body, headers=headers, trust_env=False, timeout=0.4)
    end_s = time.monotonic() + 30
    while running.total(r'vllm:request_success_total\{.*finished_reason="abort"') != before + 1:
        assert time.monotonic() < end_s


def test_an_endless_stream_has_more_tokens_than_were_asked_for(running: Running) -> None:
    url, seen = f"{running.url}/v1/completions", 0
    headers = {FAULT_HEADER: "endless"}
    with httpx.stream("POST", url, json=ASKED, headers=headers, trust_env=False, timeout=20) as answer:
        for text in answer.iter_text():
            seen += text.count("data: ")
            if seen > 3 * ASKED["max_tokens"]:  # type: ignore[operator]  # it is a number
                break
    assert seen > 18


@pytest.mark.parametrize("name", ["truncate", "malformed", "error", "empty", "wrong-model", "gibberish"])
def test_answers_without_a_stream_break_as_well(name: str, running: Running) -> None:
    answer = ask(running, name, stream=False)
    if name == "malformed":
        with pytest.raises(json.JSONDecodeError):
            answer.json()
        return
    body = answer.json()
    if name == "error":
        assert body["error"]["code"] == 500
        return
    (choice,) = body["choices"]
    assert (choice["finish_reason"] is None) == (name == "truncate")
    assert (choice["text"] == "") == (name == "empty")
    assert (body["model"] == "another-model") == (name == "wrong-model")


def choices(answer: httpx.Response) -> list[str]:
    """Each line without what tells one answer from another."""
    return [line.partition('"choices"')[2] for line in answer.text.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_of_a_single_token_is_seen_too(name: str, running: Running) -> None:
    if name in ("stall", "endless", "slow-headers", "slow-first-token"):
        name = f"{name}=10ms" if name != "endless" else "truncate"
    try:
        answer = ask(running, name, max_tokens=1)
    except httpx.HTTPError:
        assert name in ("cut", "reset")
        return
    plain = ask(running, "", max_tokens=1)
    late = name.endswith("=10ms")
    same = answer.status_code == plain.status_code and choices(answer) == choices(plain)
    assert same == (late or name == "wrong-model")


def test_faults_are_ordered_and_withdrawn(running: Running) -> None:
    with httpx.Client(base_url=running.url, trust_env=False) as client:
        assert client.post("/faults", json={"faults": ["503"]}).json() == {"faults": [{"kind": "503", "share": 1.0}]}
        assert ask(running).status_code == 503
        assert client.get("/faults").json()["faults"]
        assert client.delete("/faults").json() == {"faults": []}
        assert ask(running).status_code == 200
        for wrong in ({}, {"faults": "503"}, {"faults": ["503", 1]}, {"faults": ["nonsense"]}):
            assert client.post("/faults", json=wrong).status_code == 400
        assert ask(running, "nonsense").status_code == 400


def test_without_control_nobody_orders_faults() -> None:
    with simulator() as here:
        assert ask(here, "503").status_code == 404
        assert httpx.post(f"{here.url}/faults", json={"faults": []}, trust_env=False).status_code == 404
        assert ask(here).status_code == 200


def test_faults_by_share_happen_to_the_same_requests_each_time() -> None:
    found = []
    for _ in range(2):
        with simulator(settings(fault=("503:0.3",), seed=5)) as here:
            found.append([ask(here, stream=False).status_code for _ in range(30)])
        assert here.outcome
        assert here.outcome.faults == {"503": found[-1].count(503)}
    assert found[0] == found[1]
    assert 3 <= found[0].count(503) <= 16
