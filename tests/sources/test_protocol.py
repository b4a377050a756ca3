"""Which sources there are: airectl's own, and those that are installed."""

import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from airectl.sources import protocol
from airectl.sources.events import Events
from airectl.sources.protocol import GROUP, find
from airectl.sources.static import Static
from runner import Runner


def test_a_type_is_found_in_upper_and_lower_case() -> None:
    assert find("Events") is find("events") is Events
    assert find("Static") is Static


def test_an_installed_source_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="Ledger", value="airectl.sources.events:Events", group=GROUP)
    monkeypatch.setattr(protocol, "entry_points", lambda group: [point] if group == GROUP else [])
    assert find("ledger") is Events
    assert find("other") is None


def test_an_own_source_needs_no_look_at_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "entry_points", lambda **_: pytest.fail("looked"))
    assert find("Events") is Events


LEDGER = """
class Ledger:
    network = False

    def __init__(self, setting):
        pass

    def read(self, asks):
        {read}
"""
FINE = """
        from airectl.core.slices import KNOWN, Slices
        from airectl.sources.protocol import Answer
        for ask in asks:
            tens = [10] * ask.slices
            slices = Slices(start_s=ask.start_s, step_s=ask.step_s, good=tens, valid=tens,
                            states=bytes([KNOWN]) * ask.slices)
            yield Answer(slices=slices, case="from the ledger")
"""
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: booked, annotations: {airectl.dev/owner: a, airectl.dev/runbook: b}}
spec:
  service: chat
  indicator:
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Ledger, spec: {query: ok}}}
        total: {metricSource: {type: Ledger, spec: {query: all}}}
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
"""


def install(folder: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package as pip leaves it: a module, and a dist-info with an entry point."""
    package = f"ledger_{folder.name}"
    (folder / f"{package}.py").write_text(source)
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nLedger = {package}:Ledger\n")
    monkeypatch.syspath_prepend(str(folder))


def checked(airectl: Runner) -> tuple[dict[str, Any], int]:
    (airectl.cwd / "chat.yaml").write_text(SLO)
    stdout, stderr, code = airectl.call(["check", "chat.yaml", "-o", "json"])
    assert stderr == b""
    report: dict[str, Any] = json.loads(stdout)
    return report, code


def test_an_installed_package_answers(
    airectl: Runner, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path_factory.mktemp("fine"), LEDGER.format(read=FINE), monkeypatch)
    report, code = checked(airectl)
    (slo,) = report["data"]["slos"]
    assert (code, slo["status"], slo["query_case"], slo["source"]) == (0, "met", "from the ledger", "Ledger")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import nothing_of_this_name", "the installed source `Ledger` cannot be loaded: ModuleNotFoundError: No"),
        ("", "the installed source `Ledger` cannot be loaded: AttributeError"),
        (LEDGER.format(read="return 1 / 0"), "the installed source `Ledger` failed: ZeroDivisionError: division"),
        (LEDGER.format(read="return []"), "the installed source `Ledger` gave 0 answers to 1 questions"),
    ],
)
def test_a_broken_package_is_a_source_without_an_answer(
    source: str,
    message: str,
    airectl: Runner,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(tmp_path_factory.mktemp("broken"), source, monkeypatch)
    report, code = checked(airectl)
    assert code == 3
    (finding,) = (f for f in report["findings"] if f["code"] == "AIR206")
    assert finding["message"].startswith(message)
