"""The load engine's own error and its speed, on a machine with two free cores; part of `make accept`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import load_speed
from load_speed import ASKED, LEAST_TOKENS_PER_S, MOST, MOST_US, RATIOS

pytestmark = pytest.mark.accept
MS = 0.001


def test_times_are_true_to_a_millisecond_at_30000_tokens_a_second() -> None:
    words = ["loadtest", "calibrate", "--streams", "300", "--tokens-per-second", "30000", "--duration", "20s"]
    command = [sys.executable, "-m", "airectl", *words, "-o", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    data = json.loads(done.stdout)["data"]
    assert done.returncode == 0, data
    for name in ("ttft_s", "itl_s"):
        error = data["metrics"][name]["error"]
        assert error["p50"] <= MS
        assert error["p99"] <= MS
    assert data["failed"] == 0
    assert data["tokens"] == data["requests"] * 200, "each answer has 200 tokens, and none is missing"
    assert data["tokens_per_s"] == pytest.approx(30_000, rel=0.01)


def test_the_engine_takes_a_fraction_of_what_other_clients_take() -> None:
    ours, *others = load_speed.measure()
    assert ours.tokens == ASKED.requests * ASKED.tokens
    assert ours.us_per_token <= MOST_US
    for each in others:
        assert each.us_per_token >= RATIOS[each.name] * ours.us_per_token


def test_one_core_takes_100000_tokens_a_second() -> None:
    assert load_speed.engine(MOST).tokens_per_s >= LEAST_TOKENS_PER_S
