"""`budget --explain`: every number can be worked out again from the numbers that are printed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from runner import Runner

ROOT: Final = Path(__file__).parents[2]
AT: Final = "2026-11-20T12:00:00Z"
# Two numbers that were rounded to six decimals, multiplied or divided.
_CLOSE: Final = Fraction(3, 10**6)
_EQUATION: Final = re.compile(r"([-0-9.()*/+ ]*[0-9)]) = (-?[0-9.]+(?: \+ [0-9.]+)*)")
_WORDS: Final = re.compile(r"[A-Za-z_][A-Za-z_,-]*")
SLO: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
  annotations: {{{annotations}}}
spec:
  service: chat
  indicator:
    spec:
      ratioMetric:
        good: {{metricSource: {{type: Events, spec: {{path: {path}, where: status < 500{more}}}}}}}
        total: {{metricSource: {{type: Events, spec: {{path: {path}{more}}}}}}}
  timeWindow: [{window}]
  budgetingMethod: {method}
  objectives: [{objective}]
"""


def slo(name: str, **changes: str) -> str:
    parts = {
        "annotations": "", "path": "log.csv", "more": "", "window": "{duration: 1h, isRolling: true}",
        "method": "Occurrences", "objective": "{target: 0.9}",
    }  # fmt: skip
    return SLO.format(name=name, **{**parts, **changes})


DAY: Final = '{duration: 1d, calendar: {startTime: "2026-01-01 00:00:00", timeZone: Europe/Berlin}}'
SLICED: Final = "{target: 0.9, timeSliceTarget: 0.95, timeSliceWindow: 5m}"
SPECS: Final = {
    "met": slo("met"),
    "exhausted": slo("exhausted", objective="{target: 0.99}", annotations='airectl.dev/minimum-events: "50"'),
    "timeslices": slo("timeslices", method="Timeslices", objective=SLICED),
    "ratio": slo("ratio", method="RatioTimeslices", objective="{target: 0.97, timeSliceWindow: 7m}"),
    "calendar": slo("calendar", window=DAY),
    "calendar-few": slo("calendar-few", window=DAY, objective="{target: 0.995}"),
    "few": slo("few", objective="{target: 0.999999}"),
    "sampled": slo(
        "sampled",
        annotations='airectl.dev/sampled: "true", airectl.dev/confidence: "0.9"',
        objective="{target: 0.96}",
    ),
    "weighted": slo("weighted", more=", weight: tokens"),
    "labels": slo("labels", more=", label: label", objective="{target: 0.8}"),
    "missing": slo("missing", window="{duration: 1h, isRolling: true}", path="ended.csv"),
    "missing-is-bad": slo("missing-is-bad", path="ended.csv", annotations="airectl.dev/no-data: bad"),
    "missing-slices": slo(
        "missing-slices", path="ended.csv", annotations="airectl.dev/no-data: bad", method="Timeslices",
        objective=SLICED,
    ),
    "ignored": slo("ignored", path="ended.csv", annotations="airectl.dev/no-data: ignore", window=DAY),
    "excluded": slo(
        "excluded", annotations="airectl.dev/exclusions: 2026-11-20T11:30:00Z/2026-11-20T11:40:00Z", window=DAY
    ),
    "late": slo("late", annotations="airectl.dev/label-delay: 10m"),
}  # fmt: skip


@pytest.fixture
def folder(airectl: Runner) -> Runner:
    """A folder with one SLO of every fate, and two logs: one goes on to the end, one stops halfway."""
    rows = [
        f"2026-11-20T11:{i:02}:00Z,{500 if i in (7, 8, 31) else 200},{i % 7 + 0.5},{'' if i > 55 else 'x'}"
        for i in range(60)
    ]
    head = "timestamp,status,tokens,label"
    (airectl.cwd / "log.csv").write_text("\n".join([head, *rows]) + "\n")
    (airectl.cwd / "ended.csv").write_text("\n".join([head, *rows[:40]]) + "\n")
    (airectl.cwd / "chat.yaml").write_text("---\n".join(SPECS.values()))
    return airectl


def by_name(steps: list[dict[str, str]]) -> dict[str, str]:
    """Steps of one name, as those of spenders are, one behind the other."""
    found: dict[str, str] = {}
    for each in steps:
        found[each["step"]] = "; ".join(filter(None, (found.get(each["step"]), each["numbers"])))
    return found


def explained(runner: Runner, *args: str) -> dict[str, dict[str, str]]:
    """The steps of every objective, by its name."""
    stdout, stderr, _ = runner.call(["budget", *args, "--explain", "-o", "json"])
    assert stderr == b""
    return {each["slo"].partition("/")[2]: by_name(each["steps"]) for each in json.loads(stdout)["data"]["explained"]}


def value(expression: str) -> Fraction:
    """What a calculator makes of it, exactly."""
    exact = re.sub(r"\d+(?:\.\d+)?", lambda match: f"Fraction('{match[0]}')", expression)
    result: Fraction = eval(exact, {"Fraction": Fraction})  # noqa: S307  # digits, dots, brackets and + - * / only
    return result


def equations(text: str) -> Iterator[tuple[str, str]]:
    """Both sides of each equation of numbers, words left out: `12 valid = 10 good + 2 bad` is 12 = 10 + 2."""
    for part in text.split("; "):
        plain = re.sub(r"\s+", " ", _WORDS.sub("", re.sub(r"`[^`]*`", "", part)))
        yield from _EQUATION.findall(plain)


def checked(steps: dict[str, str]) -> int:
    """How many equations stand in steps that are all true."""
    count = 0
    for name, text in steps.items():
        if name in ("method", "good slice") or name.endswith(" is"):
            continue
        for left, right in equations(text):
            count += 1
            assert abs(value(left) - value(right)) <= _CLOSE * max(Fraction(1), abs(value(right))), f"{name}: {text}"
    return count


@pytest.mark.parametrize("name", SPECS)
def test_every_equation_is_true(name: str, folder: Runner) -> None:
    assert checked(explained(folder, "chat.yaml", "--at", AT)[name]) >= (3 if name == "missing" else 5)


@pytest.mark.parametrize("at", ["2026-11-05", "2026-11-09", "2026-11-16"])
def test_every_equation_of_the_demo_is_true(at: str, airectl: Runner) -> None:
    runner = Runner(cwd=ROOT, home=airectl.home)
    steps = explained(runner, "slo-specs", "--offline", "--at", at)
    assert sum(map(checked, steps.values())) > 50


def test_a_false_equation_is_seen() -> None:
    with pytest.raises(AssertionError):
        checked({"SLI": "9 / 10 = 0.91"})
    with pytest.raises(AssertionError):
        checked({"events": "12 valid = 10 good + 3 bad"})


@pytest.mark.parametrize("name", SPECS)
def test_they_lead_to_the_figures_of_the_report(name: str, folder: Runner) -> None:
    stdout, _, _ = folder.call(["budget", "chat.yaml", "--at", AT, "--explain", "-o", "json"])
    data = json.loads(stdout)["data"]
    (figures,) = (each for each in data["slos"] if each["slo"] == f"chat/{name}")
    (steps,) = (by_name(each["steps"]) for each in data["explained"] if each["slo"] == f"chat/{name}")
    for step, key in (
        ("SLI", "sli_ratio"), ("consumed", "budget_consumed_ratio"), ("left", "budget_remaining_ratio"),
        ("consumed to date", "budget_consumed_to_date_ratio"), ("low", "sli_low_ratio"), ("high", "sli_high_ratio"),
    ):  # fmt: skip
        if step in steps:
            printed = re.search(r"(?:.*(?:: |= )|^)(-?[0-9.]+)(?: |$)", steps[step])
            assert printed, steps[step]
            assert float(printed[1]) == pytest.approx(figures[key], abs=1e-6), step
    for lookback, rate in figures["burn_rates"].items():
        burn = steps[f"burn {lookback}"].rpartition("= ")[2]
        assert float(burn) == pytest.approx(rate, abs=1e-6) if rate is not None else burn == "nothing was counted"
    assert steps["status"].startswith(figures["status"])
    for step, key in (("spent since", "exhausted_since"), ("spent at", "exhausts_at"), ("back at", "recovers_at")):
        assert steps[step].startswith(figures[key]) if figures[key] else step not in steps


@pytest.mark.parametrize("name", ["calendar-few", "few", "sampled"])
def test_an_interval_follows_from_z_p_and_n(name: str, folder: Runner) -> None:
    steps = explained(folder, "chat.yaml", "--at", AT)[name]
    z = float(steps["interval"].partition("z = ")[2].partition(":")[0])
    for step, sign in (("low", -1), ("high", 1)):
        found = re.fullmatch(r"n = (\d+), p = (\d+) / \1 = ([0-9.]+), with [-+]: ([0-9.]+)", steps[step])
        assert found, steps[step]
        n, p = int(found[1]), int(found[2]) / int(found[1])
        spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        assert float(found[4]) == pytest.approx((p + z * z / (2 * n) + sign * spread) / (1 + z * z / n), abs=2e-6)


@pytest.mark.parametrize("name", SPECS)
def test_the_window_is_as_long_as_its_slices(name: str, folder: Runner) -> None:
    window = explained(folder, "chat.yaml", "--at", AT)[name]["window"]
    found = re.search(r"from (\S+) to (\S+), (\d+) slices of (\d+) s$", window)
    assert found, window
    start, end = (datetime.fromisoformat(found[i]) for i in (1, 2))
    # An hour of 7-minute slices is 56 minutes.
    assert (end - start).total_seconds() == int(found[3]) * int(found[4])


def test_the_minimum_follows_from_the_target(folder: Runner) -> None:
    steps = explained(folder, "chat.yaml", "--at", AT)["met"]
    found = re.match(r"(\d+) valid events .*ln ([0-9.]+) / ln ([0-9.]+)", steps["minimum"])
    assert found
    assert int(found[1]) == math.ceil(math.log(float(found[2])) / math.log(float(found[3]))) == 29


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("met", "met: consumed 0.5 < 0.75, and <= 1"),
        ("exhausted", "exhausted: consumed 5 > 1"),
        ("few", "exhausted: high 0.979843 < 0.999999"),
        ("sampled", "inconclusive: low 0.900469 < 0.96 <= high 0.975551"),
        ("labels", "met: low 0.883333 >= 0.8; consumed 0.267857 < 0.75, and <= 1"),
        ("missing", "unknown: 20 / (40 + 20) = 0.333333 of the slices are missing, more than 0.01"),
    ],
)
def test_why_the_status(name: str, status: str, folder: Runner) -> None:
    assert explained(folder, "chat.yaml", "--at", AT)[name]["status"] == status


def test_what_gave_no_answer_has_no_steps(folder: Runner) -> None:
    (folder.cwd / "lost.yaml").write_text(slo("lost", path="none.csv"))
    assert explained(folder, "lost.yaml", "--at", AT) == {"lost": {}}


def test_a_credential_in_a_query_is_not_printed(folder: Runner) -> None:
    text = SPECS["met"].replace("path: log.csv", "path: log.csv, token: s3ntinel")
    (folder.cwd / "secret.yaml").write_text(text)
    stdout, _, _ = folder.call(["budget", "secret.yaml", "--at", AT, "--explain"])
    assert b"s3ntinel" not in stdout


def figures(runner: Runner, *args: str) -> dict[str, Any]:
    stdout, stderr, _ = runner.call(["budget", *args, "-o", "json"])
    assert stderr == b"", stderr
    (one,) = json.loads(stdout)["data"]["slos"]
    result: dict[str, Any] = one
    return result


@pytest.mark.parametrize(
    ("numbers", "status", "valid", "bad"),
    [
        ("good=999,valid=1000", "met", 1000, 1),
        ("bad=12,valid=100", "exhausted", 100, 12),
        ("valid=100, good=92", "warning", 100, 8),
        ("good=0,valid=0", "unknown", 0, 0),
    ],
)
def test_what_if(numbers: str, status: str, valid: int, bad: int, folder: Runner) -> None:
    found = figures(folder, "chat.yaml", "--slo", "chat/met", "--static", numbers, "--at", AT)
    if status == "unknown":  # nothing but quiet slices: too few to decide
        status = "inconclusive"
    assert (found["status"], found["valid_events"], found["bad_events"], found["source"]) == (
        status, valid, bad, "--static",
    )  # fmt: skip


def test_what_if_says_nothing_of_when(folder: Runner) -> None:
    found = figures(folder, "chat.yaml", "--slo", "chat/met", "--static", "bad=7,valid=50", "--at", AT)
    assert found["spenders"] == []
    assert {found[key] for key in ("exhausted_since", "exhausts_at", "recovers_at")} == {None}
    assert list(found["burn_rates"].values()) == [pytest.approx(1.4)] * 5


def test_what_if_slices(folder: Runner) -> None:
    found = figures(folder, "chat.yaml", "--slo", "chat/timeslices", "--static", "bad=2,valid=12", "--at", AT)
    assert (found["good_slices"], found["bad_slices"]) == (10, 2)


@pytest.mark.parametrize(
    "numbers", ["", "x", "good=2,valid=-1", "good=1", "good=1,bad=1,valid=2", "good=a,valid=1", "good=nan,valid=1"]
)
def test_what_if_of_what_is_no_number(numbers: str, folder: Runner) -> None:
    _, stderr, code = folder.call(["budget", "chat.yaml", "--static", numbers, "--at", AT])
    assert (code, b"--static" in stderr) == (2, True)
