"""From a load test to an order: what a search for the capacity found is what the forecast counts with."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from airectl.load.scraper import Scraper
from demand_series import csv, hourly
from runner import Runner
from simulator import simulator
from virtual_engine import VirtualEngine, installed

SEARCH = shlex.split(
    "--input-tokens 512 --output-tokens 8 --no-calibration --out run --step 5s --ttft-p99 200ms --rate 8 "
    "--accelerator H100x2 --find-capacity -o json=report.json -q"
)


def forecast(runner: Runner, *more: str) -> dict[str, Any]:
    words = shlex.split("forecast demand.csv --replicas 4 --lead-time 3w --horizon 13w -o json")
    stdout, stderr, code = runner.call([*words, *more])
    assert code == 0, stderr.decode()
    found: dict[str, Any] = json.loads(stdout)["data"]["series"][0]
    return found


def test_a_load_test_of_the_simulator_says_what_to_order_by_when(
    airectl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scraper, "__enter__", lambda self: self)
    installed(monkeypatch, VirtualEngine())
    with simulator() as server:
        _, stderr, code = replace(airectl, loopback=True).call(["loadtest", server.url, *SEARCH])
    assert code == 0, stderr.decode()
    low = json.loads((airectl.cwd / "report.json").read_text())["data"]["capacity"]["rps"]["low"]
    # Peaks of about 140 now: four replicas of 40 to 55 requests a second carry them for a while.
    (airectl.cwd / "demand.csv").write_bytes(csv(hourly(16, base=60, growth=0.016)))
    by_report, by_folder = forecast(airectl, "--capacity", "report.json"), forecast(airectl, "--capacity", "run")
    accelerators = by_report["accelerators"]
    assert accelerators["capacity_per_replica"] == low
    assert accelerators["capacity_measured"] is True
    assert by_report["crossing"]["limit"] == 4 * low
    assert (accelerators["kind"], accelerators["per_replica"]) == ("h100", 2)
    assert accelerators["needed"] % 8 == 0  # they come in nodes
    assert by_folder["crossing"] == by_report["crossing"]
    assert any("--ttft-p99 within 0.2 s" in said for said in accelerators["assumptions"])
