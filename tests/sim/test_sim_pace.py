"""When tokens come: as in virtual time, or at fixed times, never early; and what golden events carry."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import closing

import httpx
import pytest
import uvloop

from airectl.core.replica.scheduler import Ask
from airectl.core.replica.virtual import Arrival, play
from airectl.sim.engine_metrics import EngineMetrics
from airectl.sim.pace import FixedPace
from airectl.sim.profiles import shipped
from airectl.sim.wire import SENT
from simulator import Running, settings, simulator

# Event loops may wake up by the resolution of their clock too early.
RESOLUTION_S = 0.0015


def stamps(running: Running, tokens: int) -> list[float]:
    """When the tokens of one answer were sent, in seconds of the monotonic clock."""
    body = {"prompt": "a", "max_tokens": tokens, "ignore_eos": True, "stream": True}
    text = httpx.post(f"{running.url}/v1/completions", json=body, trust_env=False, timeout=60).text
    events = [json.loads(each.removeprefix("data: ")) for each in text.split("\n\n") if each.startswith("data: {")]
    return [event[SENT] / 1e9 for event in events if SENT in event]


def test_golden_events_say_when_they_were_sent_and_are_never_early() -> None:
    with simulator(settings(golden=(0.03, 0.004), speed=1.0)) as here:
        before_s = time.monotonic()
        sent = stamps(here, 25)
        after_s = time.monotonic()
    assert len(sent) == 25
    assert sent == sorted(sent)
    for number, at_s in enumerate(sent):
        assert before_s + 0.03 + number * 0.004 - RESOLUTION_S <= at_s <= after_s


def test_golden_times_are_the_same_under_any_load() -> None:
    with simulator(settings(golden=(0.03, 0.004), speed=1.0)) as here:
        stamps(here, 25)
        # What the schedule says; how late this machine is stands in the report.
        assert here.total("vllm:time_to_first_token_seconds_sum") == pytest.approx(0.03)
        assert here.total("vllm:inter_token_latency_seconds_sum") == pytest.approx(24 * 0.004)
    assert here.outcome
    assert here.outcome.lag_s >= 0


def test_only_golden_events_are_stamped() -> None:
    with simulator() as here:
        assert stamps(here, 3) == []


def test_requests_one_after_the_other_take_the_time_of_each() -> None:
    profile = shipped("h100-llama-8b")
    (alone,) = play(profile, [Arrival(at_s=0, ask=Ask(prompt_tokens=1, output_tokens=1))])
    body = b'{"prompt": "a", "max_tokens": 1}'
    request = b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    with (
        simulator(settings(speed=1.0)) as here,
        closing(socket.create_connection(("127.0.0.1", here.port), 60)) as line,
    ):
        begun_s = time.monotonic()
        # All at once, so that each is submitted while the step of the one before it ends.
        line.sendall(request * 15)
        answers = b""
        while answers.count(b'"usage"') < 15:
            answers += line.recv(65536)
        assert alone.e2e_s
        assert time.monotonic() - begun_s >= 15 * alone.e2e_s - RESOLUTION_S
        assert here.total("vllm:iteration_tokens_total_count") == 15


@pytest.mark.parametrize("speed", [1.0, 40.0])
def test_a_request_alone_takes_as_long_as_in_virtual_time(speed: float) -> None:
    profile = shipped("h100-llama-8b")
    (alone,) = play(profile, [Arrival(at_s=0, ask=Ask(prompt_tokens=100, output_tokens=20))])
    assert alone.ttft_s
    assert alone.e2e_s
    begun_s = time.monotonic()
    with simulator(settings(speed=speed)) as here:
        body = {"prompt": "a" * 400, "max_tokens": 20, "ignore_eos": True}
        httpx.post(f"{here.url}/v1/completions", json=body, trust_env=False, timeout=60)
        assert time.monotonic() - begun_s >= alone.e2e_s / speed
        assert here.total("vllm:time_to_first_token_seconds_sum") == pytest.approx(alone.ttft_s / speed, rel=1e-3)
        assert here.total("vllm:e2e_request_latency_seconds_sum") == pytest.approx(alone.e2e_s / speed, rel=1e-3)


def test_a_token_that_is_due_already_is_no_obstacle() -> None:
    """uvloop gives a time that is past no timer, but a plain call."""

    async def both() -> int:
        loop = asyncio.get_running_loop()
        told: list[int] = []
        done = asyncio.Event()

        def token() -> None:
            told.append(1)
            if len(told) == 2:
                done.set()

        pace = FixedPace(loop, 1e-9, 1e-9, EngineMetrics(shipped("h100-llama-8b"), "a", 0))
        for _ in range(2):
            pace.submit(Ask(prompt_tokens=1, output_tokens=1), token)
        await asyncio.wait_for(done.wait(), 30)
        return len(told)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(both()) == 2
