"""What comes next is the same command line with `--explain`, and can be pasted."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from demand_series import growing_demand
from runner import Runner

PRICES = 'date: "2026-11-01"\ncurrency: USD\naccelerators:\n  h100: {on_demand: 4.00, reserved: 2.40}\n'


@pytest.fixture
def project(airectl: Runner) -> Runner:
    (airectl.cwd / "demand.csv").write_bytes(growing_demand())
    (airectl.cwd / "prices.yaml").write_text(PRICES)
    return airectl


def data_of(project: Runner, words: list[str]) -> Any:
    stdout, stderr, code = project.call([*words, "-o", "json"])
    assert not stderr, stderr.decode()
    return json.loads(stdout)["data"], code


def next_of(project: Runner, words: list[str]) -> list[str]:
    """The commands under `next`."""
    text = project.call(words)[0].decode()
    after = text.rpartition("\nnext  ")[2] if "\nnext  " in text else ""
    return [line.strip() for line in after.splitlines()]


@pytest.mark.parametrize(
    "line",
    [
        "--capacity 12 --replicas 6 --lead-time 3w --accelerator h100 --prices prices.yaml --budget-gpus 99",
        "--capacity 12 --surge 0 --event '2026-12-25=christmas day*0.5' --event 2026-12-31=eve*2 --growth=-3%/month",
        "--file --value requests_per_s --unit tokens/s --horizon 3d --step 2h",
        "--profile h100-llama-8b --input-tokens 800 --output-tokens 120 --ttft 1s --what-if bits=8,replicas=3",
    ],
)
def test_the_line_that_comes_next_says_the_same(line: str, project: Runner) -> None:
    words = ["forecast", "demand.csv", *shlex.split(line)]
    first = next_of(project, words)[0]
    assert first.endswith(" --explain")
    again = shlex.split(first)[1:]
    assert data_of(project, again) == data_of(project, words)
    assert next_of(project, again) == ["airectl help forecasting"]


def test_without_a_capacity_the_help_says_how_one_is_found(project: Runner) -> None:
    assert next_of(project, ["forecast", "demand.csv", "--horizon", "2d"]) == [
        "airectl forecast demand.csv --horizon 2d --explain",
        "airectl help forecasting",
    ]


def test_what_came_on_stdin_cannot_be_asked_again(project: Runner, tmp_path: Path) -> None:
    step = project.run("airectl forecast - --horizon 2d --capacity 12 < demand.csv")
    assert step.code == 0
    assert "next" not in step.stdout
