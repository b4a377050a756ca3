"""Several cores find what one core finds."""

import multiprocessing
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from airectl.core.catalogue import Catalogue
from airectl.spec import parallel
from airectl.spec.check import Result, check
from airectl.spec.context import Context
from airectl.spec.source import SourceText

CONTEXT = Context(
    now=datetime(2026, 11, 20, tzinfo=UTC), catalogue=Catalogue(), codes=frozenset({"AIR019", "AIR024", "AIR032"})
)
SLO = """
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
  annotations: {{airectl.dev/depends-on: {dependency}}}
spec:
  service: chat
  indicatorRef: {indicator}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: {target}}}]
  alertPolicies: [{{alertPolicyRef: page}}]
"""
OTHERS = """
apiVersion: openslo/v1
kind: SLI
metadata: {name: sli}
spec: {ratioMetric: {good: {metricSource: {spec: {query: a}}}, total: {metricSource: {spec: {query: b}}}}}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: page}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: fast}
      spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h}}
  notificationTargets: [{targetRef: nobody}]
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: unused}
spec: {type: Prometheus}
"""


def slo(name: str, *, indicator: str = "sli", dependency: str = "chat/a", target: str = "0.9") -> str:
    return SLO.format(name=name, indicator=indicator, dependency=dependency, target=target)


def texts() -> list[SourceText]:
    """References that cross every border, names defined twice, a broken text, an ignore comment."""
    contents = [
        slo("a") + slo("b").replace("name: b", "name: b  # airectl: ignore AIR032: ours"),
        slo("c", target="0.95") + "---" + slo("a"),
        OTHERS,
        slo("d", indicator="missing", dependency="chat/nobody") + "\n---\na: [\n",
        "service: x\n",
    ]
    joined = [content.replace("}}}}\napiVersion", "}}}}\n---\napiVersion") for content in contents]
    joined = [content.replace("page}]\n\napiVersion", "page}]\n---\napiVersion") for content in joined]
    return [SourceText(path=f"{n}.yaml", text=content) for n, content in enumerate(joined)]


def told(result: Result) -> tuple[list[str], int, list[tuple[str, str]]]:
    findings = [f"{f.at}: {f.severity} {f.code} {f.message} {f.label} {f.help} {f.notes}" for f in result.findings]
    return findings, result.ignored, [(d.kind, d.name) for d in result.specs.documents]


@pytest.mark.parametrize("cores", [2, 3, 5])
def test_the_same_findings_on_any_number_of_cores(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTH_IT", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cores)), raising=False)
    one = check(texts(), CONTEXT)
    assert len({f.code for f in one.findings}) > 6
    assert told(parallel.check_all(texts(), CONTEXT)) == told(one)


def test_the_same_findings_on_real_specs(conformance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTH_IT", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1}, raising=False)
    files = sorted((conformance / "specs").rglob("*.y*ml"))
    real = [SourceText(path=str(f), text=f.read_text("utf-8")) for f in files]
    assert told(parallel.check_all(real, CONTEXT)) == told(check(real, CONTEXT))


def dies_at_once(*_args: object) -> None:
    """Killed while it loads."""


def dies_in_a_message(_texts: list[SourceText], _context: Context, pipe: Connection, *_: object) -> None:
    """Killed while it sends: 1,000 bytes are announced, and one comes."""
    os.write(pipe.fileno(), struct.pack("!i", 1000) + b"x")


def dies_before_the_answer(_texts: list[SourceText], _context: Context, pipe: Connection, *_: object) -> None:
    """Killed before the first core tells it of the others."""
    pipe.send([])


@pytest.mark.parametrize("work", [dies_at_once, dies_in_a_message, dies_before_the_answer])
def test_a_core_that_dies_is_no_loss(work: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTH_IT", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1}, raising=False)
    monkeypatch.setattr(parallel, "_work", work)
    assert told(parallel.check_all(texts(), CONTEXT)) == told(check(texts(), CONTEXT))


def test_the_other_cores_end_when_the_first_is_gone() -> None:
    fork = multiprocessing.get_context("fork")
    pipes = [fork.Pipe() for _ in range(2)]
    ends = [mine for mine, _ in pipes]
    workers = [
        fork.Process(target=parallel._work, args=(texts(), CONTEXT, theirs, ends), daemon=True) for _, theirs in pipes
    ]
    for worker in workers:
        worker.start()
    for mine, theirs in pipes:
        mine.close()
        theirs.close()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0]


@pytest.mark.parametrize("cores", [1, 2])
def test_a_stop_between_two_texts_keeps_what_was_found(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTH_IT", 1)
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(range(cores)), raising=False)
    asked = iter([False, True])
    stopping = replace(CONTEXT, stopped=lambda: next(asked, True))
    result = parallel.check_all(texts(), stopping)
    assert result.partial
    assert result.read[0] == "0.yaml"
    assert len(result.read) < len(texts())
    assert {f.at.path for f in result.findings if f.at} <= set(result.read)
    assert not check(texts(), CONTEXT).partial
