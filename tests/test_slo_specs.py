"""The specs in slo-specs/ are examples to start from: without a finding above info, owned and with a runbook."""

import json
from pathlib import Path

import pytest

from runner import Runner

FOLDER = Path(__file__).parents[1] / "slo-specs"
SPECS = sorted(path.name for path in FOLDER.glob("*.yaml"))


def findings(airectl: Runner, path: Path) -> list[dict[str, str]]:
    stdout, _, code = airectl.call(["validate", str(path), "-o", "json"])
    assert code == 0
    found: list[dict[str, str]] = json.loads(stdout)["findings"]
    return found


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_alone_has_no_finding_above_info(name: str, airectl: Runner) -> None:
    assert [f for f in findings(airectl, FOLDER / name) if f["severity"] != "info"] == []


def test_all_of_them_together_neither(airectl: Runner) -> None:
    assert [f for f in findings(airectl, FOLDER) if f["severity"] != "info"] == []


@pytest.mark.parametrize("name", [name for name in SPECS if name != "quickstart.yaml"])
def test_each_has_an_owner_and_a_runbook(name: str, airectl: Runner) -> None:
    codes = {finding["code"] for finding in findings(airectl, FOLDER / name)}
    assert codes & {"AIR032", "AIR033"} == set()


def test_every_host_is_an_example() -> None:
    for path in FOLDER.glob("*.yaml"):
        for word in path.read_text("utf-8").split():
            if word.startswith(("http://", "https://")):
                assert word.split("/")[2] in ("runbooks.example.com", "sre.google"), f"{path.name}: {word}"
