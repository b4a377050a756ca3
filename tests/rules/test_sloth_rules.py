"""Sloth's own examples: the same records, labels and thresholds as Sloth makes, but for what docs/rules.md lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from runner import Runner

ROOT: Final = Path(__file__).parents[2]
NAMES: Final = (
    "getting-started",
    "home-wifi",
    "kubernetes-apiserver",
    "multifile",
    "no-alerts",
    "openslo-getting-started",
    "raw-home-wifi",
)
# How Sloth was called, and what it says of itself.
IGNORED: Final = {"cmd", "sloth_version", "sloth_mode"}
# What airectl writes and Sloth does not, by the words of docs/rules.md.
MORE_RECORDS: Final = {
    "slo:sli_total:rate5m": "rates of events",
    "slo:sli_error:rate5m": "rates of events",
    "airectl_slo_info": "`airectl_slo_info`",
}
NO_DATA: Final = "an alert for missing data"
MORE_ALERT_LABELS: Final = {
    "sloth_id": "labels of alerts",
    "sloth_service": "labels of alerts",
    "sloth_slo": "labels of alerts",
}
# Sloth gives SLOs written in OpenSLO no alerts.
OPENSLO: Final = "alerts of OpenSLO specs"
KEPT: Final = "`keep_firing_for`"
EXACT: Final = "exact thresholds"
WORDS: Final = "the words of alerts"
LISTED: Final = {*MORE_RECORDS.values(), *MORE_ALERT_LABELS.values(), NO_DATA, KEPT, EXACT, WORDS, OPENSLO}
_COMPARISON: Final = re.compile(r"ratio_rate(\w+)\{[^}]*\} > \(([0-9.]+) \* ([0-9.e-]+)\)")
_NUMBERS: Final = re.compile(r"vector\((.*)\)")


@dataclass(frozen=True, slots=True)
class Alert:
    """What an alert rule compares: window to threshold, in the order written."""

    labels: frozenset[tuple[str, str]]
    comparisons: tuple[tuple[str, float], ...]
    annotations: frozenset[str]


def labels_of(rule: dict[str, Any]) -> frozenset[tuple[str, str]]:
    """The labels of a rule but those that tell of the run."""
    return frozenset((key, value) for key, value in rule.get("labels", {}).items() if key not in IGNORED)


def rules_in(documents: Iterator[Any]) -> list[dict[str, Any]]:
    """Every rule of every document."""
    return [rule for each in documents if each for group in each["groups"] for rule in group["rules"]]


def records(rules: list[dict[str, Any]]) -> dict[tuple[str, frozenset[tuple[str, str]]], str]:
    """Recordings by name and labels: their expressions."""
    return {(rule["record"], labels_of(rule)): rule["expr"] for rule in rules if "record" in rule}


def alerts(rules: list[dict[str, Any]]) -> dict[tuple[str, str, str], Alert]:
    """Alerts by SLO, name and severity in Sloth."""
    found = {}
    for rule in rules:
        if "alert" in rule and not rule["alert"].endswith("NoData"):
            slo = re.search(r'sloth_id="([^"]*)"', rule["expr"])
            assert slo
            compared = [(window, float(factor) * float(rest)) for window, factor, rest in _compared(rule["expr"])]
            key = (slo[1], rule["alert"], rule["labels"]["sloth_severity"])
            found[key] = Alert(labels_of(rule), tuple(compared), frozenset(rule["annotations"]))
    return found


def _compared(expression: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = _COMPARISON.findall(expression)
    assert found, expression
    return found


def numbers(expression: str) -> float | None:
    """The number of `vector(...)`, which Sloth may write as a difference."""
    found = _NUMBERS.fullmatch(expression.strip())
    if not found:
        return None
    whole, _, less = found[1].partition("-")
    return float(whole) - float(less or 0)


@pytest.fixture
def made(request: pytest.FixtureRequest, conformance: Path, tmp_path: Path) -> tuple[list[Any], list[Any]]:
    """The rules of one of Sloth's examples: airectl's and Sloth's."""
    folder = conformance / "specs" / "sloth"
    _, stderr, code = Runner(cwd=folder, home=tmp_path).call(
        ["rules", f"{request.param}.yml", "--out", str(tmp_path / "rules")]
    )
    assert code == 0, stderr.decode()
    files = sorted((tmp_path / "rules").glob("*.rules.yaml"))
    ours = [yaml.safe_load(path.read_text("utf-8")) for path in files]
    theirs = yaml.safe_load_all((folder / "generated" / f"{request.param}.yml").read_text("utf-8"))
    return rules_in(iter(ours)), rules_in(theirs)


def of_openslo(theirs: list[dict[str, Any]]) -> bool:
    """Whether Sloth read OpenSLO."""
    return any(rule.get("labels", {}).get("sloth_spec", "").startswith("openslo") for rule in theirs)


by_name = pytest.mark.parametrize("made", NAMES, indirect=True)


@by_name
def test_records_and_their_labels_are_those_of_sloth(made: tuple[list[Any], list[Any]]) -> None:
    ours, theirs = records(made[0]), records(made[1])
    assert theirs.keys() - ours.keys() == set()
    assert {name for name, _ in ours.keys() - theirs.keys()} <= MORE_RECORDS.keys()


@by_name
def test_numbers_are_those_of_sloth(made: tuple[list[Any], list[Any]]) -> None:
    ours, theirs = records(made[0]), records(made[1])
    compared = {key: (numbers(ours[key]), numbers(expr)) for key, expr in theirs.items()}
    assert sum(1 for pair in compared.values() if pair[1] is not None) >= 4
    for key, (own, other) in compared.items():
        assert own == (pytest.approx(other, rel=1e-9) if other is not None else None), key


@by_name
def test_alerts_have_the_thresholds_and_labels_of_sloth(made: tuple[list[Any], list[Any]]) -> None:
    ours, theirs = alerts(made[0]), alerts(made[1])
    assert theirs.keys() == ours.keys() or (of_openslo(made[1]) and not theirs)
    for key, other in theirs.items():
        own = ours[key]
        assert [window for window, _ in own.comparisons] == [window for window, _ in other.comparisons]
        for (_, one), (_, two) in zip(own.comparisons, other.comparisons, strict=True):
            assert one == pytest.approx(two, rel=1e-9)
        assert other.labels <= own.labels
        assert {name for name, _ in own.labels - other.labels} <= MORE_ALERT_LABELS.keys()
        assert other.annotations <= own.annotations


@by_name
def test_only_alerts_for_missing_data_are_added(made: tuple[list[Any], list[Any]]) -> None:
    added = [rule["alert"] for rule in made[0] if "alert" in rule and rule["alert"].endswith("NoData")]
    slos = {rule["labels"]["sloth_id"] for rule in made[1] if rule.get("record") == "sloth_slo_info"}
    silent = not alerts(made[1]) and not of_openslo(made[1])
    assert len(added) == (0 if silent else len(slos))


@by_name
def test_annotations_that_a_user_wrote_stay(made: tuple[list[Any], list[Any]]) -> None:
    given = [r["annotations"] for r in made[1] if "alert" in r]
    own = [r["annotations"] for r in made[0] if "alert" in r]
    for theirs in given:
        for key, text in theirs.items():
            if not text.startswith(("{{$labels", "(page)", "(ticket)")):  # Sloth's own words
                assert any(each.get(key) == text for each in own), key


def test_every_difference_is_listed_in_the_docs() -> None:
    text = (ROOT / "docs" / "rules.md").read_text("utf-8")
    section = text.partition("## Differences from Sloth")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| (.+?) \|", section, re.MULTILINE)) - {"what", "---"}
    assert listed >= LISTED
